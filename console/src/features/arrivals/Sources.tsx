// Who sends: what each key may do, what comes of it, and keys that are made, replaced and taken away.
import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'

import { api, wanted, type Me } from '../../api/client'
import { copy } from '../../app/copy'
import { Notice, Wrong } from '../../app/states'
import { why } from '../../app/why'
import { Button, Dialog, TextInput, toast } from '../../ui'
import { Long } from '../../ui/fields'
import { date, instant, say, text, whole } from '../../words/words'
import { curl, useKeysOf, type Key, type Now } from './ask'
import type { Search } from './search'

/** Kinds of purposes, in words. */
const kinds: Record<string, string> = { treatment: text('care itself'), operations: text('running the place'), service: text('service'), research: text('research'), marketing: text('marketing') }

const limits = (k: Key): string => [
  k.events === undefined || k.events.length === 0 ? say('all events') : k.events.join(', '),
  k.purposes === undefined || k.purposes.length === 0 ? '' : say('for {purposes}', { purposes: k.purposes.map((p) => say(kinds[p] ?? p)).join(', ') }),
  k.origins === undefined || k.origins.length === 0 ? '' : say('from pages of {origins}', { origins: k.origins.join(', ') }),
  k.system === k.name ? '' : say('people of {system}', { system: k.system }),
].filter(Boolean).join('; ')

export function Sources ({ now, me, go }: { now: Now, me: Me, go: (s: Search) => void }) {
  const manages = me.may.includes('sources.manage')
  const keys = useKeysOf(me)
  const [replacing, replace] = useState<string>()
  const [revoking, revoke] = useState<string>()
  const of = (name: string) => (keys.data ?? []).filter((k) => k.name === name)
  const names = [...new Set([...Object.keys(now.sources), ...(keys.data ?? []).map((k) => k.name)])].sort()
  const number = (n: number | undefined) => n === undefined ? '–' : whole(n)
  return (
    <>
      {keys.isError && <Wrong error={keys.error} again={() => void keys.refetch()} />}
      {!manages && <p className='quiet'>{say('Keys are made and taken away by whoever has the permission sources.manage, such as admins.')}</p>}
      {names.length === 0 && <Notice title={say('Nothing can send yet')}><p>{say('A source is a system that sends events, such as an app or a portal. Each proves itself by a key of its own. Make one with N; you get a line that sends the first event.')}</p></Notice>}
      {names.length > 0 && <div className='tabled' tabIndex={0} role='region' aria-label={say('Sources')}>
        <table>
          <thead><tr><th scope='col'>{say('source')}</th><th scope='col'>{say('last heard')}</th><th scope='col'>{say('last minute')}</th><th scope='col'>{say('last hour')}</th><th scope='col'>{say('today')}</th><th scope='col'>{say('taken in')}</th><th scope='col'>{say('came before')}</th><th scope='col'>{say('unknown')}</th><th scope='col'>{say('could not be used')}</th><th scope='col'>{say('in quarantine')}</th><th scope='col'>{say('ever')}</th>{manages && <th scope='col'>{say('keys')}</th>}</tr></thead>
          <tbody>{names.map((name) => {
            const s = now.sources[name]
            const mine = of(name)
            return (
              <tr key={name} data-source={name}>
                <th scope='row'><button type='button' className='plain' data-line onClick={() => go({ part: 'live', source: name })}>{name}</button>{mine.map((k, i) => <div key={i} className='quiet may'>{limits(k)}</div>)}</th>
                <td className='when'>{s === undefined || s.last === '' ? say('not since the server began') : instant(s.last)}</td>
                <td data-of='minute'>{number(s?.minute)}</td><td data-of='hour'>{number(s?.hour)}</td><td data-of='today'>{number(s?.today)}</td>
                <td data-of='taken'>{number(s?.taken)}</td><td data-of='repeated'>{number(s?.repeated)}</td><td data-of='undeclared'>{number(s?.undeclared)}</td><td data-of='quarantined'>{number(s?.quarantined)}</td>
                <td data-of='waiting'>{s !== undefined && s.waiting > 0 ? <button type='button' className='plain' onClick={() => go({ part: 'quarantine', source: name })}>{whole(s.waiting)}</button> : number(s?.waiting)}</td>
                <td data-of='ever'>{number(s?.ever)}</td>
                {manages && <td>{mine.length === 0
                  ? <span className='quiet'>{say('no key here')}</span>
                  : <><div className='quiet'>{mine.length === 1 ? say('since {day}', { day: date(mine[0]?.since.slice(0, 10) ?? '') }) : say('{n} keys', { n: mine.length })}</div><div className='row'>
                      <Button onClick={() => replace(name)} aria-haspopup='dialog'>{say('Replace')}</Button>
                      <Button onClick={() => revoke(name)} aria-haspopup='dialog'>{say('Revoke')}</Button>
                    </div></>}</td>}
              </tr>
            )
          })}</tbody>
        </table>
      </div>}
      {names.length > 0 && <p className='quiet'>{say('Counts are since the server began; “ever” is what was applied in all. Today is since midnight, UTC. Records that are imported, and other systems with an account, have no key here.')}</p>}
      {replacing !== undefined && <Replace name={replacing} keys={of(replacing)} close={() => replace(undefined)} />}
      {revoking !== undefined && <Revoke name={revoking} keys={of(revoking)} close={() => revoke(undefined)} />}
    </>
  )
}

