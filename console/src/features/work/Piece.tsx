// One piece of work: what it is and why, and, for whoever has it, whom it is about, what to say, and how it went.
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'

import type { Me } from '../../api/client'
import { Button, ButtonLink, Dialog, TextInput } from '../../ui'
import { Long } from '../../ui/fields'
import { instant, say } from '../../words/words'
import { kindOf, open, told, what, type Holder, type Sheet, type Work } from './model'
import { journeysOf } from './queries'

/** How a piece of work went. */
export interface Went { outcome: string, note: string, minutes?: number, at?: string, score?: number }

type Asks = 'release' | 'hand' | { went: string } | undefined

interface Props {
  work: Work
  sheet: Sheet | undefined
  has: Holder
  me: Me
  program: string
  busy: boolean
  wrong: string | undefined
  outcomes: string[]
  asks: Asks
  ask: (a: Asks) => void
  claim: () => void
  release: () => void
  hand: () => void
  giveBack: () => void
  finish: (went: Went) => void
  back: () => void
}

/** A time of day as a field has it, in the time of whoever reads. */
const local = (d: Date): string => new Date(d.getTime() - d.getTimezoneOffset() * 60_000).toISOString().slice(0, 16)

/** What a language is called in that of whoever reads. */
function tongue (code: string): string {
  try {
    return new Intl.DisplayNames([document.documentElement.lang || 'en'], { type: 'language' }).of(code) ?? code
  } catch {
    return code
  }
}

/** Outcomes that ask for something before they are told. */
const asking = ['call_back', 'wrong_person']

