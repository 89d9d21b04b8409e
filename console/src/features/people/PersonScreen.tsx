// Who is she, what was she told, what next? One person, for who cares for them: each part comes by itself, so one that fails does not take the others along.
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState, type ReactNode } from 'react'

import type { Schemas } from '@attune/client'

import { notAllowed, type Me } from '../../api/client'
import { programs as programsQuery } from '../../api/queries'
import { useKeys } from '../../app/keys'
import { purposes, usePurpose } from '../../app/purpose'
import { Notice, Waiting, Wrong } from '../../app/states'
import { useTitle } from '../../app/title'
import { ButtonLink, Segments, Button } from '../../ui'
import { date, instant, say, text, whole } from '../../words/words'
import { work } from '../work/queries'
import { onward, state, story } from './ask'
import { useChanges } from './changes'
import { Duplicates } from './Duplicates'
import { Glass } from './Glass'
import { Holds, type Doing } from './Holds'
import { Notes } from './Notes'
import { shows, type Search, type Shows } from './search'
import { belongs, byDay, facts, ownWords, reached, type Line } from './timeline'
import './people.css'

type State = Schemas['PersonState']

const showing: Record<Shows, string> = { all: text('All'), told: text('What they were told'), asked: text('What was asked of them'), did: text('What they did') }

/** What is told in words of its own, and not in those of the record. */
const written: Record<string, string> = { 'note.written': text('A note of the team'), 'story.told': text('They told of themselves') }

