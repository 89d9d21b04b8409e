// The journeys of a program: what each does, step by step, changed in a draft, and tried by somebody who does not exist.
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { lazy, Suspense, useCallback, useEffect, useMemo, useRef, useState } from 'react'

import { api, wanted, type Me } from '../../api/client'
import { programs as programsQuery } from '../../api/queries'
import { usePauses } from '../../api/pauses'
import { tidy } from '../../app/address'
import { save } from '../../app/csv'
import { useKeys } from '../../app/keys'
import { Paper } from '../../app/Paper'
import { Notice, Waiting, Wrong } from '../../app/states'
import { useTitle } from '../../app/title'
import { why } from '../../app/why'
import { Button, Dialog, Dropdown, Select, toast } from '../../ui'
import { instant, say } from '../../words/words'
import { Choose } from '../drafts/Choose'
import { DraftBar, placed, useCheck } from '../drafts/DraftBar'
import { at as valueAt, idOf, type Value } from '../drafts/edit'
import { draftFiles, draftValues, releaseFiles, releaseValues, useDraft, type Checked, type Working } from '../drafts/useDraft'
import { Counts } from './counts'
import type { DryRun as Ran } from './dry'
import { DryRun } from './DryRun'
import { connect, remove as removing } from './edits'
import type { End } from './ends'
import { table } from './exports'
import { journeyOf, labelled } from './graph'
import { useJourneysLived } from './lived'
import { Held, heldBy, List } from './List'
import { Numbers } from './Numbers'
import type { Search } from './search'
import { New } from './New'
import { StepForm } from './StepForm'
import { kindOf, kinds, nameOf, references, summary, targets, type StepWritten } from './steps'
import { Travellers } from './Travellers'
import './journeys.css'

const Canvas = lazy(async () => ({ default: (await import('./Canvas')).Canvas }))

interface ScreenProps { program: string, search: Search, navigate: (s: Search) => void, me: Me }
interface Written { journey?: string, name?: string, steps?: Array<StepWritten | string>, goals?: Array<{ id?: string }>, moves?: Record<string, string> }

export function JourneysScreen (props: ScreenProps) {
  return props.search.draft === undefined ? <View {...props} /> : <OfDraft key={props.search.draft} {...props} draft={props.search.draft} />
}

function OfDraft ({ draft, ...props }: ScreenProps & { draft: string }) {
  const working = useDraft(draft)
  const checked = useCheck(working)
  return <View {...props} work={{ draft: working, checked: checked.data, failed: checked.failed }} />
}

