import { useQuery, useQueryClient } from '@tanstack/react-query'
import { lazy, Suspense, useCallback, useEffect, useMemo, useRef, useState } from 'react'

import type { Lived, Me } from '../../api/client'
import { useLive, useTopics } from '../../api/live'
import { everybody, leverage as leverageQuery, lived as livedQuery, map as mapQuery, programs as programsQuery, withNews, type End } from '../../api/queries'
import { tidy } from '../../app/address'
import { save } from '../../app/csv'
import { useKeys } from '../../app/keys'
import { useTitle } from '../../app/title'
import { Notice, Waiting, Wrong } from '../../app/states'
import { why } from '../../app/why'
import { Button, Dropdown, toast } from '../../ui'
import { instant, say } from '../../words/words'
import { Choose } from '../drafts/Choose'
import { DraftBar, placed, useCheck } from '../drafts/DraftBar'
import { idOf } from '../drafts/edit'
import { beginDraft, doing, draftValues, releaseValues, useDraft, type Checked, type Working } from '../drafts/useDraft'
import { useWorkshop } from '../workshop/useWorkshop'
import { Filters } from './Filters'
import { MomentForm, Persona, PhaseForm, Quotes, StakeholderForm, type Editing } from './Forms'
import { asJSON, bringIn } from './handed'
import { columns, waitsIn } from './model'
import { MomentPanel, Points, Trials } from './Panel'
import { People } from './People'
import { address, filterOf, type Search } from './search'
import type { Designed } from './Design'
import { Tables } from './Tables'
import { Differences, Versions } from './Versions'
import { Wall, type Edit } from './Wall'
import { differences, mapOf, written } from './written'
import './map.css'

const Tray = lazy(async () => ({ default: (await import('../workshop/Tray')).Tray }))
const Changes = lazy(async () => ({ default: (await import('../workshop/Changes')).Changes }))
const Design = lazy(async () => ({ default: (await import('./Design')).Design }))

/** How often a whole answer is asked again for while things change: counts come with the stream, times and hand-offs with this. */
const wholeEvery = 10_000
const hiddenEvery = 1_000

/** Keeps lived up to date by what the stream tells. */
function useNews (program: string, search: Search, may: boolean, care: boolean): void {
  const client = useQueryClient()
  const filter = useMemo(() => filterOf(search), [search])
  const topic = care ? 'maps_of_care' : 'maps'
  const key = useMemo(() => ['lived', program, filter], [program, filter])
  const seen = useRef<{ key: unknown, text?: string, timer?: ReturnType<typeof setTimeout> | undefined }>({ key })
  useEffect(() => () => clearTimeout(seen.current.timer), [key])
  const news = useCallback((_: string, state: unknown) => {
    if (filter.as_of !== undefined) return // what was known then does not change
    const told = (state as Record<string, unknown> | undefined)?.[program]
    const text = JSON.stringify(told)
    const is = seen.current.key === key ? seen.current : (seen.current = { key })
    if (text === is.text) return
    const first = is.text === undefined
    is.text = text
    const whole = care && everybody(filter)
    if (whole) client.setQueryData<Lived>(key, (was) => was === undefined ? was : withNews(was, told))
    if (first) return
    is.timer ??= setTimeout(() => {
      is.timer = undefined
      void client.invalidateQueries({ queryKey: key })
    }, whole ? wholeEvery : hiddenEvery)
  }, [client, program, filter, care, key])
  useTopics(may ? [topic] : [], news)
}

interface ScreenProps { program: string, search: Search, navigate: (s: Search) => void, me: Me }

/** The map: as it is live, as it was in a release, or as it shall be in a draft. */
export function MapScreen (props: ScreenProps) {
  return props.search.draft === undefined ? <View {...props} /> : <OfDraft key={props.search.draft} {...props} draft={props.search.draft} />
}

function OfDraft ({ draft, ...props }: ScreenProps & { draft: string }) {
  const working = useDraft(draft)
  const checked = useCheck(working)
  const workshop = useWorkshop(draft, props.me.may.includes('program.edit'))
  return <View {...props} work={{ draft: working, checked: checked.data, failed: checked.failed, workshop }} />
}

