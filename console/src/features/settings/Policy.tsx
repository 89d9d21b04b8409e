// May this reach somebody, and when? Each of the gate's questions, in their order, as the server asks them at that instant.
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'

import type { Schemas } from '@attune/client'

import { api, wanted, type Me } from '../../api/client'
import { usePauses } from '../../api/pauses'
import { programs as programsQuery } from '../../api/queries'
import { find } from '../../app/find'
import { choosePurpose, purposeHeader, purposes, usePurpose, type Purpose } from '../../app/purpose'
import { Wrong } from '../../app/states'
import { Button, Select, TextInput } from '../../ui'
import { instant, say } from '../../words/words'

type May = Schemas['MayShown']
type Found = Schemas['FoundPeople']
const channels = ['email', 'sms', 'push', 'letter', 'portal', 'call', 'visit']

/** An instant by the clock of a zone; nothing where this browser does not know the zone. */
function there (at: string, zone: string | undefined): string {
  if (zone === undefined) return ''
  try {
    return new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: 'medium', timeStyle: 'short', hourCycle: 'h23', timeZone: zone }).format(new Date(at))
  } catch {
    return ''
  }
}

export function Policy ({ me }: { me: Me }) {
  const programs = useQuery(programsQuery)
  const purpose = usePurpose()
  const { pauses } = usePauses(me)
  const [name, setName] = useState('')
  const [found, setFound] = useState<Found>()
  const [person, setPerson] = useState('')
  const [who, setWho] = useState('')
  const [program, setProgram] = useState('')
  const [engagement, setEngagement] = useState('')
  const [channel, setChannel] = useState('')
  const [at, setAt] = useState('')
  const [answers, setAnswers] = useState<May[]>()
  const [failed, setFailed] = useState<unknown>()
  const [busy, setBusy] = useState(false)
  const finds = me.may.includes('people.find')
  const engagements = programs.data?.find((p) => p.id === program)?.engagements ?? []
  const begin = () => { setBusy(true); setFailed(undefined); setAnswers(undefined) }
  const fails = (err: unknown) => { setFailed(err); setBusy(false) }
  const look = () => {
    begin()
    find({ name }, purpose).then((f) => { setFound(f); setBusy(false) }, fails)
  }
  const ask = () => {
    begin()
    const query = { ...(program === '' ? {} : { program }), ...(engagement === '' ? {} : { engagement }), ...(channel === '' ? {} : { channel }), ...(at === '' ? {} : { at: new Date(at).toISOString() }) }
    wanted(api.GET('/v1/people/{person}/may', { params: { header: purposeHeader(purpose), path: { person: person.trim() }, query } })).then((r) => { setAnswers(r.contacts); setBusy(false) }, fails)
  }
  const changed = <T,>(set: (v: T) => void) => (v: T) => { set(v); setAnswers(undefined) }
  const ready = !busy && person.trim() !== ''
  return (
    <div className='settings-body'>
      <h2>{say('May this reach somebody?')}</h2>
      <p className='quiet'>{say('Asks what the server asks before it hands anything over, at the time you choose, and sends nothing. Asking is recorded, and people can see who looked.')}</p>
      {(pauses.data ?? []).length > 0 && <p data-held>{say('Something is held back now. These answers do not ask about that: what may be said waits until it goes on.')}</p>}
      <div className='policy'>
        <div className='fields'>
          {finds && <form className='fields' role='search' onSubmit={(e) => { e.preventDefault(); if (!busy && name.trim() !== '') look() }}>
            <TextInput label={say('Find somebody by name')} value={name} onChange={(e) => setName(e.currentTarget.value)} autoComplete='off' />
            <p><Button type='submit' disabled={busy || name.trim() === ''}>{say('Find')}</Button></p>
            <div aria-live='polite'>{found !== undefined && (found.people.length === 0 ? <p>{say('Nobody fits. Try less of it, or the name as it sounds.')}</p> : <ul className='policy-found'>{found.people.map((p) => (
              <li key={p.person}><button type='button' className='plain' data-person={p.person} onClick={() => { setPerson(p.person); setWho(p.name); setFound(undefined); setAnswers(undefined) }}>{p.name} <span className='quiet'>{[p.birth_date, p.place].filter((x) => x !== undefined && x !== '').join(' · ')}</span></button></li>
            ))}</ul>)}</div>
          </form>}
          <form className='fields' onSubmit={(e) => { e.preventDefault(); if (ready) ask() }}>
            <TextInput label={say('Whom')} description={who === '' ? say('a person’s id') : who} value={person} onChange={(e) => { setPerson(e.currentTarget.value); setWho(''); setAnswers(undefined) }} autoComplete='off' required />
            <Select label={say('Program')} value={program} onChange={(e) => { changed(setProgram)(e.currentTarget.value); setEngagement('') }} data={[{ value: '', label: say('all') }, ...(programs.data ?? []).map((p) => ({ value: p.id, label: p.name }))]} />
            {program !== '' && <Select label={say('Engagement')} value={engagement} onChange={(e) => changed(setEngagement)(e.currentTarget.value)} data={[{ value: '', label: say('all') }, ...engagements.map((x) => ({ value: x.id, label: x.id.replaceAll('_', ' ') }))]} />}
            <Select label={say('Channel')} value={channel} onChange={(e) => changed(setChannel)(e.currentTarget.value)} data={[{ value: '', label: say('all') }, ...channels.map((value) => ({ value, label: value }))]} />
            <TextInput type='datetime-local' label={say('When, by this device’s clock')} description={say('now, without it')} value={at} onChange={(e) => changed(setAt)(e.currentTarget.value)} />
            <Select label={say('For')} value={purpose} onChange={(e) => choosePurpose(e.currentTarget.value as Purpose)} data={Object.entries(purposes).map(([value, label]) => ({ value, label: say(label) }))} />
            <p><Button type='submit' variant='filled' disabled={!ready}>{say('Ask')}</Button></p>
          </form>
        </div>
        <div aria-live='polite' className='policy-answers'>
          {failed !== undefined && <Wrong error={failed} />}
          {answers?.length === 0 && <p data-answers={0}>{say('Nothing that is live could be said to them so: no engagement of that program goes by that channel.')}</p>}
          {answers !== undefined && answers.length > 0 && <>
            <p data-answers={answers.length}>{say('{yes} of {n, plural, one {# contact} other {# contacts}} may be made.', { yes: answers.filter((m) => m.allowed).length, n: answers.length })}</p>
            {answers.map((m) => <Answer key={`${m.program} ${m.engagement} ${m.channel}`} m={m} />)}
          </>}
        </div>
      </div>
    </div>
  )
}

