// A dry-run: somebody who does not exist lives through what one says, and the screen tells what follows and why.
import { useQuery } from '@tanstack/react-query'
import { useEffect, useMemo, useRef, useState } from 'react'

import { api, wanted } from '../../api/client'
import { useKeys } from '../../app/keys'
import { why } from '../../app/why'
import { Button, Select, TextInput, toast } from '../../ui'
import { Long, TextField } from '../../ui/fields'
import { instant, say } from '../../words/words'
import { idOf } from '../drafts/edit'
import { draftFiles, releaseFiles, type Working } from '../drafts/useDraft'
import { events as catalogueQuery } from '../map/ask'
import { daysOn, ofStory, somebody, until, withLine, type DryRun as Ran, type Heard } from './dry'

/** The stories that go another way in a draft than under what is live, or will once they are told anew. */
function differing (files: Record<string, string>, live: Record<string, string> | undefined, stories: string[], told: string[]): string[] {
  return live === undefined ? [] : stories.filter((s) => told.includes(s) || (live[s] !== undefined && live[s] !== files[s]))
}

/** Somebody new, who comes into the program as somebody in its first story does. */
function newcomer (files: Record<string, string>, stories: string[]): Heard[] {
  const { events } = stories.map((s) => ofStory(files[s] ?? '')).find((s) => s.events.some((e) => e.event !== undefined)) ?? { events: [] }
  const first = events.findIndex((e) => e.event !== undefined)
  return first < 0 ? [somebody('en')] : [{ ...somebody('en'), at: events[0]?.at ?? '' }, ...events.slice(first, first + 1)]
}

const titled = (story: string) => story.slice('stories/'.length, -'.txtar'.length).replaceAll('-', ' ')

/** An instant as a field of the browser has it, and back; in UTC, as stories are. */
const local = (at: string): string => at.slice(0, 16)
const utc = (text: string): string => `${text.length === 16 ? `${text}:00` : text}Z`