function View ({ program, search, navigate, me, work }: ScreenProps & { work?: { draft: Working, checked: Checked | undefined, failed: { error: unknown, again: () => void } | undefined, workshop: ReturnType<typeof useWorkshop> } }) {
  const client = useQueryClient()
  const live = useLive()
  const filter = useMemo(() => filterOf(search), [search])
  const may = me.may.includes('people.report')
  const care = me.may.includes('people.list')
  const edits = me.may.includes('program.edit')
  const livemap = useQuery(mapQuery(program))
  const programs = useQuery(programsQuery)
  const lived = useQuery({ ...livedQuery(client, program, filter), enabled: may })
  const leverage = useQuery({ ...leverageQuery(client, program, filter), enabled: may })
  const texts = useQuery(releaseValues('live', program, 'map.yaml'))
  const drafted = useQuery({ ...draftValues(client, search.draft ?? '', program, 'map.yaml'), enabled: search.draft !== undefined && work?.draft.listed !== null })
  const former = useQuery({ ...releaseValues(search.release ?? '', program, 'map.yaml'), enabled: search.release !== undefined && search.draft === undefined })
  const other = search.draft !== undefined ? drafted : search.release !== undefined ? former : undefined
  const liveTexts = useMemo(() => written(texts.data?.value), [texts.data])
  const otherTexts = useMemo(() => other?.data === undefined ? undefined : written(other.data.value), [other?.data])
  const is = otherTexts ?? liveTexts
  const differ = useMemo(() => otherTexts === undefined || texts.data === undefined ? undefined : search.draft !== undefined ? differences(liveTexts, otherTexts) : differences(otherTexts, liveTexts), [otherTexts, liveTexts, texts.data, search.draft])
  const marks = useMemo(() => differ === undefined ? undefined : new Map(differ.map((d) => [`${d.kind} ${d.id}`, d.how])), [differ])
  const map = useMemo(() => other === undefined ? livemap.data : otherTexts === undefined ? undefined : mapOf(program, livemap.data?.name ?? program, otherTexts), [other, otherTexts, livemap.data, program])
  const [filters, setFilters] = useState(false)
  const [dialog, setDialog] = useState<'choose' | 'versions' | 'design'>()
  const [naming, setNaming] = useState<string>()
  const [current, setCurrent] = useState<string>()
  const panel = useRef<HTMLElement>(null)
  const file = useRef<HTMLInputElement>(null)
  useNews(program, search, may, care)
  useTitle(map === undefined ? undefined : `${map.name} · ${say('Map')}`)
  const go = useCallback((more: Search) => navigate(tidy({ ...search, ...more })), [navigate, search])
  const cols = useMemo(() => map === undefined ? [] : columns(map, lived.data, leverage.data), [map, lived.data, leverage.data])
  const problems = useMemo(() => placed(work?.checked, program, 'map.yaml', drafted.data?.lines), [work?.checked, program, drafted.data])
  const wrong = useMemo(() => new Set(problems.map((p) => p.path.split('/').slice(0, 3).join('/'))), [problems])
  const card = (moment: string) => document.querySelector<HTMLElement>(`[data-moment="${CSS.escape(moment)}"]`)
  const select = (moment: string | undefined) => {
    const was = search.moment
    go({ moment, stage: undefined, who: undefined })
    if (moment !== undefined) setCurrent(moment)
    else if (was !== undefined) card(was)?.focus()
  }
  const close = () => { if (search.moment !== undefined) select(undefined); else go({ stage: undefined, who: undefined }) }
  const editing: Editing | undefined = work === undefined || !edits || otherTexts === undefined ? undefined : { program, draft: work.draft, map: otherTexts, problems }
  const change = (path: string, what: { do: string, value?: unknown, before?: string }) => work?.draft.change([{ program, file: 'map.yaml', path, ...what }]) ?? Promise.resolve(false)
  const soon = (f: () => void) => setTimeout(f, 60) // once what was changed is drawn
  const move = (moment: string, phase: string, lane: string) => {
    const m = is.moments.find((x) => x.id === moment)
    if (m === undefined || work === undefined || (m.phase === phase && m.by === lane)) return
    const changes = [...(m.phase === phase ? [] : [['phase', phase]]), ...(m.by === lane ? [] : [['by', lane]])]
    void work.draft.change(changes.map(([field, value]) => ({ program, file: 'map.yaml', do: 'set', path: `/moments/${moment}/${field}`, value })))
    soon(() => card(moment)?.focus())
  }
  const add = (phase: string, lane: string) => {
    const id = idOf(say('Something happens'), is.moments.map((m) => m.id))
    void change('/moments', { do: 'add', value: { id, phase, by: lane, name: say('Something happens') } }).then((ok) => {
      if (!ok) return
      setNaming(id)
      select(id)
    })
  }
  useEffect(() => { // a new card's name is what comes first
    if (naming === undefined || search.moment !== naming) return
    const name = panel.current?.querySelector<HTMLInputElement>(`form[data-of="${CSS.escape(naming)}"] input`)
    if (name === null || name === undefined) return
    name.focus()
    name.select()
    setNaming(undefined)
  }, [naming, search.moment, map])
  const remove = (moment: string) => {
    const promising = is.moments.filter((m) => m.then?.moment === moment)
    void work?.draft.change([...promising.map((m) => `/moments/${m.id}/then`), `/moments/${moment}`].map((path) => ({ program, file: 'map.yaml', do: 'remove', path }))).then((ok) => {
      if (!ok) return
      if (search.moment === moment) select(undefined)
      toast(say('It is taken away. Ctrl Z brings it back.'))
    })
  }
  const edit: Edit | undefined = editing === undefined ? undefined : {
    add, move, wrong,
    promise: (moment, then) => void change(`/moments/${moment}/then`, { do: 'set', value: { moment: then, within: is.moments.find((m) => m.id === moment)?.then?.within ?? '14d' } }),
    open: (phase) => go({ stage: phase, moment: undefined, who: undefined }),
  }
  const here = search.moment ?? current
  const shop = work?.workshop
  useKeys({
    h: () => go({ heat: search.heat === false ? undefined : false }),
    t: () => go({ view: search.view === 'table' ? undefined : 'table' }),
    c: () => go({ lifecycle: search.lifecycle === true ? undefined : true }),
    f: (e) => { e.preventDefault(); setFilters(true) },
    v: () => setDialog('versions'),
    l: () => {
      const top = leverage.data?.answer?.points.find((p) => p.at >= 0)
      const phase = livemap.data?.phases[top?.at ?? -1]
      const moment = phase === undefined || map === undefined ? undefined : waitsIn(map.moments, phase.id)
      if (moment === undefined) return
      select(moment)
      card(moment)?.focus()
    },
    ...(edits && search.moment !== undefined && search.release === undefined ? { e: (ev: KeyboardEvent) => { ev.preventDefault(); setDialog('design') } } : {}),
    ...(edits && work === undefined && search.release === undefined ? { d: (ev: KeyboardEvent) => { ev.preventDefault(); setDialog('choose') } } : {}),
    ...(edit === undefined ? {} : {
      n: (ev: KeyboardEvent) => {
        ev.preventDefault()
        const at = is.moments.find((m) => m.id === here)
        const [phase, lane] = [at?.phase ?? is.phases[0]?.id, at?.by ?? is.stakeholders[0]?.id]
        if (phase !== undefined && lane !== undefined) add(phase, lane)
      },
      Delete: (ev: KeyboardEvent) => { if (ev.target instanceof HTMLElement && ev.target.dataset.moment !== undefined) remove(ev.target.dataset.moment) },
      F2: (ev: KeyboardEvent) => { if (ev.target instanceof HTMLElement && ev.target.dataset.moment !== undefined) { setNaming(ev.target.dataset.moment); select(ev.target.dataset.moment) } },
    }),
    ...(edits && search.release === undefined ? { w: () => { if (work === undefined) setDialog('choose'); else go({ workshop: search.workshop === true ? undefined : true, view: undefined }) } } : {}),
    ...(shop?.is?.voting !== true ? {} : {
      '+': () => { if (here !== undefined) void shop.act({ do: 'vote', moment: here }) },
      '-': () => { if (here !== undefined) void shop.act({ do: 'unvote', moment: here }) },
    }),
    ...(edit === undefined ? {} : {
      k: () => { // one tap: what was known is a guess, and a guess is asked what shows it
        const m = is.moments.find((x) => x.id === here)
        if (m === undefined) return
        if (m.seen === undefined) { select(m.id); soon(() => panel.current?.querySelector<HTMLElement>('.shown select')?.focus()) } else void change(`/moments/${m.id}/seen`, { do: 'remove' }).then((ok) => { if (ok) toast(say('It is a guess now. Ctrl Z takes that back.')) })
      },
    }),
    Escape: close,
  })
  if (livemap.isPending || (other !== undefined && other.isPending && work?.draft.listed !== null)) return <Waiting what={say('The map is being fetched')} />
  if (livemap.isError) return <Wrong error={livemap.error} again={() => void livemap.refetch()} />
  const leave = () => navigate(tidy({ ...search, draft: undefined, release: undefined, stage: undefined }))
  const bar = work !== undefined && (
    <DraftBar
      draft={work.draft} checked={work.checked} failed={work.failed} me={me} leave={leave} published={leave}
      jump={({ file, line }) => {
        const at = problems.find((p) => (file === p.file || file.endsWith(`/${p.file}`)) && p.line === line)?.path.split('/')
        if (at === undefined) return undefined
        return () => go({ moment: at[1] === 'moments' ? at[2] : undefined, stage: at[1] === 'phases' ? at[2] : undefined, who: at[1] === 'stakeholders' ? at[2] : undefined })
      }}
    />
  )
  if (work?.draft.listed === null) return bar
  if (other?.isError === true) return <>{bar}<Wrong error={other.error} again={() => void other.refetch()} />{work === undefined && <Button onClick={leave}>{say('To what is live')}</Button>}</>
  if (map === undefined) return null
  const name = map.name
  const title = <h1>{name}</h1>
  const dialogs = <>
    {dialog === 'choose' && <Choose close={() => setDialog(undefined)} suggest={say('Changes to the map')} choose={(draft) => { setDialog(undefined); go({ draft, release: undefined }) }} />}
    {dialog === 'versions' && <Versions close={() => setDialog(undefined)} look={(release) => { setDialog(undefined); go({ release, draft: undefined }) }} />}
  </>
  if (map.phases.length === 0) {
    return (
      <>
        {bar}{title}
        <Notice title={say('This program has no map yet')}>
          <p>{say('Phases, who takes part and what happens are written into the program’s map.yaml. What is published shows here.')}</p>
          {edit !== undefined && <Button variant='filled' onClick={() => {
            const lanes = [['patient', say('Patient'), 'patient'], ['family', say('Family'), 'caregiver'], ['practice', say('Practice'), 'clinician'], ['specialist', say('Specialist'), 'clinician'], ['team', say('Team'), 'staff']]
            void work?.draft.change([
              { program, file: 'map.yaml', do: 'set', path: '/stakeholders', value: lanes.map(([id, n, kind]) => ({ id, name: n, kind })) },
              { program, file: 'map.yaml', do: 'set', path: '/phases', value: [1, 2, 3, 4, 5, 6].map((n) => ({ id: `phase_${n}`, name: say('Phase {n}', { n }), enter: 'false' })) },
            ])
          }}>{say('Begin with five lanes and six phases')}</Button>}
        </Notice>
        {dialogs}
      </>
    )
  }
  const people = care ? (phase: string, end: End) => go({ phase, end }) : undefined
  const stale = live.state === 'broken' || live.state === 'ended' || lived.isError
  const poster = (format: string, size: string) => address(`/v1/programs/${encodeURIComponent(program)}/poster`, filter, { format, size })
  const report = (format: string) => address(`/v1/programs/${encodeURIComponent(program)}/report/file`, filter, { format })
  const value = (other ?? texts).data?.value
  const bring = (chosen: File) => void chosen.text().then((text) => {
    const changes = bringIn(text, value, { program, file: 'map.yaml' })
    if (typeof changes === 'string') toast(changes)
    else void work?.draft.change(changes).then((ok) => { if (ok) toast(say('The map of the file is the draft’s now. Ctrl Z takes that back.')) })
  }, () => toast(say('The file cannot be read.')))
  const shown = programs.data?.find((p) => p.id === program)
  const moment = is.moments.find((m) => m.id === search.moment)
  const design = async (d: Designed): Promise<boolean> => {
    const respond = { program, file: 'map.yaml', do: 'set', path: `/moments/${moment?.id}/respond`, value: d.respond }
    if (work !== undefined) return await work.draft.write(program, d.files, [respond])
    try {
      const draft = await beginDraft(client, say('An engagement: {moment}', { moment: moment?.name ?? '' }))
      if (!await doing(client, draft).write(program, d.files, [respond])) return false
      go({ draft })
      return true
    } catch (err) {
      toast(why(err))
      return false
    }
  }
  const selected = search.moment !== undefined
  const who = is.stakeholders.find((x) => x.id === search.who)
  const stage = is.phases.find((x) => x.id === search.stage)
  return (
    <div className={`map${stale ? ' stale' : ''}${search.workshop === true ? ' in-workshop' : ''}`}>
      {bar}
      {search.workshop === true && shop?.is !== undefined && edits && otherTexts !== undefined && <Suspense><Tray is={shop.is} act={shop.act} map={otherTexts} program={program} near={((m) => m?.phase === undefined || m.by === undefined ? undefined : { phase: m.phase, lane: m.by })(is.moments.find((m) => m.id === here))} today={() => go({ view: 'today' })} /></Suspense>}
      {work === undefined && search.release !== undefined && <section className='draft-bar' aria-label={say('Version')}><b>{say('Release {n}, as it was', { n: search.release })}</b><span className='quiet'>{say('its map, with what is counted now')}</span><span className='grow' /><Button onClick={leave}>{say('To what is live')}</Button></section>}
      <header className='screen'>
        <div>
          {title}
          <p className='quiet'>{lived.data === undefined ? '' : <>{everybody(filter) ? say('Everybody who ever came') : lived.data.basis.filter} · {say('as of {when}', { when: instant(lived.data.basis.as_of) })} · {say('version {version}', { version: lived.data.basis.release.slice(0, 8) })}</>}</p>
        </div>
        <div className='actions'>
          <Button onClick={() => setFilters(true)} aria-haspopup='dialog'>{everybody(filter) ? say('Whose numbers') : say('Filtered')} <kbd>F</kbd></Button>
          <Button aria-pressed={search.heat !== false} onClick={() => go({ heat: search.heat === false ? undefined : false })}>{say('Leverage heat')} <kbd>H</kbd></Button>
          <Button aria-pressed={search.lifecycle === true} onClick={() => go({ lifecycle: search.lifecycle === true ? undefined : true })}>{say('Life cycle')} <kbd>C</kbd></Button>
          <Button onClick={() => setDialog('versions')} aria-haspopup='dialog'>{say('Versions')} <kbd>V</kbd></Button>
          {edits && work !== undefined && <Button aria-pressed={search.workshop === true} onClick={() => go({ workshop: search.workshop === true ? undefined : true, view: undefined })}>{say('Workshop')} <kbd>W</kbd></Button>}
          {edits && work === undefined && search.release === undefined && <Button onClick={() => setDialog('choose')} aria-haspopup='dialog'>{say('Change the map')} <kbd>D</kbd></Button>}
          <Button aria-pressed={search.view === 'table'} onClick={() => go({ view: search.view === 'table' ? undefined : 'table' })}>{say('Tables')} <kbd>T</kbd></Button>
          {may && <Dropdown label={say('Report')} items={[
            { key: 'html', text: say('What became of people, as a page'), href: report('html') }, { key: 'pdf', text: say('The same as PDF'), href: report('pdf') },
            { key: 'zip', text: say('Its tables, as CSV and Parquet'), href: report('zip') },
          ]} />}
          {value !== undefined && <Dropdown label={say('Save as')} items={[
            { key: 'json', text: say('The map as it is written, JSON'), act: () => save(`map-${program}.json`, 'application/json', asJSON(value)) },
            ...(edit === undefined ? [] : [{ key: 'bring', text: say('Bring a map in, from JSON'), act: () => file.current?.click() }]),
          ]} />}
          <input ref={file} type='file' accept='application/json,.json' hidden aria-label={say('A map as JSON')} onChange={(e) => { const chosen = e.target.files?.[0]; e.target.value = ''; if (chosen !== undefined) bring(chosen) }} />
          {may && <Dropdown label={say('Poster')} items={[['svg', 'a3'], ['pdf', 'a3'], ['pdf', 'a1'], ['pdf', 'a0'], ['pdf', 'a4-tiles'], ['png', 'a3']].map(([format = '', size = '']) => ({ key: format + size, text: say('{format}, {size}', { format: format.toUpperCase(), size: size === 'a4-tiles' ? say('A4 to glue together') : size.toUpperCase() }), href: poster(format, size) }))} />}
        </div>
      </header>
      {!may && <Notice title={say('You see the map without its numbers')}><p>{say('Numbers take the permission people.report. Whoever manages staff can give you one of the roles that have it: care-coordinator, clinician, author, publisher, analyst or privacy-officer.')}</p></Notice>}
      {may && lived.isError && <Wrong error={lived.error} again={() => void lived.refetch()} />}
      {lived.data !== undefined && lived.data.basis.people === 0 && <Notice title={say('Nobody is on this map yet')}><p>{everybody(filter) ? say('Numbers come by themselves as soon as events tell that somebody entered a phase.') : say('Nobody fits whose numbers were asked for.')}</p></Notice>}
      {lived.data !== undefined && lived.data.basis.smallest > 0 && <p className='note'>{say('Numbers about fewer than {n} people are hidden, and others from which they could be computed.', { n: lived.data.basis.smallest })}</p>}
      <div className='work'>
        {search.view === 'today' && work !== undefined && shop?.is !== undefined
          ? <Suspense><Changes is={shop.is} draft={work.draft} map={is} differ={differ ?? []} close={() => go({ view: undefined })} /></Suspense>
          : search.view === 'table' && lived.data !== undefined
          ? <Tables map={map} lived={lived.data} leverage={leverage.data} people={people} />
          : may && lived.isPending
            ? <Waiting what={say('Numbers are being fetched')} />
            : <Wall map={map} lived={lived.data} cols={cols} heat={search.heat !== false} lifecycle={search.lifecycle === true} selected={search.moment} current={current ?? search.moment} select={select} focus={setCurrent} people={people} meet={(w) => go({ who: w, moment: undefined, stage: undefined })} {...(marks === undefined ? {} : { differs: marks })} edit={edit} {...(shop?.is === undefined || (!shop.is.voting && Object.keys(shop.is.sums).length === 0) || search.workshop !== true ? {} : { dots: { voting: shop.is.voting, mine: shop.is.mine, sums: shop.is.sums, left: shop.is.dots - Object.values(shop.is.mine).reduce((a, b) => a + b, 0), vote: (m) => void shop.act({ do: 'vote', moment: m }), unvote: (m) => void shop.act({ do: 'unvote', moment: m }) } })} />}
        <aside className='panel' ref={panel} aria-label={selected ? say('Selected moment') : who !== undefined ? say('Who takes part') : stage !== undefined ? say('Selected phase') : say('Where to act first')}>
          {selected && editing !== undefined && moment !== undefined
            ? <>
                <h2>{moment.name}</h2>
                <MomentForm key={moment.id} e={editing} moment={moment} close={close} gone={() => select(undefined)} design={() => setDialog('design')} />
                {liveTexts.moments.some((m) => m.id === moment.id) && <details><summary>{say('What is counted of it')}</summary><MomentPanel map={map} cols={cols} leverage={leverage.data} moment={moment.id} asOf={lived.data?.basis.as_of} close={close} /></details>}
              </>
            : selected
              ? <>
                  <MomentPanel map={map} cols={cols} leverage={leverage.data} moment={search.moment ?? ''} asOf={lived.data?.basis.as_of} close={close} />
                  {moment !== undefined && <Quotes all={moment.evidence ?? []} />}
                  {edits && search.release === undefined && moment !== undefined && <p><Button onClick={() => setDialog('design')} variant='filled' aria-haspopup='dialog'>{say('Design an engagement')} <kbd>E</kbd></Button></p>}
                </>
              : who !== undefined
                ? editing === undefined ? <Persona who={who} close={close} /> : <StakeholderForm key={who.id} e={editing} who={who} close={close} gone={close} select={(w) => go({ who: w })} />
                : stage !== undefined && editing !== undefined
                  ? <PhaseForm key={stage.id} e={editing} phase={stage} close={close} gone={close} select={(p) => go({ stage: p })} />
                  : <>
                      {differ !== undefined && <><h2>{work === undefined ? say('What was changed since') : say('What this draft changes')}</h2><Differences all={differ} select={(d) => go({ moment: d.kind === 'moment' ? d.id : undefined, who: d.kind === 'stakeholder' ? d.id : undefined, stage: d.kind === 'phase' ? d.id : undefined })} /></>}
                      <h2>{say('Where to act first')}</h2>
                      {!may ? <p>{say('Leverage takes the permission people.report.')}</p>
                        : leverage.isPending ? <Waiting what={say('Leverage is being computed')} />
                          : leverage.isError ? <Wrong error={leverage.error} again={() => void leverage.refetch()} />
                            : <><Points map={map} leverage={leverage.data} select={(m) => { select(m); card(m)?.focus() }} /><Trials leverage={leverage.data} /></>}
                    </>}
        </aside>
      </div>
      {dialogs}
      {dialog === 'design' && moment !== undefined && shown !== undefined && <Suspense><Design program={shown} moment={moment} moments={is.moments} close={() => { setDialog(undefined); soon(() => card(moment.id)?.focus()) }} done={design} /></Suspense>}
      {filters && <Filters map={map} search={search} open close={() => setFilters(false)} apply={navigate} />}
      {search.phase !== undefined && search.end !== undefined && care && <People key={search.phase + search.end} program={program} phase={search.phase} phaseName={map.phases.find((p) => p.id === search.phase)?.name ?? search.phase} end={search.end} filter={filter} me={me} close={() => go({ phase: undefined, end: undefined })} />}
    </div>
  )
}
