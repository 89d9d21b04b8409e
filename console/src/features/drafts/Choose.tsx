// Which draft to work on: one that is there, or a new one of what is live.
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'

import { drafts } from '../../api/queries'
import { Waiting, Wrong } from '../../app/states'
import { why } from '../../app/why'
import { Button, Dialog, TextInput, toast } from '../../ui'
import { instant, say } from '../../words/words'
import { beginDraft } from './useDraft'
import './drafts.css'

export function Choose ({ close, choose, suggest }: { close: () => void, choose: (draft: string) => void, suggest: string }) {
  const client = useQueryClient()
  const all = useQuery({ ...drafts, staleTime: 0 })
  const [name, setName] = useState(suggest)
  const [busy, setBusy] = useState(false)
  const begin = () => {
    setBusy(true)
    beginDraft(client, name).then(choose, (err: unknown) => { setBusy(false); toast(why(err)) })
  }
  return (
    <Dialog open close={close} title={say('Change the program')}>
      <div className='choose'>
        <p>{say('Changes go into a draft. Nothing of it reaches anybody until it is published.')}</p>
        <form className='fields' onSubmit={(e) => { e.preventDefault(); begin() }}>
          <TextInput label={say('What the draft is for')} value={name} onChange={(e) => setName(e.currentTarget.value)} maxLength={120} required data-autofocus />
          <p><Button type='submit' variant='filled' disabled={busy || name.trim() === ''}>{say('Begin a draft')}</Button></p>
        </form>
        {all.isPending && <Waiting what={say('Drafts are being fetched')} />}
        {all.isError && <Wrong error={all.error} again={() => void all.refetch()} />}
        {all.data !== undefined && all.data.length > 0 && <>
          <h3>{say('Or go on with one')}</h3>
          <ul>{all.data.map((d) => (
            <li key={d.draft}><button type='button' className='plain' onClick={() => choose(d.draft)}>{d.name}</button> <span className='quiet'>{say('changed by {who}, {when}', { who: d.changed_by, when: instant(d.changed_at) })}{d.behind && <> · {say('somebody published since it began')}</>}</span></li>
          ))}</ul>
        </>}
      </div>
    </Dialog>
  )
}
