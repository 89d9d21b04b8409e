import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useCallback, useEffect, useMemo, useRef, useState } from 'react'

import type { Lived, Me } from '../../api/client'
import { useLive, useTopics } from '../../api/live'
import { everybody, leverage as leverageQuery, lived as livedQuery, map as mapQuery, withNews, type End } from '../../api/queries'
import { useKeys } from '../../app/keys'
import { useTitle } from '../../app/title'
import { Notice, Waiting, Wrong } from '../../app/states'
import { Button, Dropdown } from '../../ui'
import { instant, say } from '../../words/words'
import { Filters } from './Filters'
import { columns, waitsIn } from './model'
import { MomentPanel, Points, Trials } from './Panel'
import { People } from './People'
import { address, filterOf, tidy, type Search } from './search'
import { Tables } from './Tables'
import { Wall } from './Wall'

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

export function MapScreen ({ program, search, navigate, me }: { program: string, search: Search, navigate: (s: Search) => void, me: Me }) {
  const client = useQueryClient()
  const live = useLive()
  const filter = useMemo(() => filterOf(search), [search])
  const may = me.may.includes('people.report')
  const care = me.may.includes('people.list')
  const map = useQuery(mapQuery(program))
  const lived = useQuery({ ...livedQuery(client, program, filter), enabled: may })
  const leverage = useQuery({ ...leverageQuery(client, program, filter), enabled: may })
  const [filters, setFilters] = useState(false)
  const [current, setCurrent] = useState<string>()
  const panel = useRef<HTMLElement>(null)
  useNews(program, search, may, care)
  useTitle(map.data === undefined ? undefined : `${map.data.name} · ${say('Map')}`)
  const go = useCallback((more: Search) => navigate(tidy({ ...search, ...more })), [navigate, search])
  const cols = useMemo(() => map.data === undefined ? [] : columns(map.data, lived.data, leverage.data), [map.data, lived.data, leverage.data])
  const card = (moment: string) => document.querySelector<HTMLElement>(`[data-moment="${CSS.escape(moment)}"]`)
  const select = (moment: string | undefined) => {
    const was = search.moment
    go({ moment })
    if (moment !== undefined) setCurrent(moment)
    else if (was !== undefined) card(was)?.focus()
  }
  useKeys({
    h: () => go({ heat: search.heat === false ? undefined : false }),
    t: () => go({ view: search.view === 'table' ? undefined : 'table' }),
    c: () => go({ lifecycle: search.lifecycle === true ? undefined : true }),
    f: (e) => { e.preventDefault(); setFilters(true) },
    l: () => {
      const top = leverage.data?.answer?.points.find((p) => p.at >= 0)
      const phase = map.data?.phases[top?.at ?? -1]
      const moment = phase === undefined || map.data === undefined ? undefined : waitsIn(map.data.moments, phase.id)
      if (moment === undefined) return
      select(moment)
      card(moment)?.focus()
    },
    Escape: () => { if (search.moment !== undefined) select(undefined) },
  })
  if (map.isPending) return <Waiting what={say('The map is being fetched')} />
  if (map.isError) return <Wrong error={map.error} again={() => void map.refetch()} />
  const name = map.data.name
  const title = <h1>{name}</h1>
  if (map.data.phases.length === 0) return <>{title}<Notice title={say('This program has no map yet')}><p>{say('Phases, who takes part and what happens are written into the program’s map.yaml. What is published shows here.')}</p></Notice></>
  const people = care ? (phase: string, end: End) => go({ phase, end }) : undefined
  const stale = live.state === 'broken' || live.state === 'ended' || lived.isError
  const poster = (format: string, size: string) => address(`/v1/programs/${encodeURIComponent(program)}/poster`, filter, { format, size })
  const report = (format: string) => address(`/v1/programs/${encodeURIComponent(program)}/report/file`, filter, { format })
  return (
    <div className={`map${stale ? ' stale' : ''}`}>
      <header className='screen'>
        <div>
          {title}
          <p className='quiet'>{lived.data === undefined ? '' : <>{everybody(filter) ? say('Everybody who ever came') : lived.data.basis.filter} · {say('as of {when}', { when: instant(lived.data.basis.as_of) })} · {say('version {version}', { version: lived.data.basis.release.slice(0, 8) })}</>}</p>
        </div>
        <div className='actions'>
          <Button onClick={() => setFilters(true)} aria-haspopup='dialog'>{everybody(filter) ? say('Whose numbers') : say('Filtered')} <kbd>F</kbd></Button>
          <Button aria-pressed={search.heat !== false} onClick={() => go({ heat: search.heat === false ? undefined : false })}>{say('Leverage heat')} <kbd>H</kbd></Button>
          <Button aria-pressed={search.lifecycle === true} onClick={() => go({ lifecycle: search.lifecycle === true ? undefined : true })}>{say('Life cycle')} <kbd>C</kbd></Button>
          <Button aria-pressed={search.view === 'table'} onClick={() => go({ view: search.view === 'table' ? undefined : 'table' })}>{say('Tables')} <kbd>T</kbd></Button>
          {may && <Dropdown label={say('Report')} items={[
            { key: 'html', text: say('What became of people, as a page'), href: report('html') }, { key: 'pdf', text: say('The same as PDF'), href: report('pdf') },
            { key: 'zip', text: say('Its tables, as CSV and Parquet'), href: report('zip') },
          ]} />}
          {may && <Dropdown label={say('Poster')} items={[['svg', 'a3'], ['pdf', 'a3'], ['pdf', 'a1'], ['pdf', 'a0'], ['pdf', 'a4-tiles'], ['png', 'a3']].map(([format = '', size = '']) => ({ key: format + size, text: say('{format}, {size}', { format: format.toUpperCase(), size: size === 'a4-tiles' ? say('A4 to glue together') : size.toUpperCase() }), href: poster(format, size) }))} />}
        </div>
      </header>
      {!may && <Notice title={say('You see the map without its numbers')}><p>{say('Numbers take the permission people.report. Whoever manages staff can give you one of the roles that have it: care-coordinator, clinician, author, publisher, analyst or privacy-officer.')}</p></Notice>}
      {may && lived.isError && <Wrong error={lived.error} again={() => void lived.refetch()} />}
      {lived.data !== undefined && lived.data.basis.people === 0 && <Notice title={say('Nobody is on this map yet')}><p>{everybody(filter) ? say('Numbers come by themselves as soon as events tell that somebody entered a phase.') : say('Nobody fits whose numbers were asked for.')}</p></Notice>}
      {lived.data !== undefined && lived.data.basis.smallest > 0 && <p className='note'>{say('Numbers about fewer than {n} people are hidden, and others from which they could be computed.', { n: lived.data.basis.smallest })}</p>}
      <div className='work'>
        {search.view === 'table' && lived.data !== undefined
          ? <Tables map={map.data} lived={lived.data} leverage={leverage.data} people={people} />
          : may && lived.isPending
            ? <Waiting what={say('Numbers are being fetched')} />
            : <Wall map={map.data} lived={lived.data} cols={cols} heat={search.heat !== false} lifecycle={search.lifecycle === true} selected={search.moment} current={current ?? search.moment} select={select} focus={setCurrent} people={people} />}
        <aside className='panel' ref={panel} aria-label={search.moment === undefined ? say('Where to act first') : say('Selected moment')}>
          {search.moment !== undefined
            ? <MomentPanel map={map.data} cols={cols} leverage={leverage.data} moment={search.moment} close={() => select(undefined)} />
            : <>
                <h2>{say('Where to act first')}</h2>
                {!may ? <p>{say('Leverage takes the permission people.report.')}</p>
                  : leverage.isPending ? <Waiting what={say('Leverage is being computed')} />
                    : leverage.isError ? <Wrong error={leverage.error} again={() => void leverage.refetch()} />
                      : <><Points map={map.data} leverage={leverage.data} select={(m) => { select(m); card(m)?.focus() }} /><Trials leverage={leverage.data} /></>}
              </>}
        </aside>
      </div>
      {filters && <Filters map={map.data} search={search} open close={() => setFilters(false)} apply={navigate} />}
      {search.phase !== undefined && search.end !== undefined && care && <People key={search.phase + search.end} program={program} phase={search.phase} phaseName={map.data.phases.find((p) => p.id === search.phase)?.name ?? search.phase} end={search.end} filter={filter} me={me} close={() => go({ phase: undefined, end: undefined })} />}
    </div>
  )
}
