// What could not be used: why, what it says for who may read it, and sending it once more.
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'

import { api, wanted, type Me } from '../../api/client'
import { tidy } from '../../app/address'
import { Notice, Waiting, Wrong } from '../../app/states'
import { why } from '../../app/why'
import { Button, Dialog, TextInput, toast } from '../../ui'
import { ChoiceField } from '../../ui/fields'
import { instant, say, whole } from '../../words/words'
import { useQuarantined, useReasons, type Reason, type Which } from './ask'
import type { Search } from './search'

const keyOf = (r: Pick<Reason, 'source' | 'field' | 'reason'>) => JSON.stringify([r.source, r.field, r.reason])
const whole500 = 500

export function Quarantine ({ me, source, sources, go }: { me: Me, source: string | undefined, sources: string[], go: (s: Search) => void }) {
  const client = useQueryClient()
  const all = useReasons(true)
  const [shown, show] = useState('')
  const [dropping, drop] = useState<{ which: Which, n: number }>()
  const [opened, open] = useState<string>()
  const [said, tell] = useState('')
  const [busy, setBusy] = useState(false)
  const sends = me.may.includes('quarantine.send')
  const afresh = () => { for (const k of ['quarantine-reasons', 'quarantined']) void client.invalidateQueries({ queryKey: [k] }) }
  const again = (which: Which) => {
    setBusy(true)
    void wanted(api.POST('/v1/quarantine/retry', { body: tidy(which) })).then((r) => {
      const first = r.still[0]
      tell([
        r.taken > 0 ? say('{n, plural, one {# event was} other {# events were}} taken in.', { n: r.taken }) : say('None was taken in.'),
        first === undefined ? '' : say('{n, plural, one {# still cannot} other {# still cannot}} be used: {why}.', { n: r.still.length, why: [[first.field, first.reason].filter(Boolean).join(': '), first.remedy].join('; ') }),
        r.left > 0 ? say('{n} more wait: send again once more.', { n: whole(r.left) }) : '',
      ].filter(Boolean).join(' '))
      afresh()
    }, (err: unknown) => toast(why(err))).finally(() => setBusy(false))
  }
  if (all.isPending) return <Waiting what={say('The quarantine is being fetched')} />
  if (all.isError) return <Wrong error={all.error} again={() => void all.refetch()} />
  const reasons = source === undefined ? all.data.items : all.data.items.filter((r) => r.source === source)
  return (
    <>
      <div className='arrivals-filter'><ChoiceField label={say('Source')} value={source ?? ''} commit={(s) => go({ source: s === '' ? undefined : s })} data={[{ value: '', label: say('any') }, ...sources.toSorted().map((s) => ({ value: s, label: s }))]} /></div>
      <p className='said' role='status'>{said}</p>
      {reasons.length === 0 && <Notice title={say('Nothing is in quarantine')}><p>{say('An event that cannot be used is kept here, sealed, with the field at fault and what helps. Its neighbours are taken in. Once the reason is gone, it is sent again from here.')}</p></Notice>}
      {!sends && reasons.length > 0 && <p className='quiet'>{say('Sending again and dropping take the permission quarantine.send, which operators, admins and privacy officers have.')}</p>}
      {reasons.map((r) => {
        const id = keyOf(r)
        const which = { source: r.source, field: r.field, reason: r.reason }
        return (
          <article key={id} className='reason' data-reason={r.reason} data-source={r.source}>
            <header>
              <h2><span className='n' data-of='events'>{whole(r.events)}</span> {r.field !== '' && <code>{r.field}</code>} {r.reason}</h2>
              <p className='quiet'>{say('from {source}; {first} to {last}', { source: r.source, first: instant(r.first), last: instant(r.last) })}</p>
              <p>{say('What helps: {remedy}', { remedy: r.remedy })}</p>
            </header>
            <div className='row'>
              <button type='button' className='plain' data-line aria-expanded={shown === id} onClick={() => show(shown === id ? '' : id)}>{shown === id ? say('Hide them') : say('Show them')}</button>
              {sends && <Button onClick={() => again(which)} loading={busy}>{r.events > whole500 ? say('Send the newest 500 again') : say('Send all again')}</Button>}
              {sends && <Button onClick={() => drop({ which, n: Math.min(r.events, whole500) })} aria-haspopup='dialog'>{r.events > whole500 ? say('Drop the newest 500') : say('Drop all')}</Button>}
            </div>
            {shown === id && <Events which={which} me={me} open={open} again={again} drop={(event) => drop({ which: { events: [event] }, n: 1 })} />}
          </article>
        )
      })}
      {dropping !== undefined && <Drop {...dropping} close={() => drop(undefined)} done={(n) => { drop(undefined); tell(say('{n, plural, one {# event was} other {# events were}} dropped.', { n })); afresh() }} />}
      {opened !== undefined && <Opened event={opened} me={me} close={() => open(undefined)} />}
    </>
  )
}