function Answer ({ m }: { m: May }) {
  const clock = there(m.at, m.zones[0])
  return (
    <details className='policy-answer' data-may={`${m.program} ${m.engagement} ${m.channel}`} data-allowed={m.allowed} open={!m.allowed}>
      <summary><b className={m.allowed ? 'good' : 'bad'}>{m.allowed ? say('Yes') : say('No')}</b> · {m.engagement.replaceAll('_', ' ')} · {m.channel} <span className='quiet'>{m.program.replaceAll('_', ' ')}</span></summary>
      <p>{m.allowed ? say('It would be handed over {time}.', { time: instant(m.at) }) : say('So it is {time}.', { time: instant(m.at) })} {clock !== '' && say('That is {time} where they are: {zones} ({how}).', { time: clock, zones: m.zones.join(', '), how: m.zones_by.replaceAll('_', ' ') })}{(m.waits_for ?? '') !== '' && <> {say('It would wait until then, for: {what}.', { what: (m.waits_for ?? '').replaceAll('_', ' ') })}</>}</p>
      <ol>{m.checks.map((c) => {
        const stops = (c.reason ?? '') !== ''
        return <li key={c.check} data-check={c.check} data-stops={stops}><b className={stops ? 'bad' : 'good'}>{stops ? '✕' : '✓'}</b> {c.check}{stops && <>: <b>{(c.reason ?? '').replaceAll('_', ' ')}</b></>}{(c.detail ?? '') !== '' && <span className='quiet'> {c.detail}</span>}</li>
      })}</ol>
    </details>
  )
}