/** A key that was just made: it is on the screen this once, and nowhere else. */
function Made ({ name, secret, event, close }: { name: string, secret: string, event: string, close: () => void }) {
  const line = curl(secret, event)
  return (
    <div className='fields made'>
      <p>{say('This is the key of {name}. It is shown this once: only its hash is kept.', { name })}</p>
      <pre className='secret' data-key tabIndex={0} aria-label={say('The key')}>{secret}</pre>
      <p className='row'><Button variant='filled' onClick={() => copy(secret)}>{say('Copy the key')}</Button></p>
      <p>{say('This line sends the first event:')}</p>
      <pre className='secret' tabIndex={0} aria-label={say('A line that sends an event')}>{line}</pre>
      <p className='row'><Button onClick={() => copy(line)}>{say('Copy the line')}</Button><Button onClick={close}>{say('I have it')}</Button></p>
    </div>
  )
}

const words = (s: string): string[] => s.split(/[\s,]+/).filter(Boolean)

export function NewSource ({ close }: { close: () => void }) {
  const client = useQueryClient()
  const [is, set] = useState({ source: '', system: '', origins: '', events: '', purposes: [] as string[] })
  const [made, setMade] = useState<string>()
  const [wrong, setWrong] = useState('')
  const [busy, setBusy] = useState(false)
  const add = () => {
    setBusy(true)
    void wanted(api.POST('/v1/sources', { body: { source: is.source.trim(), system: is.system.trim(), origins: words(is.origins), events: words(is.events), purposes: is.purposes } })).then((r) => {
      setMade(r.write_key)
      void client.invalidateQueries({ queryKey: ['sources'] })
    }, (err: unknown) => setWrong(why(err))).finally(() => setBusy(false))
  }
  return (
    <Dialog open close={close} wide title={made === undefined ? say('A new source') : say('The key')}>
      {made !== undefined
        ? <Made name={is.source.trim()} secret={made} event={words(is.events)[0] ?? 'portal.visited'} close={close} />
        : <form className='fields' onSubmit={(e) => { e.preventDefault(); add() }}>
            <TextInput label={say('Name')} description={say('As it stands in its events: small letters, digits, - and _, such as portal.')} value={is.source} onChange={(e) => set({ ...is, source: e.currentTarget.value })} required maxLength={40} data-autofocus />
            <TextInput label={say('Whose identifiers it sends')} description={say('The system that its numbers of people belong to. Empty is its own: then its people are known to it alone.')} value={is.system} onChange={(e) => set({ ...is, system: e.currentTarget.value })} />
            <Long label={say('Only these events (empty is all)')} rows={2} value={is.events} change={(events) => set({ ...is, events })} />
            <fieldset className='kinds'><legend>{say('Only for these kinds of purposes (none is all)')}</legend>{Object.entries(kinds).map(([k, words]) => <label key={k} className='check'><input type='checkbox' checked={is.purposes.includes(k)} onChange={(e) => set({ ...is, purposes: e.currentTarget.checked ? [...is.purposes, k] : is.purposes.filter((p) => p !== k) })} /> {say(words)}</label>)}</fieldset>
            <Long label={say('Web pages that may send with it, such as https://app.example (empty is none)')} rows={1} value={is.origins} change={(origins) => set({ ...is, origins })} />
            {is.origins.trim() !== '' && <p className='quiet'>{say('Whoever opens a page can read its key. Give pages a source of their own, with people of its own.')}</p>}
            {wrong !== '' && <p className='bad' role='alert'>{wrong}</p>}
            <p className='row'><Button type='submit' variant='filled' loading={busy} disabled={is.source.trim() === ''}>{say('Make the key')}</Button></p>
          </form>}
    </Dialog>
  )
}

