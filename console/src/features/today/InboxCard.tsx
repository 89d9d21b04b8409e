// What people wrote and somebody has to look at. How much it is shows by itself; the words are read by who asks for them.
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'

import { api, wanted, type Me } from '../../api/client'
import { Waiting, Wrong } from '../../app/states'
import { why } from '../../app/why'
import { Button, Dialog, toast } from '../../ui'
import { instant, say } from '../../words/words'
import type { Inbox } from './queries'

const header = { 'Attune-Purpose': 'coordination' as const }

export function InboxCard ({ me, inbox }: { me: Me, inbox: Inbox }) {
  const [reads, read] = useState(false)
  if (inbox.messages === 0) return null
  return (
    <section className='today-card' data-card='inbox' data-urgent={inbox.urgent > 0 ? true : undefined}>
      <h3>{say('{n, plural, one {# message waits for somebody to look at it} other {# messages wait for somebody to look at them}}', { n: inbox.messages })}</h3>
      {inbox.urgent > 0 && <p className='bad'><b>{say('{n, plural, one {# of them is urgent: whoever wrote it may be in danger, or wants to be left alone.} other {# of them are urgent: whoever wrote them may be in danger, or wants to be left alone.}}', { n: inbox.urgent })}</b></p>}
      <p><Button onClick={() => read(true)} aria-haspopup='dialog'>{say('Read them')}</Button></p>
      <Dialog open={reads} close={() => read(false)} title={say('What people wrote')} wide>{reads && <Messages me={me} />}</Dialog>
    </section>
  )
}

function Messages ({ me }: { me: Me }) {
  const client = useQueryClient()
  const all = useQuery({ queryKey: ['today', 'inbox'], staleTime: 0, gcTime: 0, queryFn: ({ signal }) => wanted(api.GET('/v1/inbox', { params: { header, query: { limit: 100 } }, signal })) })
  const [busy, setBusy] = useState(false)
  const take = (message: string, body: { stop?: boolean, wrong_person?: boolean }) => {
    setBusy(true)
    wanted(api.POST('/v1/inbox/{message}/take', { params: { path: { message } }, body })).then(() => toast(say('It is noted that you looked at it.')), (err: unknown) => toast(why(err)))
      .finally(() => { setBusy(false); void client.invalidateQueries({ queryKey: ['today', 'inbox'] }) })
  }
  if (all.isPending) return <Waiting what={say('Messages are being fetched')} />
  if (all.isError) return <Wrong error={all.error} again={() => void all.refetch()} />
  if (all.data.items.length === 0) return <p>{say('No message waits any more.')}</p>
  return (
    <><p className='quiet'>{say('Who wants to be left alone hears nothing more. Where somebody else wrote it, the address is not used any more.')}</p>
    <ul className='today-list'>{all.data.items.map((m) => (
      <li key={m.id} className='today-message' data-message={m.id}>
        <p className='quiet'>{[m.channel, instant(m.at)].join(' · ')}{m.urgent === true && <b className='bad'> · {say('urgent')}</b>}{m.people.length === 0 && <> · {say('nobody is known at this address')}</>}{me.may.includes('person.read') && m.people.map((p) => <span key={p}> · <a href={`/console/people/${encodeURIComponent(p)}`}>{say('their record')}</a></span>)}</p>
        <blockquote>{m.text}</blockquote>
        {me.may.includes('inbox.take')
          ? <p className='row'>
              <Button disabled={busy} onClick={() => take(m.id, {})}>{say('I looked at it')}</Button>
              <Button disabled={busy} onClick={() => take(m.id, { stop: true })}>{say('They want to be left alone')}</Button>
              <Button disabled={busy} onClick={() => take(m.id, { wrong_person: true })}>{say('Somebody else wrote it')}</Button>
            </p>
          : <p className='quiet'>{say('Care coordinators, clinicians and safety officers say what becomes of it.')}</p>}
      </li>
    ))}</ul></>
  )
}
