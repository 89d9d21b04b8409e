// May I text Ana at 21:10? Each rule that is asked, for one person, at an instant.
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'

import type { Schemas } from '@attune/client'

import { api, wanted, type Me } from '../../api/client'
import { programs as programsQuery } from '../../api/queries'
import { choosePurpose, purposeHeader, purposes, usePurpose, type Purpose } from '../../app/purpose'
import { Wrong } from '../../app/states'
import { Button, Select, TextInput } from '../../ui'
import { instant, say } from '../../words/words'

type May = Schemas['MayShown']

export function Contact ({ me }: { me: Me }) {
  const purpose = usePurpose()
  const programs = useQuery(programsQuery)
  const [who, setWho] = useState('')
  const [found, setFound] = useState<Array<{ person: string, name: string, birth_date?: string | undefined }>>()
  const [of, setOf] = useState({ program: '', engagement: '', channel: '' })
  const [at, setAt] = useState('')
  const [answer, setAnswer] = useState<{ person: string, contacts: May[] }>()
  const [failed, setFailed] = useState<unknown>()
  const [busy, setBusy] = useState(false)
  const isId = (x: string) => /^p[0-9a-z]{26}$/.test(x) || x.includes(':')
  const end = (err: unknown) => { setFailed(err); setBusy(false) }
  const ask = (person: string) => {
    setBusy(true)
    setFound(undefined)
    setFailed(undefined)
    const query = Object.fromEntries(Object.entries({ ...of, at: at === '' ? '' : `${at}:00Z` }).filter(([, v]) => v !== ''))
    wanted(api.GET('/v1/people/{person}/may', { params: { path: { person }, header: purposeHeader(purpose), query } })).then((m) => { setAnswer({ person, contacts: m.contacts }); setBusy(false) }, end)
  }
  const look = () => {
    setAnswer(undefined)
    if (isId(who.trim())) { ask(who.trim()); return }
    setBusy(true)
    setFailed(undefined)
    wanted(api.POST('/v1/people/search', { params: { header: purposeHeader(purpose) }, body: { name: who.trim() } })).then((f) => {
      setBusy(false)
      if (f.people.length === 1 && f.people[0] !== undefined) ask(f.people[0].person)
      else setFound(f.people)
    }, end)
  }
  const engagements = (programs.data ?? []).filter((p) => of.program === '' || p.id === of.program).flatMap((p) => p.engagements.map((e) => e.id))
  const any = { value: '', label: say('any') }
  return (
    <div className='part'>
      <form className='asks' onSubmit={(e) => { e.preventDefault(); if (who.trim() !== '' && !busy) look() }}>
        <TextInput size='xs' label={me.may.includes('people.find') ? say('Whom? A name or an id') : say('Whom? An id')} value={who} onChange={(e) => setWho(e.currentTarget.value)} autoComplete='off' required />
        <Select size='xs' label={say('By')} value={of.channel} onChange={(e) => setOf({ ...of, channel: e.currentTarget.value })} data={[any, ...['email', 'sms', 'push', 'letter', 'portal', 'call', 'visit'].map((c) => ({ value: c, label: c }))]} />
        <TextInput size='xs' type='datetime-local' label={say('When (UTC); now without it')} value={at} onChange={(e) => setAt(e.currentTarget.value)} />
        <Select size='xs' label={say('Program')} value={of.program} onChange={(e) => setOf({ ...of, program: e.currentTarget.value, engagement: '' })} data={[any, ...(programs.data ?? []).map((p) => ({ value: p.id, label: p.name }))]} />
        <Select size='xs' label={say('Engagement')} value={of.engagement} onChange={(e) => setOf({ ...of, engagement: e.currentTarget.value })} data={[any, ...[...new Set(engagements)].map((x) => ({ value: x, label: x.replaceAll('_', ' ') }))]} />
        <Select size='xs' label={say('For')} value={purpose} onChange={(e) => choosePurpose(e.currentTarget.value as Purpose)} data={Object.entries(purposes).map(([value, label]) => ({ value, label: say(label) }))} />
        <Button type='submit' variant='filled' disabled={busy || who.trim() === ''}>{say('May we?')}</Button>
      </form>
      <p className='quiet'>{say('Nothing is sent, and nothing changes. Looking is recorded.')}</p>
      {failed !== undefined && <Wrong error={failed} again={look} />}
      {found !== undefined && (found.length === 0
        ? <p>{say('Nobody fits. Try less of it, or the name as it sounds.')}</p>
        : <ul className='found-list' aria-label={say('Who is meant?')}>{found.map((p) => <li key={p.person}><button type='button' className='plain' onClick={() => ask(p.person)}>{[p.name, p.birth_date].filter((x) => x !== undefined && x !== '').join(' · ')}</button></li>)}</ul>)}
      {answer !== undefined && (answer.contacts.length === 0
        ? <p>{say('No engagement is made for that.')}</p>
        : <ul className='mays'>{answer.contacts.map((m) => {
          const no = m.checks.find((c) => c.reason !== undefined && c.reason !== '')
          return (
            <li key={`${m.program} ${m.engagement} ${m.channel}`} data-may={`${m.engagement} ${m.channel} ${m.allowed}`}>
              <details>
                <summary><b className={m.allowed ? 'good' : 'bad'}>{m.allowed ? say('Yes') : m.waits_for !== undefined && m.waits_for !== '' ? say('Not yet') : say('No')}</b> {m.engagement.replaceAll('_', ' ')} · {m.channel} <span className='quiet'>{m.allowed ? m.zones.join(', ') : m.waits_for !== undefined && m.waits_for !== '' ? say('it would wait for {what}, until {time}', { what: m.waits_for.replaceAll('_', ' '), time: instant(m.at) }) : `${no?.check ?? ''}: ${no?.detail ?? no?.reason ?? ''}`}</span></summary>
                <ol>{m.checks.map((c) => <li key={c.check} className={c.reason === undefined || c.reason === '' ? undefined : 'bad'}>{c.check}: {c.reason === undefined || c.reason === '' ? say('so') : `${say('not so')}, ${c.reason.replaceAll('_', ' ')}${c.detail === undefined || c.detail === '' ? '' : `, ${c.detail}`}`}</li>)}</ol>
              </details>
            </li>
          )
        })}</ul>)}
    </div>
  )
}