export function PersonScreen ({ person, search, navigate, me }: { person: string, search: Search, navigate: (s: Search) => void, me: Me }) {
  const purpose = usePurpose()
  const go = useNavigate()
  const reads = me.may.includes('person.read')
  const [last, setLast] = useState(200)
  const [doing, setDoing] = useState<Doing>()
  const [notes, setNotes] = useState(false)
  const is = useQuery({ ...state(person, purpose), enabled: reads })
  const lines = useQuery({ ...story(person, purpose, last), enabled: reads })
  const next = useQuery({ ...onward(person, purpose), enabled: reads })
  const programs = useQuery(programsQuery)
  const show = search.show ?? 'all'
  useTitle(say('A patient'))
  useChanges(person, is.isSuccess)
  const again = () => { void is.refetch(); void lines.refetch(); void next.refetch() }
  useKeys({
    y: () => void go({ to: '/decisions/of/$person', params: { person }, search: {} }),
    r: again,
    h: (e) => { if (is.data !== undefined && is.data.died === undefined && me.may.includes('person.hold')) { e.preventDefault(); setDoing({}) } },
    n: (e) => { if (is.data !== undefined && me.may.includes('person.note')) { e.preventDefault(); setNotes(true) } },
    ...Object.fromEntries(shows.map((s, k) => [String(k + 1), () => navigate(s === 'all' ? {} : { show: s })])),
    Escape: () => void go({ to: '/people' }),
  })
  if (!reads) return <Notice title={say('You may not see this')} alert><p>{say('Reading records takes the permission person.read, which care coordinators, clinicians, safety officers and privacy officers have.')}</p></Notice>
  if (is.isPending) return <Waiting what={say('The record is being fetched')} />
  if (is.isError) return notAllowed(is.error) ? <Outside person={person} me={me} opened={again} /> : <Wrong error={is.error} again={again} />
  const named = (program: string) => programs.data?.find((p) => p.id === program)?.name ?? program
  const phase = (program: string, id: string) => programs.data?.find((p) => p.id === program)?.phases.find((x) => x.id === id)?.name ?? id
  const all = lines.data?.lines ?? []
  return (
    <div className='people person'>
      <Head s={is.data}><Holds person={person} s={is.data} me={me} purpose={purpose} doing={doing} ask={setDoing} /><Notes person={person} me={me} purpose={purpose} open={notes} ask={setNotes} /></Head>
      <div className='person-work'>
        <section className='told' aria-label={say('What happened')}>
          <h2>{say('What happened')}</h2>
          <div className='row'>
            <Segments label={say('What is shown')} value={show} choose={(v) => navigate(v === 'all' ? {} : { show: v as Shows })} of={shows.map((s) => ({ value: s, label: say(showing[s]) }))} />
            <Button onClick={again}>{say('Look again')} <kbd>R</kbd></Button>
          </div>
          {lines.isPending && <Waiting what={say('What happened is being fetched')} />}
          {lines.isError && <Wrong error={lines.error} again={() => void lines.refetch()} />}
          {lines.data !== undefined && <Timeline person={person} lines={all.filter((l) => belongs(l, show))} lists={me.may.includes('people.list')} />}
          {lines.data !== undefined && lines.data.total > all.length && <p><Button onClick={() => setLast(last * 4)}>{say('What was before, {n} more', { n: whole(lines.data.total - all.length) })}</Button></p>}
        </section>
        <aside>
          <Own lines={all} />
          <Part title={say('Where they are')} empty={is.data.programs.length === 0 ? say('In no program.') : undefined}>
            <ul>{is.data.programs.map((p) => <li key={p.program} data-program={p.program}><b>{p.phase === undefined || p.phase === '' ? named(p.program) : phase(p.program, p.phase)}</b> <span className='quiet'>{named(p.program)}{p.since !== undefined && ` · ${say('since {when}', { when: instant(p.since) })}`}{!p.active && ` · ${p.exit !== undefined && p.exit !== '' ? say('left: {why}', { why: p.exit }) : say('not in it any more')}`}</span>{p.expected !== undefined && Date.parse(p.expected) < Date.parse(is.data.lived_until) && <span className='warn'> {say('late: it should have lasted until {when}', { when: instant(p.expected) })}</span>}</li>)}</ul>
          </Part>
          <Part title={say('What next')} error={next.isError ? <Wrong error={next.error} again={() => void next.refetch()} /> : undefined}><Tasks person={person} me={me} />{(next.data ?? []).map((b) => <Onward key={`${b.program} ${b.behavior}`} b={b} stage={is.data.stages.find((x) => x.program === b.program && x.behavior === b.behavior)} program={named(b.program)} />)}</Part>
          <Reached lines={all} now={is.data.lived_until} />
          <Consents s={is.data} />
          <p className='row'><ButtonLink href={`/console/decisions/of/${encodeURIComponent(person)}`}>{say('Why this, or why not?')} <kbd>Y</kbd></ButtonLink>{me.programs.length === 0 && <ButtonLink href={`/people/${encodeURIComponent(person)}`}>{say('The record in full')}</ButtonLink>}</p>
          <p className='quiet'>{say('Opened for {purpose}. Looking is recorded, and they can see that you looked.', { purpose: say(purposes[purpose]) })}</p>
          <Duplicates me={me} purpose={purpose} of={person} open={(p) => void go({ to: '/people/$person', params: { person: p }, search: {} })} />
        </aside>
      </div>
    </div>
  )
}

/** Somebody who is not of one's panel. */
function Outside ({ person, me, opened }: { person: string, me: Me, opened: () => void }) {
  const [asks, ask] = useState(false)
  return (
    <Notice title={say('This person is not of your panel')} alert>
      <p>{me.may.includes('glass.break') ? say('If it has to be, open their record with a reason. They can see that you did.') : say('To open their record takes the permission glass.break.')}</p>
      {me.may.includes('glass.break') && <Button onClick={() => ask(true)} aria-haspopup='dialog'>{say('Open their record, with a reason')}</Button>}
      <Glass of={asks ? person : undefined} close={() => ask(false)} opened={() => { ask(false); opened() }} />
    </Notice>
  )
}