export function DryRun ({ program, draft, other, journey, reads, at }: {
  program: string
  draft: Working | undefined
  /** The stories of the draft that go another way than they tell. */
  other: string[]
  journey: string
  /** Whether whoever is here may read records. */
  reads: boolean
  /** Tells where the person stands in journeys now. */
  at: (r: Ran | undefined) => void
}) {
  const mine = useQuery({ ...draftFiles(draft?.id ?? '', draft?.listed?.version ?? 0), enabled: (draft?.listed?.version ?? 0) > 0 })
  const live = useQuery(releaseFiles('live'))
   const all = (draft === undefined ? live.data : mine.data)?.programs
  const files = useMemo(() => (all?.find((p) => p.id === program)?.files ?? {}) as Record<string, string>, [all, program])
  const stories = useMemo(() => Object.keys(files).filter((f) => /^stories\/.*\.txtar$/.test(f)).sort(), [files])
  const known = useQuery(catalogueQuery)
  const [person, setPerson] = useState('')
  const [chosen, setLines] = useState<Heard[]>()
  const was = live.data?.programs.find((p) => p.id === program)?.files as Record<string, string> | undefined
  const changed = useMemo(() => draft === undefined ? [] : differing(files, was, stories, other), [draft, files, was, stories, other])
  const drafted = useMemo(() => new Set(draft === undefined || was === undefined ? [] : Object.keys(files).filter((f) => /^engagements\/.*\.yaml$/.test(f) && files[f] !== was[f]).map((f) => f.slice('engagements/'.length, -'.yaml'.length))), [draft, files, was])
  const begun = useMemo(() => changed[0] === undefined ? newcomer(files, stories) : ofStory(files[changed[0]] ?? '').events, [files, stories, changed])
  const lines = useMemo(() => person === '' ? chosen ?? begun : chosen ?? [], [person, chosen, begun])
  const [ran, setRan] = useState<Ran>()
  const [wrong, setWrong] = useState<string>()
  const [event, setEvent] = useState('')
  const [when, setWhen] = useState('')
  const [props, setProps] = useState('')
  const [name, setName] = useState('')
  const list = useRef<HTMLOListElement>(null)
  const version = draft?.listed?.version
  const body = useMemo(() => ({ program, events: lines }), [program, lines])
  const run = async (on: boolean): Promise<Ran | undefined> => {
    try {
      const is = await wanted(person !== ''
        ? api.POST('/v1/people/{person}/dry-run', { params: { path: { person }, header: { 'Attune-Purpose': 'coordination' } }, body: { events: lines, on, ...(draft === undefined ? {} : { draft: draft.id }) } })
        : draft === undefined
        ? api.POST('/v1/releases/{release}/dry-run', { params: { path: { release: 'live' } }, body: { ...body, on } })
        : api.POST('/v1/drafts/{draft}/dry-run', { params: { path: { draft: draft.id } }, body: { ...body, on } }))
      setWrong(undefined)
      return is
    } catch (err) {
      setWrong(why(err))
      return undefined
    }
  }
  const again = useRef(run)
  useEffect(() => { again.current = run })
  useEffect(() => {
    let stale = false
    void again.current(false).then((is) => { if (!stale && is !== undefined) setRan(is) })
    return () => { stale = true }
  }, [body, version, draft?.id, person])
  useEffect(() => at(ran), [ran, at])
  useEffect(() => { // what the draft says is what one came to see; else the newest
    const shown = chosen === undefined ? list.current?.querySelector('[data-drafted]') : undefined
    ;(shown ?? list.current?.lastElementChild)?.scrollIntoView({ block: shown == null ? 'nearest' : 'center' })
  }, [ran, chosen, drafted])
  const now = ran?.now ?? lines.at(-1)?.at ?? ''
  const step = () => { if (ran?.next !== undefined) setLines(until(lines, ran.next)) }
  const message = () => void run(true).then((is) => { if (is !== undefined) setLines(until(lines, is.now)) })
  const add = () => {
    if (event === '') return
    let values: unknown = {}
    try {
      values = props.trim() === '' ? {} : JSON.parse(props)
    } catch {
      setWrong(say('The fields are no JSON: write them as {"specialty": "rheumatology"}'))
      return
    }
    setLines(withLine(lines, { at: when === '' ? now : utc(when), event, props: values as Record<string, never> }))
    setEvent('')
    setProps('')
    setWhen('')
  }
  const kind = known.data?.find((e) => e.name === event)
  const example = (n: string) => {
    const fields = known.data?.find((e) => e.name === n)?.fields ?? []
    const values = Object.fromEntries(fields.filter((f) => f.example !== undefined && f.example !== null && f.example !== '').map((f) => [f.name, f.example]))
    return Object.keys(values).length === 0 ? '' : JSON.stringify(values)
  }
  const save = () => {
    if (draft === undefined || ran === undefined || name.trim() === '') return
    const path = `stories/${idOf(name, stories.map((s) => s.slice('stories/'.length, -'.txtar'.length).replaceAll('-', '_'))).replaceAll('_', '-')}.txtar`
    void draft.write(program, { [path]: `${name.trim()}\n\n${ran.story}` }).then((ok) => { if (ok) { setName(''); toast(say('It is a story now, and told again at each check.')) } })
  }
  useKeys({ ArrowRight: (e) => { if (!(e.target instanceof HTMLElement) || e.target.closest('[role=tree], .wall') === null) { if (e.shiftKey) message(); else step() } } })
  return (
    <section className='dry' aria-label={say('Dry-run')}>
      <h2>{say('Dry-run')}</h2>
      <p className='quiet'>{say('Somebody who does not exist lives through this. Nothing is sent, and nothing is kept.')}</p>
      {reads && <TextField label={say('Or somebody real, by their id')} description={say('From where their record ends. Nothing is sent or kept; looking is recorded.')} value={person} commit={(v) => { setPerson(v); setLines(v === '' ? undefined : []) }} />}
      {person === '' && <Select size='xs' label={say('Begin with')} value='' onChange={(e) => {
        const path = e.currentTarget.value
        if (path === 'somebody') setLines(newcomer(files, stories))
        else if (path !== '') setLines(ofStory(files[path] ?? '').events)
      }} data={[{ value: '', label: say('choose one') }, { value: 'somebody', label: say('somebody new') }, ...[...changed, ...stories.filter((s) => !changed.includes(s))].map((s) => ({ value: s, label: changed.includes(s) ? say('{story}: it goes another way in the draft', { story: titled(s) }) : titled(s) }))]} />}
      <ol className='heard' aria-label={say('What they live through')}>{lines.map((l, k) => (
        <li key={`${k}.${l.at}`}>
          <span className='quiet'>{instant(l.at)}</span> {l.event !== undefined ? <b>{l.event}</b> : l.tick === true ? say('time passes') : l.carrier !== undefined ? say('carriers answer {answer}', { answer: l.carrier }) : say('known of them')} <span className='quiet'>{l.props !== undefined ? JSON.stringify(l.props) : l.traits !== undefined ? JSON.stringify(l.traits) : ''}</span>
          {(k > 0 || person !== '') && <Button onClick={() => setLines(lines.filter((_, n) => n !== k))}>{say('Take away')}<span className='unseen'> {k + 1}</span></Button>}
        </li>
      ))}</ol>
      {person === '' && <TextField label={say('What is known of them')} value={JSON.stringify(lines[0]?.traits ?? {})} commit={(v) => {
        try {
          const traits = JSON.parse(v) as Record<string, never>
          setLines([{ at: lines[0]?.at ?? '', traits }, ...lines.slice(1)])
        } catch { setWrong(say('What is known is no JSON: write it as {"first_name": "Asha"}')) }
      }} />}
      <fieldset>
        <legend>{say('Something happens')}</legend>
        <Select size='xs' label={say('Event')} value={event} onChange={(e) => { setEvent(e.currentTarget.value); setProps(example(e.currentTarget.value)) }} data={[{ value: '', label: say('choose one') }, ...(known.data ?? []).map((n) => ({ value: n.name, label: `${n.name}: ${n.says}` }))]} />
        {kind !== undefined && <>
          <Long label={say('Its fields: {names}', { names: kind.fields.map((f) => f.name).join(', ') })} value={props} rows={2} change={setProps} />
          <TextInput size='xs' type='datetime-local' label={say('When (UTC)')} value={when === '' ? local(now) : when} onChange={(e) => setWhen(e.currentTarget.value)} />
          <Button variant='filled' onClick={add}>{say('Let it happen')}</Button>
        </>}
      </fieldset>
      <p className='row clockwork'>
        <b>{now === '' ? '' : instant(now)}</b>
        <Button onClick={step} disabled={ran?.next === undefined}>{say('Next thing')} <kbd>→</kbd></Button>
        <Button onClick={message}>{say('Next message')} <kbd>Shift →</kbd></Button>
        <Button onClick={() => setLines(until(lines, daysOn(now, 1)))}>{say('A day on')}</Button>
        <Button onClick={() => setLines(until(lines, daysOn(now, 7)))}>{say('A week on')}</Button>
      </p>
      {wrong !== undefined && <p className='bad' role='alert'>{wrong}</p>}
      <ol className='told' ref={list} data-told={ran?.lines.length} aria-label={say('What follows')}>{(ran?.lines ?? []).map((l, k) => (
        <li key={k} data-kind={l.kind} {...(drafted.has(l.engagement ?? '') ? { 'data-drafted': l.engagement } : {})}>
          <span className='quiet'>{instant(l.at)}</span> {l.says}{drafted.has(l.engagement ?? '') && <b className='drafted'> {say('in the draft')}</b>}
          {l.why !== undefined && l.why !== '' && <p className='why'>{l.why}</p>}
          {l.body !== undefined && l.body !== '' && <blockquote className='message'>{l.subject !== undefined && l.subject !== '' && <b>{l.subject}</b>}<pre>{l.body}</pre></blockquote>}
        </li>
      ))}</ol>
      {ran !== undefined && ran.branches.length > 0 && <ol className='branches' aria-label={say('Ways that were taken')}>{ran.branches.map((b, k) => (
        <li key={k}><span className='quiet'>{instant(b.at)}</span> {b.step}<ul>{b.cases.map((c) => <li key={c.if}><b>{c.met ? say('so') : say('not so')}</b> <code>{c.if}</code>{c.met && ` → ${c.then}`}</li>)}</ul></li>
      ))}</ol>}
      {ran !== undefined && ran.open.length > 0 && <ul className='open' aria-label={say('What is asked')}>{ran.open.map((o, k) => (
        <li key={k}>{o.for === undefined || o.for === '' ? say('It is asked: {what}', { what: o.what }) : say('{who} is asked: {what}', { who: o.for, what: o.what })} {(o.outcomes.length > 0 ? o.outcomes : ['']).map((x) => <Button key={x} onClick={() => setLines(withLine(lines, { at: now, event: o.event, props: { ...o.props, ...(x === '' ? {} : 'status' in o.props ? { status: x } : { outcome: x }) } as Record<string, never> }))}>{x === '' ? say('It is answered') : say('Answered: {answer}', { answer: x })}</Button>)}</li>
      ))}</ul>}
      {ran !== undefined && <p data-standing>{ran.journeys.filter((j) => j.journey === journey).map((j) => j.left === undefined ? say('Stands at {step}.', { step: j.step }) : say('Left: {why}.', { why: j.why ?? '' })).join(' ') || say('Not on this journey.')} {ran.phase !== undefined && ran.phase !== '' && say('On the map: {phase}.', { phase: ran.phase })}</p>}
      {draft !== undefined && person === '' && <div className='row'>
        <TextInput size='xs' aria-label={say('What the story shows')} placeholder={say('What the story shows')} value={name} onChange={(e) => setName(e.currentTarget.value)} />
        <Button onClick={save} disabled={ran === undefined || name.trim() === ''}>{say('Save as a story')}</Button>
      </div>}
    </section>
  )
}