function Events ({ which, me, open, again, drop }: { which: Which, me: Me, open: (event: string) => void, again: (w: Which) => void, drop: (event: string) => void }) {
  const list = useQuarantined(which)
  const sends = me.may.includes('quarantine.send')
  const reads = me.may.includes('quarantine.read')
  if (list.isPending) return <Waiting what={say('The quarantine is being fetched')} />
  if (list.isError) return <Wrong error={list.error} again={() => void list.refetch()} />
  return (
    <div className='tabled' tabIndex={0} role='region' aria-label={say('Events in quarantine')}>
      <table>
        <thead><tr><th scope='col'>{say('when')}</th><th scope='col'>{say('event')}</th><th scope='col'><span className='unseen'>{say('What can be done')}</span></th></tr></thead>
        <tbody>{list.data.items.map((q) => (
          <tr key={q.event} data-event={q.event}>
            <td className='when'>{instant(q.at)}</td>
            <th scope='row'><code>{q.event.slice(0, 8)}</code></th>
            <td><div className='row'>
              {reads && <Button onClick={() => open(q.event)} aria-haspopup='dialog'>{say('Open')}</Button>}
              {sends && <Button onClick={() => again({ events: [q.event] })}>{say('Send again')}</Button>}
              {sends && <Button onClick={() => drop(q.event)} aria-haspopup='dialog'>{say('Drop')}</Button>}
            </div></td>
          </tr>
        ))}</tbody>
      </table>
      {!reads && <p className='quiet'>{say('Reading what an event says takes the permission quarantine.read, which privacy officers have: it may say anything of anybody.')}</p>}
    </div>
  )
}

/** An event as it came: fetched when it is opened, and forgotten when it is closed. */
function Opened ({ event, me, close }: { event: string, me: Me, close: () => void }) {
  const one = useQuery({ queryKey: ['quarantined-opened', event], queryFn: ({ signal }) => wanted(api.GET('/v1/quarantine/{event}', { params: { path: { event } }, signal })), gcTime: 0, staleTime: Infinity })
  return (
    <Dialog open close={close} wide title={say('As it came')}>
      {one.isPending && <Waiting what={say('The event is being opened')} />}
      {one.isError && <Wrong error={one.error} />}
      {one.data !== undefined && <div className='fields'>
        <p>{[one.data.field, one.data.reason].filter(Boolean).join(': ')}</p>
        <p className='quiet'>{say('from {source}, {when}. That you looked is recorded.', { source: one.data.source, when: instant(one.data.at) })}{one.data.people.map((p) => <span key={p}> {say('About')} {me.may.includes('person.read') ? <a href={`/console/people/${p}`}>{p}</a> : p}.</span>)}</p>
        <pre className='secret' tabIndex={0} aria-label={say('As it came')}>{one.data.text}</pre>
        {!one.data.again && <p className='quiet'>{say('It did not come by a key, or long ago: let its source send it again.')}</p>}
      </div>}
    </Dialog>
  )
}

function Drop ({ which, n, close, done }: { which: Which, n: number, close: () => void, done: (n: number) => void }) {
  const [is, set] = useState('')
  const [busy, setBusy] = useState(false)
  const drop = () => {
    setBusy(true)
    void wanted(api.POST('/v1/quarantine/drop', { body: { ...tidy(which), why: is } })).then((r) => done(r.dropped), (err: unknown) => { setBusy(false); toast(why(err)) })
  }
  return (
    <Dialog open close={close} title={say('{n, plural, one {Drop # event?} other {Drop # events?}}', { n })}>
      <form className='fields' onSubmit={(e) => { e.preventDefault(); drop() }}>
        <p>{say('They are gone for good: what they say never reaches anybody’s record. That you did it, and why, stands in the audit log.')}</p>
        <TextInput label={say('Why they are not needed')} description={say('Name nobody.')} value={is} onChange={(e) => set(e.currentTarget.value)} required maxLength={200} data-autofocus />
        <p className='row'><Button type='submit' variant='filled' loading={busy} disabled={is.trim() === ''}>{say('Drop')}</Button><Button onClick={close}>{say('Leave it')}</Button></p>
      </form>
    </Dialog>
  )
}