function Part ({ title, children, empty, error }: { title: string, children?: ReactNode, empty?: string | undefined, error?: ReactNode }) {
  return <section aria-label={title}><h2>{title}</h2>{error ?? (empty === undefined ? children : <p className='quiet'>{empty}</p>)}</section>
}

/** Who they are: the name they like first, and how it is said. */
function Head ({ s, children }: { s: State, children: ReactNode }) {
  const t = (name: string): string => s.traits[name] ?? ''
  const full = [t('first_name'), t('last_name')].filter(Boolean).join(' ')
  const liked = t('preferred_name')
  const languages = [t('language'), t('other_languages')].filter(Boolean).join(', ')
  return (
    <header className='screen person-head'>
      <div>
        <h1>{liked !== '' ? liked : full !== '' ? full : say('Their name is not known, or not for you to see')}</h1>
        <p>{[
          liked !== '' && full !== '' ? full : '', t('name_spoken') !== '' ? say('said “{how}”', { how: t('name_spoken') }) : '', t('pronouns'), t('birth_date') !== '' ? say('born {day}', { day: t('birth_date') }) : '',
          languages !== '' ? say('speaks {languages}', { languages }) : '', t('phone'), t('email'),
        ].filter(Boolean).join(' · ')}</p>
        {s.died !== undefined && <p className='bad' role='alert'>{say('They died on {when}. Nothing is said to them any more.', { when: instant(s.died) })}</p>}
        {children}
        {s.limits.map((l) => <p key={l.limit} className='warn'>{say('They said no to {limit}, since {when}', { limit: l.limit, when: instant(l.since) })}</p>)}
        {s.corrections.filter((c) => c.disputed !== undefined).map((c) => <p key={c.fact} className='warn'>{say('They say that {fact} is not so', { fact: c.fact })}</p>)}
      </div>
    </header>
  )
}

/** Their story, in their words. */
function Own ({ lines }: { lines: Line[] }) {
  const own = ownWords(lines)
  return (
    <Part title={say('In their own words')} empty={own.length === 0 ? say('They have not told of it yet.') : undefined}>
      {own.map((l) => <figure key={`${l.fact} ${l.words}`} className='own'><figcaption>{say(facts[l.fact ?? ''] ?? l.fact ?? '')}</figcaption><blockquote className='voice'>{l.words}</blockquote><p className='quiet'>{l.by === undefined || l.by === '' ? say('told on {when}', { when: instant(l.at) }) : say('told {whom}, on {when}', { whom: l.by, when: instant(l.at) })}</p></figure>)}
    </Part>
  )
}

/** What happened, by day. A message stands there word for word, as it went out. */
function Timeline ({ person, lines, lists }: { person: string, lines: Line[], lists: boolean }) {
  const whyNot = (l: Line) => lists && (l.kind === 'refusal' || l.kind === 'ended') && l.engagement !== undefined && l.engagement !== ''
  if (lines.length === 0) return <p>{say('Nothing of this kind happened yet.')}</p>
  return <>{byDay(lines).map((d) => (
    <section key={d.day} aria-label={d.day}>
      <h3>{date(d.day)}</h3>
      <ol className='timeline'>{d.lines.map((l, k) => (
        <li key={`${l.at} ${k}`} data-kind={l.kind}>
          <span className='time'>{l.at.slice(11, 16)}</span>
          <div>
            {l.body === undefined ? <p>{written[l.event ?? ''] !== undefined && l.words !== undefined ? say(written[l.event ?? ''] ?? '') : l.says}</p> : <article className='as-sent'><p className='quiet'>{l.says}</p>{l.subject !== undefined && l.subject !== '' && <p><b>{l.subject}</b></p>}<pre tabIndex={0} aria-label={say('As it was sent')} data-touch={l.touch}>{l.body}</pre></article>}
            {l.words !== undefined && l.words !== '' && (written[l.event ?? ''] !== undefined || !l.says.includes(l.words)) && <figure className='written'><blockquote className='voice'>{l.words}</blockquote>{l.by !== undefined && l.by !== '' && <figcaption className='quiet'>{l.fact === undefined ? say('written by {whom}', { whom: l.by }) : say('told {whom}', { whom: l.by })}</figcaption>}</figure>}
            {l.why !== undefined && l.why !== '' && <p className='quiet'>{l.why} {whyNot(l) && <a href={`/console/decisions/of/${encodeURIComponent(person)}?engagement=${encodeURIComponent(l.engagement ?? '')}`}>{say('why')}</a>}</p>}
          </div>
        </li>
      ))}</ol>
    </section>
  ))}</>
}