export function Piece ({ work: w, sheet, has, me, program, busy, wrong, outcomes, asks, ask, claim, release, hand, giveBack, finish, back }: Props) {
  const [note, setNote] = useState('')
  const [minutes, setMinutes] = useState('')
  const [score, setScore] = useState('')
  const [when, setWhen] = useState(() => local(new Date(Date.now() + 60 * 60_000)))
  const does = me.may.includes('work.do')
  const went = (outcome: string): Went => ({
    outcome, note: note.trim(),
    ...(w.kind === 'contact' && Number(minutes) > 0 ? { minutes: Math.round(Number(minutes)) } : {}), ...(w.kind === 'ask' && score.trim() !== '' ? { score: Number(score.replace(',', '.')) } : {}),
    ...(outcome === 'call_back' ? { at: new Date(when).toISOString() } : {}),
  })
  const tell = (outcome: string) => { if (asking.includes(outcome)) ask({ went: outcome }); else finish(went(outcome)) }
  const name = sheet?.preferred_name ?? sheet?.name
  const addressed = sheet === undefined ? [] : [
    sheet.name_spoken === undefined ? undefined : say('said {how}', { how: sheet.name_spoken }), sheet.pronouns, sheet.language === undefined ? undefined : say('speaks {language}', { language: tongue(sheet.language) }),
    sheet.preferred_name !== undefined && sheet.name !== sheet.preferred_name ? sheet.name : undefined,
  ].filter((x) => x !== undefined && x !== '')
  const asked = typeof asks === 'object' ? asks.went : undefined
  return (
    <article className='piece' data-piece={w.request} data-shown={sheet === undefined ? undefined : true}>
      <p className='queue-back'><Button onClick={back}>{say('Back to the list')}</Button></p>
      <p className='quiet'>{[kindOf(w), program, w.for?.replaceAll('_', ' ')].filter(Boolean).join(' · ')}</p>
      <h2>{what(w)}</h2>
      {wrong !== undefined && <p className='bad' role='alert'>{wrong}</p>}
      {sheet !== undefined && <section className='whom' aria-label={say('Whom it is about')}>
        {name !== undefined && <p className='name' data-name>{name}</p>}
        {addressed.length > 0 && <p data-address>{addressed.join(' · ')}</p>}
        {name === undefined && <p className='quiet'>{say('No name is known.')}</p>}
        {sheet.to !== undefined && <p className='to' data-to>{/^\+?[\d ()-]+$/.test(sheet.to) ? <a href={`tel:${sheet.to.replace(/[^\d+]/g, '')}`}>{sheet.to}</a> : sheet.to}</p>}
        {me.may.includes('person.read') && <p><ButtonLink href={`/console/people/${encodeURIComponent(w.person)}`}>{say('Open the record')}</ButtonLink></p>}
      </section>}
      {sheet?.script !== undefined && sheet.script !== '' && <section aria-label={say('What to say')}>
        <h3>{say('What to say')}</h3>
        {sheet.subject !== undefined && sheet.subject !== '' && <p><b>{sheet.subject}</b></p>}
        <p className='script' data-script>{sheet.script}</p>
      </section>}
      <Because work={w} sheet={sheet} me={me} />
      <dl className='queue-facts'>
        <dt>{say('Since')}</dt><dd>{instant(w.since)}</dd>
        <dt>{w.overdue === true ? say('Was due') : say('Due')}</dt><dd className={w.overdue === true ? 'bad' : undefined}>{instant(w.due)}</dd>
        {w.reason !== undefined && <><dt>{say('Reason')}</dt><dd>{w.reason}</dd></>}
        {w.urgency !== undefined && <><dt>{say('Urgency')}</dt><dd>{w.urgency}</dd></>}
        {(w.tries ?? 0) > 0 && <><dt>{say('Tried')}</dt><dd>{say('{n, plural, one {# time} other {# times}}', { n: w.tries })}</dd></>}
        {w.waits !== undefined && <><dt>{say('Waits')}</dt><dd>{[w.waits, w.waits_until === undefined ? '' : instant(w.waits_until)].filter(Boolean).join(' · ')}</dd></>}
        {w.ended !== undefined && <><dt>{say('Over')}</dt><dd>{[instant(w.ended), w.why].filter(Boolean).join(' · ')}</dd></>}
      </dl>
      {w.kind === 'call' && <p className='quiet'>{say('A service answers this by itself, or the journey goes on at its deadline.')}</p>}
      {open(w) && !does && <p className='quiet'>{say('You see work, and do not do it: care coordinators and clinicians do.')}</p>}
      {open(w) && does && has === 'other' && <p role='status'>{say('{who} has it until {time}. Whom it is about is shown to them alone.', { who: w.by, time: instant(w.claimed_until ?? '') })}</p>}
      {open(w) && does && has !== 'other' && sheet === undefined && <div className='bigs-of-work'>
        <Button variant='filled' size='md' disabled={busy} onClick={claim}>{has === 'me' ? say('Show whom it is about') : say('Take it')} <kbd>Enter</kbd></Button>
        <Button size='md' disabled={busy} onClick={hand}>{say('Hand it over')} <kbd>A</kbd></Button>
        {has === 'me' && <Button size='md' disabled={busy} onClick={release}>{say('Give it back')} <kbd>Esc</kbd></Button>}
      </div>}
      {sheet !== undefined && has === 'me' && <section aria-label={say('How it went')} className='went'>
        <h3>{say('How it went')}</h3>
        {w.kind === 'ask'
          ? <TextInput label={say('Score, where the questionnaire has one')} inputMode='decimal' value={score} onChange={(e) => setScore(e.currentTarget.value)} error={score.trim() !== '' && !Number.isFinite(Number(score.replace(',', '.'))) ? say('It is a number.') : undefined} />
          : <Long label={<>{w.kind === 'refer' ? say('Why, in their words') : say('Note')} <kbd>N</kbd></>} value={note} change={setNote} rows={2} />}
        {w.kind === 'contact' && <TextInput label={say('Minutes')} inputMode='numeric' value={minutes} onChange={(e) => setMinutes(e.currentTarget.value.replace(/\D/g, ''))} className='minutes' />}
        <div className='bigs-of-work'>{outcomes.map((o, k) => {
          const t = told(w.kind, o)
          return <button key={o} type='button' className='outcome' data-key={k < 5 ? k + 1 : undefined} data-outcome={o} disabled={busy || (w.kind === 'ask' && !Number.isFinite(Number(score.replace(',', '.') || 0)))} onClick={() => tell(o)}><span className='title'>{t.own ? t.name : say(t.name)} {k < 5 && <kbd>{k + 1}</kbd>}</span><span className='quiet'>{say(t.then)}</span></button>
        })}</div>
        <p className='row'><Button disabled={busy} onClick={hand}>{say('Hand it over')} <kbd>A</kbd></Button><Button disabled={busy} onClick={release}>{say('Give it back')} <kbd>Esc</kbd></Button></p>
      </section>}
      <Dialog open={asks === 'release'} close={() => ask(undefined)} title={say('Give it back?')}>
        <p>{note.trim() === '' ? say('Anybody may take it then.') : say('Anybody may take it then. What you noted is not kept.')}</p>
        <p className='row'><Button variant='filled' data-autofocus onClick={giveBack}>{say('Give it back')}</Button><Button onClick={() => ask(undefined)}>{say('Keep it')}</Button></p>
      </Dialog>
      <Dialog open={asked === 'call_back'} close={() => ask(undefined)} title={say('When do they want to be called?')}>
        <form className='fields' onSubmit={(e) => { e.preventDefault(); ask(undefined); finish(went('call_back')) }}>
          <TextInput type='datetime-local' label={say('In your time')} value={when} min={local(new Date())} required data-autofocus onChange={(e) => setWhen(e.currentTarget.value)} />
          <p><Button type='submit' variant='filled' disabled={when === ''}>{say('Call back then')}</Button></p>
        </form>
      </Dialog>
      <Dialog open={asked === 'wrong_person'} close={() => ask(undefined)} title={say('Somebody else is reached there?')}>
        <p>{say('Nobody is called or written to there any more, until somebody lets the address be used again.')}</p>
        <p className='row'><Button variant='filled' data-autofocus onClick={() => { ask(undefined); finish(went('wrong_person')) }}>{say('It is the wrong person')}</Button><Button onClick={() => ask(undefined)}>{say('Not so')}</Button></p>
      </Dialog>
    </article>
  )
}

/** Why somebody is asked to do this: the journey's step in words, or what made a contact due. */
function Because ({ work: w, sheet, me }: { work: Work, sheet: Sheet | undefined, me: Me }) {
  const journeys = useQuery({ ...journeysOf(w.program), enabled: w.journey !== undefined && me.may.includes('program.read') })
  const journey = journeys.data?.items.find((j) => j.id === w.journey)
  const step = journey?.steps.find((s) => s.id === w.step)
  if (journey === undefined && sheet?.because === undefined) return null
  return (
    <section aria-label={say('Why')} data-because>
      <h3>{say('Why')}</h3>
      {journey !== undefined && <p>{journey.name}</p>}
      {step?.words.map((x) => <p key={x} className='quiet'>{x}</p>)}
      {sheet?.because !== undefined && <p>{say('{event}, on {time}', { event: sheet.because, time: instant(sheet.because_at ?? '') })}</p>}
    </section>
  )
}