function View ({ program, search, navigate, me, work }: ScreenProps & { work?: { draft: Working, checked: Checked | undefined, failed: { error: unknown, again: () => void } | undefined } }) {
  const client = useQueryClient()
  const edits = me.may.includes('program.edit')
  const lists = me.may.includes('people.list')
  const draft = work?.draft
  const programs = useQuery(programsQuery)
  const shown = programs.data?.find((p) => p.id === program)
  const live = useQuery({ queryKey: ['journeys', program], queryFn: ({ signal }) => wanted(api.GET('/v1/releases/{release}/programs/{program}/journeys', { params: { path: { release: 'live', program }, query: { limit: 500 } }, signal })).then((l) => l.items) })
  const all = useQuery({ ...draftFiles(draft?.id ?? '', draft?.listed?.version ?? 0), enabled: (draft?.listed?.version ?? 0) > 0 })
  const names = Object.keys((all.data?.programs.find((p) => p.id === program)?.files ?? {}) as Record<string, string>)
  const files = draft === undefined ? (live.data ?? []).map((j) => j.file) : names.filter((n) => /^journeys\/.*\.yaml$/.test(n)).sort()
  const engagements = draft === undefined ? shown?.engagements.map((x) => x.id) ?? [] : names.filter((n) => /^engagements\/.*\.yaml$/.test(n)).map((n) => n.slice('engagements/'.length, -'.yaml'.length))
  const idAt = (f: string) => f.slice('journeys/'.length, -'.yaml'.length)
  const file = files.find((f) => idAt(f) === search.journey) ?? files[0]
  const values = useQuery({ ...(draft === undefined ? releaseValues('live', program, file ?? '') : draftValues(client, draft.id, program, file ?? '')), enabled: file !== undefined })
  const is = (values.data?.value ?? {}) as Written
  const steps = useMemo(() => Array.isArray(is.steps) ? is.steps : [], [is.steps])
  const words = live.data?.find((j) => j.file === file)
  const problems = useMemo(() => placed(work?.checked, program, file ?? '', values.data?.lines), [work?.checked, program, file, values.data])
  const other = useMemo(() => (work?.checked?.stories ?? []).filter((s) => !s.ok && s.program === program).map((s) => s.story), [work?.checked, program])
  const { may, lived } = useJourneysLived(program, me)
  const { pauses } = usePauses(me)
  const formatOf = (all.data?.programs.find((p) => p.id === program)?.files as Record<string, string> | undefined)?.['program.yaml']
  const graph = useMemo(() => {
    const g = journeyOf(values.data?.value, Number(/^format: *(\d+)/m.exec(formatOf ?? '')?.[1] ?? 1))
    return draft === undefined && words !== undefined ? labelled(g, words.steps.map((s) => s.id)) : g
  }, [values.data, formatOf, draft, words])
  const liveSteps = useMemo(() => words?.steps.map((s) => s.id) ?? [], [words])
  const counts = useMemo(() => ({ of: file, is: new Counts() }), [file]).is
  const numbers = lived.data?.journeys.find((j) => j.journey === is.journey)
  useEffect(() => { if (numbers !== undefined) counts.put(numbers.steps) }, [numbers, counts])
  const [leaving, setLeaving] = useState<{ at: number, to: string }>()
  const [dialog, setDialog] = useState<'choose' | 'new' | 'step' | 'hold'>()
  const [ran, setRan] = useState<Ran>()
  const [kind, setKind] = useState('send')
  const outline = useRef<HTMLElement>(null)
  const go = useCallback((more: Search) => navigate(tidy({ ...search, ...more })), [navigate, search])
  const tell = useCallback((r: Ran | undefined) => setRan(r), [])
  useTitle(shown === undefined ? undefined : `${shown.name} · ${say('Journeys')}`)
  const at = steps.findIndex((s, k) => nameOf(s, k) === search.step)
  const step = steps[at]
  const here = new Set((ran?.journeys ?? []).filter((j) => j.journey === is.journey && j.left === undefined).map((j) => j.step))
  const focus = (k: number) => outline.current?.querySelectorAll<HTMLElement>('.step')[k]?.focus()
  const path = (k: number) => `/steps/${nameOf(steps[k] ?? '', k)}`
  const change = (changes: Array<{ do: string, path: string, value?: Value | undefined, before?: string }>) => draft?.change(changes.map((c) => ({ program, file: file ?? '', ...c }))) ?? Promise.resolve(false)
  const add = (after: number, of: string) => {
    const k = kinds.find((x) => x.kind === of)
    if (k === undefined) return
    const taken = steps.map((s, n) => nameOf(s, n))
    const id = idOf(of, taken)
    const begin: Value = of === 'send' ? engagements[0] ?? '' : of === 'decide' ? engagements.slice(0, 2) : of === 'branch' ? [{ if: 'true', then: taken.find((x) => !/^\d+$/.test(x)) ?? '' }] : k.begin
    const next = steps[after + 1]
    void change([{ do: 'add', path: '/steps', value: { id, [of]: begin }, ...(next === undefined ? {} : { before: nameOf(next, after + 1) }) }]).then((ok) => { if (ok) { setDialog(undefined); go({ step: id, dry: undefined }) } })
  }
  const takeAway = (k: number, to: string) => {
    const step = graph.steps[k]
    if (step === undefined) return
    void draft?.change(removing({ program, file: file ?? '' }, graph, step, to, liveSteps)).then((ok) => { if (ok) go({ step: undefined }) })
  }
  const remove = (k: number) => { // who stands on a step that is live has to go on somewhere
    const step = graph.steps[k]
    if (step !== undefined && liveSteps.includes(step.label)) setLeaving({ at: k, to: step.ways.find((w) => w.by === 'next')?.to ?? '' })
    else takeAway(k, '')
  }
  const rename = (k: number, id: string) => {
    const s = steps[k]
    if (typeof s !== 'object' || id === s.id) return
    if (steps.some((x, n) => n !== k && nameOf(x, n) === id)) { toast(say('There is a step of this name already.')); return }
    const was = typeof s.id === 'string' ? s.id : undefined
    const changes: Parameters<typeof change>[0] = [id === '' ? { do: 'remove', path: `${path(k)}/id` } : { do: 'set', path: `${path(k)}/id`, value: id }]
    if (was !== undefined && id !== '') {
      steps.forEach((x, n) => references(x).filter((r) => r.to === was).forEach((r) => changes.unshift({ do: 'set', path: path(n) + r.path, value: id })))
      const moves = Object.fromEntries(Object.entries(is.moves ?? {}).map(([from, to]) => [from, to === was ? id : to]).filter(([from]) => from !== id))
      changes.push({ do: 'set', path: '/moves', value: { ...moves, [was]: id } }) // who stands there goes on there
    }
    void change(changes).then((ok) => { if (ok) go({ step: id === '' ? String(k) : id }) })
  }
  const move = (k: number, by: -1 | 1) => {
    const before = steps[by < 0 ? k - 1 : k + 2]
    void change([{ do: 'move', path: path(k), ...(before === undefined ? {} : { before: nameOf(before, by < 0 ? k - 1 : k + 2) }) }])
  }
  const keys = (e: React.KeyboardEvent) => {
    const k = [...outline.current?.querySelectorAll('.step') ?? []].indexOf(e.target as Element)
    if (k < 0) return
    if (e.key === 'ArrowDown' || e.key === 'ArrowUp') { e.preventDefault(); if (e.shiftKey && draft !== undefined && edits) { move(k, e.key === 'ArrowDown' ? 1 : -1); setTimeout(() => focus(k + (e.key === 'ArrowDown' ? 1 : -1)), 80) } else focus(k + (e.key === 'ArrowDown' ? 1 : -1)) }
    if (draft === undefined || !edits) return
    if (e.key === 'Delete') { e.preventDefault(); remove(k) }
    if (e.key === 'F2') { e.preventDefault(); go({ step: nameOf(steps[k] ?? '', k), dry: undefined }); setTimeout(() => document.querySelector<HTMLInputElement>('.journeys-side form input')?.focus(), 80) }
    if (e.key === 'Insert' || e.key === '+') { e.preventDefault(); go({ step: nameOf(steps[k] ?? '', k) }); setDialog('step') }
  }
  useKeys({
    t: () => go({ dry: search.dry === true ? undefined : true }),
    ...(words === undefined ? {} : { '.': () => setDialog('hold') }),
    ...(lists && words !== undefined ? { o: () => { // of the step that one is at, or of the whole journey
      const k = [...outline.current?.querySelectorAll('.step') ?? []].indexOf(document.activeElement ?? document.body)
      go({ step: k >= 0 ? nameOf(steps[k] ?? '', k) : search.step, end: 'here' })
    } } : {}),
    c: () => go({ view: search.view === 'canvas' ? undefined : 'canvas' }),
    ...(edits && draft === undefined ? { d: (e: KeyboardEvent) => { e.preventDefault(); setDialog('choose') } } : {}),
    ...(edits && draft !== undefined ? { n: (e: KeyboardEvent) => { // behind the step that one is at
      e.preventDefault()
      const k = [...outline.current?.querySelectorAll('.step') ?? []].indexOf(document.activeElement ?? document.body)
      if (k >= 0) go({ step: nameOf(steps[k] ?? '', k) })
      setDialog('step')
    } } : {}),
    Escape: () => { if (search.step !== undefined) { const k = at; go({ step: undefined }); setTimeout(() => focus(k), 60) } },
  })
  useEffect(() => setRan(undefined), [file])
  const peopleOf = useCallback((label: string, end: End) => { // a step is named by its place where it has no id
    const s = graph.steps.find((x) => x.label === label)
    if (s !== undefined) go({ step: s.id ?? String(s.index), end })
  }, [go, graph])
  const people = lists ? peopleOf : undefined
  const select = useCallback((name: string) => go({ step: name, dry: search.dry }), [go, search.dry])
  const lead = (from: string, to: string) => {
    const step = graph.steps.find((s) => s.label === from)
    const changes = step === undefined ? [] : connect({ program, file: file ?? '' }, graph, step, to)
    if (changes.length > 0) void draft?.change(changes)
  }
  const leave = () => navigate(tidy({ ...search, draft: undefined }))
  const bar = draft !== undefined && <DraftBar draft={draft} checked={work?.checked} failed={work?.failed} me={me} leave={leave} published={leave} jump={({ file: f, line }) => {
    const found = files.find((x) => f === x || f.endsWith(`/${x}`))
    if (found === undefined) return undefined
    const p = found === file ? problems.find((x) => x.line === line)?.path.split('/') : undefined
    return () => go({ journey: idAt(found), step: p?.[1] === 'steps' ? p[2] : undefined, dry: undefined })
  }} />
  const listed = files.map((f) => {
    const is = live.data?.find((j) => j.file === f)
    return { file: f, name: is?.name ?? idAt(f), live: is?.id, lived: lived.data?.journeys.find((j) => j.journey === is?.id), wrong: work?.checked?.problems.some((p) => p.file.endsWith(f)) === true }
  })
  const asOf = lived.data?.basis.as_of
  const saves = [
    { key: 'csv', text: say('All journeys, as CSV'), act: () => save(`journeys-${program}.csv`, 'text/csv', table(listed.map((j) => ({ ...j, held: heldBy(pauses.data, program, j.live) !== undefined })), asOf ?? '')) },
    ...(file === undefined || values.data === undefined ? [] : [
      { key: 'svg', text: say('This journey as a picture, SVG'), act: () => void import('./picture').then(({ picture }) => save(`${idAt(file)}.svg`, 'image/svg+xml', picture(graph, counts.get, [shown?.name ?? program, draft === undefined ? say('as it is live') : say('as the draft says'), ...(asOf === undefined || numbers === undefined ? [] : [say('as of {when}', { when: instant(asOf) })])].join(' · ')))) },
      { key: 'yaml', text: say('This journey as it is written, YAML'), act: () => void (draft === undefined ? client.fetchQuery(releaseFiles('live')) : client.fetchQuery(draftFiles(draft.id, draft.listed?.version ?? 0))).then((all) => {
        const text = (all.programs.find((p) => p.id === program)?.files as Record<string, string> | undefined)?.[file]
        if (text !== undefined) save(`${idAt(file)}.yaml`, 'application/yaml', text)
      }, (err: unknown) => toast(why(err))) },
    ]),
  ]
  if (draft?.listed === null) return bar
  if (live.isPending || programs.isPending || (draft !== undefined && all.isPending)) return <Waiting what={say('Journeys are being fetched')} />
  if (live.isError) return <Wrong error={live.error} again={() => void live.refetch()} />
  const chosen = kinds.find((k) => k.kind === kind)
  return (
    <div className='journeys'>
      {bar}
      <header className='screen'>
        <div><h1>{say('Journeys')}</h1><p className='quiet'>{shown?.name}{lived.data !== undefined && <> · {say('as of {when}', { when: instant(lived.data.basis.as_of) })}</>}</p></div>
        <div className='actions'>
          <Button aria-pressed={search.view === 'canvas'} onClick={() => go({ view: search.view === 'canvas' ? undefined : 'canvas' })}>{say('Canvas')} <kbd>C</kbd></Button>
          <Button aria-pressed={search.dry === true} onClick={() => go({ dry: search.dry === true ? undefined : true })}>{say('Dry-run')} <kbd>T</kbd></Button>
          {is.journey !== undefined && <Paper name={`${is.journey}-walkthrough`} ask={() => walkthrough(program, is.journey ?? '', draft?.id)}>{say('Walk-through (PDF)')}</Paper>}
          {edits && draft === undefined && <Button onClick={() => setDialog('choose')} aria-haspopup='dialog'>{say('Change the journeys')} <kbd>D</kbd></Button>}
          <Dropdown label={say('Save as')} items={saves} />
        </div>
      </header>
      {!may && <p className='note'>{say('Numbers take the permission people.report. Whoever manages staff can give you one of the roles that have it: care-coordinator, clinician, author, publisher, analyst or privacy-officer.')}</p>}
      {may && lived.isError && <Wrong error={lived.error} again={() => void lived.refetch()} />}
      {(lived.data?.basis.smallest ?? 0) > 0 && <p className='note'>{say('Numbers about fewer than {n} people are hidden, and others from which they could be computed.', { n: lived.data?.basis.smallest })}</p>}
      {files.length === 0 && <Notice title={say('This program has no journeys yet')}><p>{say('A journey is a sequence that somebody designed, where a sequence matters. What a moment needs at once is said by an engagement on the map.')}</p></Notice>}
      <div className='journeys-work'>
        <nav className='journeys-list' aria-label={say('Journeys of this program')}>
          <List
            program={program} me={me} selected={file} choose={(f) => go({ journey: idAt(f), step: undefined, end: undefined })} people={lists ? (f, end) => go({ journey: idAt(f), step: undefined, end }) : undefined}
            all={listed}
          />
          {edits && draft !== undefined && <p><Button onClick={() => setDialog('new')}>{say('A new journey')}</Button></p>}
        </nav>
        <section aria-label={say('Steps')}>
          {file !== undefined && values.isPending && <Waiting what={say('The journey is being fetched')} />}
          {values.isError && <Wrong error={values.error} again={() => void values.refetch()} />}
          {values.data !== undefined && <>
            <h2>{is.name ?? is.journey}</h2>
            {words !== undefined && <Held key={words.id} program={program} journey={words.id} name={words.name} me={me} dialog={dialog === 'hold'} setDialog={(open) => setDialog(open ? 'hold' : undefined)} />}
            {words !== undefined && draft === undefined && <details className='begins' open={search.view !== 'canvas'}><summary>{say('What begins it, and what ends it')}</summary><p className='quiet'>{aroundSteps(words.words).join(' ')}</p></details>}
            {search.view === 'canvas'
              ? <div className='canvas' ref={(el) => { outline.current = el }} onKeyDown={keys}><Suspense fallback={<Waiting what={say('The journey is being drawn')} />}><Canvas
                  key={file} journey={graph} counts={counts} selected={search.step} stands={[...here].join(' ')} wrong={steps.flatMap((s, k) => problems.some((p) => p.path === path(k) || p.path.startsWith(`${path(k)}/`)) ? [nameOf(s, k)] : []).join(' ')} select={select} people={people}
                  connect={edits && draft !== undefined ? lead : undefined}
                /></Suspense></div>
              : <ol className='outline' ref={(el) => { outline.current = el }} onKeyDown={keys}>{steps.map((s, k) => {
              const id = nameOf(s, k)
              const what = kindOf(s)
              const read = draft === undefined ? words?.steps[k] : undefined
              const wrong = problems.some((p) => p.path === path(k) || p.path.startsWith(`${path(k)}/`))
              const stands = here.has(id) || (read !== undefined && here.has(read.id))
              const leads = [...new Set(targets([s]))]
              return (
                <li key={`${k}.${id}`}>
                  <div className='at-step'>
                    <button type='button' className='step' aria-pressed={k === at} data-step={id} data-here={stands ? true : undefined} data-wrong={wrong ? true : undefined} onClick={() => go({ step: id, dry: search.dry })}>
                      <span className='kind'>{what === undefined ? say('a step') : say(what.name)}{!/^\d+$/.test(id) && ` · ${id}`}{stands && <b> · {say('stands here')}</b>}{wrong && <b className='bad'> · {say('something is wrong')}</b>}</span>
                      <span>{read === undefined ? summary(s) : read.words.join(' ')}</span>
                    </button>
                    <Numbers counts={counts} step={graph.steps[k]?.label ?? id} open={people} />
                  </div>
                  {leads.length > 0 && <p className='leads'>{say('leads to {names}', { names: leads.join(', ') })}</p>}
                  <div className='between-steps'>{edits && draft !== undefined && <Button onClick={() => { go({ step: id }); setDialog('step') }}>{say('Add a step')}<span className='unseen'> {say('after {name}', { name: id })}</span></Button>}</div>
                </li>
              )
            })}</ol>}
          </>}
        </section>
        <aside className='journeys-side' aria-label={say('Step and dry-run')}>
          {step !== undefined && typeof step === 'object' && draft !== undefined && edits && <StepForm
            key={`${file} ${search.step}`} step={step} names={steps.flatMap((s) => typeof s === 'object' && typeof s.id === 'string' ? [s.id] : [])} engagements={engagements}
            problems={problems.filter((p) => p.path === path(at) || p.path.startsWith(`${path(at)}/`))} first={at === 0} last={at === steps.length - 1}
            set={(p, v) => void change([v === undefined ? { do: 'remove', path: path(at) + p } : { do: 'set', path: path(at) + p, value: v }])}
            reset={(next) => {
              const p = `${path(at)}/${kindOf(step)?.kind ?? ''}`
              void draft.changeFrom(program, file ?? '', (now) => [{ program, file: file ?? '', do: 'set', path: p, value: next(valueAt(now, p)) }])
            }}
            rename={(id) => rename(at, id)} remove={() => remove(at)} move={(by) => move(at, by)} close={() => { go({ step: undefined }); setTimeout(() => focus(at), 60) }}
          />}
          {step !== undefined && draft === undefined && <p className='quiet'>{edits ? say('This is live. It is changed in a draft.') : say('This is live. It takes the permission program.edit to change it, which authors and publishers have.')}</p>}
          {search.dry === true ? <DryRun key={`${draft?.id ?? 'live'}`} program={program} draft={draft} other={other} journey={is.journey ?? ''} reads={me.may.includes('person.read')} at={tell} /> : step === undefined && <p>{say('Choose a step, or try the journey: in a dry-run somebody who does not exist lives through it.')}</p>}
        </aside>
      </div>
      {dialog === 'choose' && <Choose close={() => setDialog(undefined)} suggest={say('Changes to the journeys')} choose={(id) => { setDialog(undefined); go({ draft: id }) }} />}
      {dialog === 'new' && draft !== undefined && <New program={program} draft={draft} phases={shown?.phases ?? []} taken={files.map(idAt)} close={() => setDialog(undefined)} begun={(id) => { setDialog(undefined); go({ journey: id, step: 'begin', end: undefined }) }} />}
      {search.end !== undefined && lists && words !== undefined && <Travellers
        program={program} journey={words.id} name={words.name} step={search.step === undefined ? undefined : graph.steps[at]?.label} end={search.end} choose={(end) => go({ end })} me={me} close={() => go({ end: undefined })}
      />}
      <Dialog open={leaving !== undefined} close={() => setLeaving(undefined)} title={say('Take {step} away?', { step: graph.steps[leaving?.at ?? -1]?.label ?? '' })}>
        {leaving !== undefined && <form className='fields' onSubmit={(e) => { e.preventDefault(); setLeaving(undefined); takeAway(leaving.at, leaving.to) }}>
          <p>{standing(counts.get(graph.steps[leaving.at]?.label ?? '')?.here)}</p>
          <Select label={say('They go on at')} value={leaving.to} data-autofocus onChange={(e) => setLeaving({ ...leaving, to: e.currentTarget.value })} data={[{ value: '', label: say('nowhere: they leave the journey') }, ...graph.steps.filter((s) => s.index !== leaving.at).map((s) => ({ value: s.label, label: s.label }))]} />
          <p className='row'><Button type='submit' variant='filled'>{say('Take it away')}</Button><Button onClick={() => setLeaving(undefined)}>{say('Keep it')}</Button></p>
        </form>}
      </Dialog>
      <Dialog open={dialog === 'step'} close={() => setDialog(undefined)} title={say('Add a step')}>
        <form className='fields' onSubmit={(e) => { e.preventDefault(); add(at < 0 ? beforeEnd(steps) : at, kind) }}>
          <Select label={say('What it does')} value={kind} data-autofocus onChange={(e) => setKind(e.currentTarget.value)} data={kinds.map((k) => ({ value: k.kind, label: say(k.name) }))} description={say(chosen?.says ?? '')} />
          <p><Button type='submit' variant='filled'>{say('Add it')}</Button></p>
        </form>
      </Dialog>
    </div>
  )
}