/** What would carry them on: in which stage they are and why, what is in the way, and what fits. */
function Onward ({ b, stage, program }: { b: Schemas['WhyOnward'], stage: Schemas['PersonStage'] | undefined, program: string }) {
  const words = (all: string[] | undefined) => (all ?? []).map((x) => x.replaceAll('_', ' ')).join(', ')
  return (
    <article className='onward'>
      <h3>{b.behavior.replaceAll('_', ' ')} <span className='quiet'>{program}</span></h3>
      <p>{(b.stage ?? stage?.stage ?? 'unknown') === 'unknown' ? say('Their stage is not known yet.') : b.next === undefined ? say('In {stage}.', { stage: b.stage ?? stage?.stage }) : say('In {stage}; next would be {next}.', { stage: b.stage ?? stage?.stage, next: b.next })}{stage !== undefined && stage.reasons.length > 0 && <span className='quiet'> {stage.reasons.join('; ')}</span>}</p>
      {(b.barriers ?? []).length > 0 && <p>{say('In the way: {what}. Ask about it.', { what: words(b.barriers) })}</p>}
      {(b.motives ?? []).length > 0 && <p>{say('What moves them: {what}. Come back to it.', { what: words(b.motives) })}</p>}
      {(b.enough ?? []).length > 0 && <p>{say('It would show by: {what}', { what: (b.enough ?? []).map((e) => e.label).join(', ') })}</p>}
      {(b.fitting ?? []).length > 0 && <p className='quiet'>{say('What fits to say: {what}', { what: words((b.fitting ?? []).map((f) => f.engagement)) })}</p>}
    </article>
  )
}

/** What is to be done for them. */
function Tasks ({ person, me }: { person: string, me: Me }) {
  const client = useQueryClient()
  const list = useQuery({ ...work(client, {}), enabled: me.may.includes('work.read') })
  const theirs = (list.data?.items ?? []).filter((w) => w.person === person)
  if (theirs.length === 0) return null
  return <ul>{theirs.map((w) => <li key={w.request}><a href={`/console/work?work=${encodeURIComponent(w.request)}`}>{w.what.replaceAll('_', ' ')}</a> <span className='quiet'>{say('due {time}', { time: instant(w.due) })}</span></li>)}</ul>
}

/** What they reached lately. */
function Reached ({ lines, now }: { lines: Line[], now: string }) {
  const lately = reached(lines, now, 60)
  return <Part title={say('To celebrate with them')} empty={lately.length === 0 ? say('No milestone in the last 60 days.') : undefined}><ul>{lately.slice(0, 5).map((l, k) => <li key={`${l.at} ${k}`}>{l.says} <span className='quiet'>{instant(l.at)}</span></li>)}</ul></Part>
}

function Consents ({ s }: { s: State }) {
  return (
    <Part title={say('What they agreed to')} empty={s.consents.length === 0 ? say('They said nothing about it yet.') : undefined}>
      <ul>{s.consents.map((c, k) => <li key={k}><b>{c.answer}</b> {[c.purpose, c.channel, c.topic].filter((x) => x !== undefined && x !== '').join(' · ').replaceAll('_', ' ')} <span className='quiet'>{instant(c.at)}</span></li>)}</ul>
    </Part>
  )
}
