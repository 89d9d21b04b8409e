// A record outside one's panel is opened with a reason alone: for an hour, and somebody else looks at why.
import { useState } from 'react'

import { api, wanted } from '../../api/client'
import { why } from '../../app/why'
import { Button, Dialog, TextInput, toast } from '../../ui'
import { say } from '../../words/words'

/** Asks for the reason, and opens the record; the dialog shows while there is somebody whose record it is. */
export function Glass ({ of, close, opened }: { of: string | undefined, close: () => void, opened: (person: string) => void }) {
  const [reason, setReason] = useState('')
  const open = () => {
    if (of === undefined) return
    wanted(api.POST('/v1/people/{person}/openings', { params: { path: { person: of } }, body: { reason: reason.trim() } })).then(() => { setReason(''); opened(of) }, (err: unknown) => toast(why(err)))
  }
  return (
    <Dialog open={of !== undefined} close={close} title={say('Open a record outside your panel?')}>
      <form className='fields' onSubmit={(e) => { e.preventDefault(); open() }}>
        <p>{say('It is open for an hour. Somebody else looks at your reason within a day.')}</p>
        <TextInput label={say('Why it has to be')} value={reason} onChange={(e) => setReason(e.currentTarget.value)} required data-autofocus />
        <p className='row'><Button type='submit' variant='filled' disabled={reason.trim() === ''}>{say('Open it')}</Button><Button onClick={close}>{say('Not now')}</Button></p>
      </form>
    </Dialog>
  )
}