/** A journey on paper, for who reviews it. */
const walkthrough = (program: string, journey: string, draft: string | undefined): Promise<Blob> => draft === undefined
  ? wanted(api.GET('/v1/releases/{release}/programs/{program}/journeys/{journey}/walkthrough', { params: { path: { release: 'live', program, journey } }, parseAs: 'blob' }))
  : wanted(api.GET('/v1/drafts/{draft}/programs/{program}/journeys/{journey}/walkthrough', { params: { path: { draft, program, journey } }, parseAs: 'blob' }))

/** What is said of a journey beside its steps, which stand below. */
const aroundSteps = (words: string[]): string[] => words.filter((w) => w !== 'Its steps:' && !/^\d+\. /.test(w))

/** Whom taking a step away is about. */
const standing = (here: number | null | undefined): string => here === null || here === undefined
  ? say('Whoever stands there when this is published has to go on somewhere.')
  : say('{n, plural, =0 {Nobody stands there now. Whoever does when this is published has to go on somewhere.} one {# person stands there now, and has to go on somewhere.} other {# people stand there now, and have to go on somewhere.}}', { n: here })

/** The step after which a new one stands where none is selected: the last, but for the end that follows it. */
const beforeEnd = (steps: Array<StepWritten | string>): number => steps.length > 1 && kindOf(steps.at(-1) ?? '')?.kind === 'exit' ? steps.length - 2 : steps.length - 1