function Replace ({ name, keys, close }: { name: string, keys: Key[], close: () => void }) {
  const client = useQueryClient()
  const [made, setMade] = useState<string>()
  const last = keys.at(-1)
  const done = (p: Promise<unknown>, then: () => void) => void p.then(() => { then(); void client.invalidateQueries({ queryKey: ['sources'] }) }, (err: unknown) => toast(why(err)))
  const make = () => {
    if (last === undefined) return
    done(wanted(api.POST('/v1/sources', { body: { source: name, system: last.system, origins: last.origins ?? [], events: last.events ?? [], purposes: last.purposes ?? [] } })).then((r) => setMade(r.write_key)), () => {})
  }
  return (
    <Dialog open close={close} wide title={made === undefined ? say('Replace the key of {name}', { name }) : say('The key')}>
      {made !== undefined ? <Made name={name} secret={made} event={last?.events?.[0] ?? 'portal.visited'} close={close} /> : <div className='fields'>
        <p>{say('First make a new key, which may do what the newest one may, and put it where {name} has its own. Until then both hold, and nothing is lost.', { name })}</p>
        <p className='row'><Button variant='filled' onClick={make}>{say('Make the new key')}</Button></p>
        {keys.length > 1 && <>
          <p>{say('Once {name} sends with the newest key, take the older ones away. What still comes with them is refused from the next second on.', { name })}</p>
          <p className='row'><Button onClick={() => done(wanted(api.DELETE('/v1/sources/{source}', { params: { path: { source: name }, query: { older: true } } })), () => { toast(say('Only the newest key of {name} holds now.', { name })); close() })}>{say('Take the older keys away')}</Button></p>
        </>}
      </div>}
    </Dialog>
  )
}

function Revoke ({ name, keys, close }: { name: string, keys: Key[], close: () => void }) {
  const client = useQueryClient()
  const [busy, setBusy] = useState(false)
  const end = () => {
    setBusy(true)
    void wanted(api.DELETE('/v1/sources/{source}', { params: { path: { source: name } } })).then(() => {
      void client.invalidateQueries({ queryKey: ['sources'] })
      toast(say('{name} can send nothing any more.', { name }))
      close()
    }, (err: unknown) => { setBusy(false); toast(why(err)) })
  }
  return (
    <Dialog open close={close} title={say('Revoke {name}?', { name })}>
      <div className='fields'>
        <p>{keys.length > 1 ? say('All {n} keys of {name} end. From the next second on, what it sends is refused, and lost unless it keeps it.', { n: keys.length, name }) : say('Its key ends. From the next second on, what {name} sends is refused, and lost unless it keeps it.', { name })}</p>
        <p>{say('What it sent stays. What of it is in quarantine cannot be sent again unless it gets a key. A key that ended does not come back.')}</p>
        <p className='row'><Button variant='filled' onClick={end} loading={busy}>{say('Revoke')}</Button><Button onClick={close}>{say('Leave it')}</Button></p>
      </div>
    </Dialog>
  )
}
