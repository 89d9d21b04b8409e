// The work queue: what programs ask of people and the calls and visits to make; taken, looked at, and told how it went.
import { useQueryClient } from '@tanstack/react-query'
import { useCallback, useEffect, useMemo, useRef, useState } from 'react'

import { api, Refused, wanted, type Me } from '../../api/client'
import { useLive } from '../../api/live'
import { programs as programsQuery } from '../../api/queries'
import { tidy } from '../../app/address'
import { useKeys } from '../../app/keys'
import { Notice, Waiting, Wrong } from '../../app/states'
import { useTitle } from '../../app/title'
import { why } from '../../app/why'
import { Button, onceClosed, Select, toast } from '../../ui'
import { instant, say, whole } from '../../words/words'
import { HandOver } from './HandOver'
import { after, holder, kindOf, kinds, open, outcomesOf, step, told, what, type Sheet, type Work } from './model'
import { Piece, type Went } from './Piece'
import { useAgain, useWork, useWorkNow } from './queries'
import type { Search } from './search'
import './work.css'

/** Who has what somebody else has, where a refusal tells. */
function taken (err: unknown): { by: string, until: string } | undefined {
  if (!(err instanceof Refused) || err.problem.status !== 409) return undefined
  const is = err.problem.current as { by?: string, claimed_until?: string } | undefined
  return is?.by === undefined || is.claimed_until === undefined ? undefined : { by: is.by, until: is.claimed_until }
}

const says = (err: unknown): string => {
  const t = taken(err)
  return t === undefined ? why(err) : say('{who} has it until {time}. Choose another, or ask them to hand it over.', { who: t.by, time: instant(t.until) })
}

export function WorkScreen ({ search, navigate, me }: { search: Search, navigate: (to: Search) => void, me: Me }) {
  const client = useQueryClient()
  const live = useLive()
  const now = useWorkNow(me)
  const again = useAgain('work')
  const { kind, team, mine, overdue, all } = search
  const list = useWork(me, { kind, team, mine, overdue, all })
  const [sheets, setSheets] = useState<Record<string, Sheet>>({})
  const [busy, setBusy] = useState(false)
  const [asks, setAsks] = useState<'release' | 'hand' | { went: string }>()
  const [wrong, setWrong] = useState<{ work: string, says: string }>()
  const rows = useRef<HTMLUListElement>(null)
  const pane = useRef<HTMLDivElement>(null)
  useTitle(say('Work'))
  const items = useMemo(() => list.data?.items ?? [], [list.data])
  const at = items.find((w) => w.request === search.work)
  const has = at === undefined ? undefined : holder(at, me)
  const sheet = at !== undefined && has === 'me' ? sheets[at.request] : undefined
  const does = me.may.includes('work.do')
  const go = useCallback((more: Search) => navigate(tidy({ ...search, ...more })), [navigate, search])
  const focus = (id: string | undefined) => { if (id !== undefined) onceClosed(() => rows.current?.querySelector<HTMLElement>(`[data-work="${id}"]`)?.focus()) }
  const choose = (id: string | undefined) => { setWrong(undefined); go({ work: id }); focus(id) }
  const names = new Map(client.getQueryData(programsQuery.queryKey)?.map((p) => [p.id, p.name]))

  const act = async (id: string, does: () => Promise<unknown>): Promise<boolean> => {
    if (busy) return false
    setBusy(true)
    setWrong(undefined)
    try {
      await does()
      return true
    } catch (err) {
      setWrong({ work: id, says: says(err) })
      return false
    } finally {
      await client.invalidateQueries({ queryKey: ['work', 'list'] })
      setBusy(false)
    }
  }
  const claim = (w: Work) => {
    if (!does || !open(w) || holder(w, me) === 'other') return
    void act(w.request, async () => {
      const s = await wanted(api.POST('/v1/work/{work}/claim', { params: { path: { work: w.request } } }))
      setSheets((was) => ({ ...was, [w.request]: s }))
      go({ work: w.request })
    }).then((ok) => { if (ok) pane.current?.focus() })
  }
  const forget = (id: string) => setSheets((was) => Object.fromEntries(Object.entries(was).filter(([k]) => k !== id)))
  const release = (w: Work) => void act(w.request, () => wanted(api.POST('/v1/work/{work}/release', { params: { path: { work: w.request } } }))).then((ok) => {
    if (!ok) return
    forget(w.request)
    toast(say('It is given back. Anybody may take it.'))
    focus(w.request)
  })
  const handOver = (w: Work, to: { account: string, name: string }) => void act(w.request, () => wanted(api.POST('/v1/work/{work}/hand-over', { params: { path: { work: w.request } }, body: { to: to.account } }))).then((ok) => {
    if (!ok) return
    forget(w.request)
    toast(say('{name} has it now, for half an hour. Then anybody may take it.', { name: to.name }))
    focus(w.request)
  })
  const finish = (w: Work, went: Went) => {
    const path = { path: { work: w.request } }
    const next = after(items, w.request, me)
    const note = went.note === '' ? {} : { note: went.note }
    void act(w.request, () => wanted<unknown>(w.kind === 'refer'
      ? api.POST('/v1/work/{work}/referral', { params: path, body: { outcome: went.outcome, ...(went.note === '' ? {} : { reason: went.note }) } })
      : w.kind === 'ask'
        ? api.POST('/v1/work/{work}/answer', { params: path, body: went.score === undefined ? {} : { score: went.score } })
        : api.POST('/v1/work/{work}/done', { params: path, body: { outcome: went.outcome, ...note, ...(went.minutes === undefined ? {} : { minutes: went.minutes }), ...(went.at === undefined ? {} : { at: went.at }) } }))).then((ok) => {
      if (!ok) return
      forget(w.request)
      const t = told(w.kind, went.outcome)
      toast(`${t.own ? t.name : say(t.name)}. ${say(t.then)}`)
      choose(next)
    })
  }
  const move = (by: 1 | -1) => choose(step(items.map((w) => w.request), search.work, by))
  useKeys({
    j: () => move(1), k: () => move(-1),
    Escape: () => { if (asks === undefined && at !== undefined) { if (has === 'me') setAsks('release'); else choose(undefined) } },
    a: (e) => { if (does && at !== undefined && open(at) && has !== 'other') { e.preventDefault(); setAsks('hand') } },
    n: (e) => { const field = pane.current?.querySelector<HTMLElement>('textarea'); if (field) { e.preventDefault(); field.focus() } },
    ...Object.fromEntries([1, 2, 3, 4, 5].map((n) => [String(n), () => { if (sheet !== undefined) pane.current?.querySelector<HTMLButtonElement>(`[data-key="${n}"]`)?.click() }])),
  })
  const narrowed = kind !== undefined || team !== undefined || mine === true || overdue === true
  // What somebody else has now, or what is over, is shown no longer: it was shown to whoever had it.
  useEffect(() => {
    if (list.data === undefined || list.isPlaceholderData) return
    setSheets((was) => {
      const kept = Object.fromEntries(Object.entries(was).filter(([id]) => { const w = list.data.items.find((x) => x.request === id); return w === undefined ? narrowed : holder(w, me) === 'me' }))
      return Object.keys(kept).length === Object.keys(was).length ? was : kept
    })
  }, [list.data, list.isPlaceholderData, me, narrowed])

  if (!me.may.includes('work.read')) return <Notice title={say('You may not see this')} alert><p>{say('Work is seen by care coordinators, clinicians and safety officers. Whoever gives staff their roles can make you one of them.')}</p></Notice>
  const teams = Object.keys(now?.teams ?? {}).sort()
  const stale = live.state === 'broken'
  return (
    <div className={`queue${stale ? ' stale' : ''}`} data-open={at !== undefined} data-state={now?.state}>
      <header className='screen'>
        <h1>{say('Work')}</h1>
        <div className='actions'>
          <Select aria-label={say('Kind of work')} value={kind ?? ''} onChange={(e) => go({ kind: (e.target.value || undefined) as Search['kind'] })} data={[{ value: '', label: say('Every kind') }, ...Object.entries(kinds).map(([value, name]) => ({ value, label: now?.kinds[value] === undefined ? say(name) : `${say(name)} (${whole(now.kinds[value])})` }))]} />
          <Select aria-label={say('Team')} value={team ?? ''} onChange={(e) => go({ team: e.target.value || undefined })} data={[{ value: '', label: say('Every team') }, ...[...new Set([...teams, ...(team === undefined ? [] : [team])])].map((value) => ({ value, label: `${value.replaceAll('_', ' ')} (${whole(now?.teams[value] ?? 0)})` }))]} />
          <Button aria-pressed={mine === true} onClick={() => go({ mine: mine === true ? undefined : true })}>{say('Mine')}</Button>
          <Button aria-pressed={overdue === true} onClick={() => go({ overdue: overdue === true ? undefined : true })}>{say('Overdue')}{now !== undefined && <> (<span data-count='overdue'>{whole(now.overdue)}</span>)</>}</Button>
          <Button aria-pressed={all === true} onClick={() => go({ all: all === true ? undefined : true })}>{say('What waits and is over, too')}</Button>
        </div>
      </header>
      <div className='queue-work'>
        <section className='queue-list' aria-label={say('Pieces of work')}>
          {list.isPending && <Waiting what={say('Work is being fetched')} />}
          {list.isError && list.data === undefined && <Wrong error={list.error} again={again} />}
          {list.data !== undefined && items.length === 0 && (narrowed
            ? <Notice title={say('Nothing of that waits')}><p>{say('There may be other work.')}</p><Button onClick={() => navigate({})}>{say('Show all work')}</Button></Notice>
            : <Notice title={say('Nothing waits')}><p>{say('What programs ask of people, and calls and visits that are due, come here by themselves.')}</p>{all !== true && <Button onClick={() => go({ all: true })}>{say('What waits and is over, too')}</Button>}</Notice>)}
          {list.data !== undefined && items.length > 0 && <p className='quiet queue-sum' data-total={list.data.total}>{items.length < list.data.total ? say('The first {shown} of {total}', { shown: whole(items.length), total: whole(list.data.total) }) : say('{n, plural, one {# piece of work} other {# pieces of work}}', { n: items.length })}</p>}
          <ul ref={rows}>{items.map((w) => <Row key={w.request} work={w} me={me} program={names.get(w.program) ?? w.program} pressed={w.request === search.work} choose={() => choose(w.request)} claim={() => claim(w)} />)}</ul>
        </section>
        <aside className='queue-piece' aria-label={say('The chosen piece of work')} ref={pane} tabIndex={-1}>
          {at === undefined
            ? search.work !== undefined && list.data !== undefined && !list.isPlaceholderData
              ? <Notice title={say('It is not on this list any more')}><p>{wrong?.work === search.work ? wrong.says : say('It is over, it waits, or the list shows other work just now.')}</p><Button onClick={() => choose(undefined)}>{say('Back to the list')}</Button></Notice>
              : <p className='quiet'>{say('Choose a piece of work. Whoever takes it sees whom it is about and what to say.')}</p>
            : <Piece
                key={at.request} work={at} sheet={sheet} has={has ?? 'nobody'} me={me} program={names.get(at.program) ?? at.program} busy={busy} wrong={wrong?.work === at.request ? wrong.says : undefined}
                claim={() => claim(at)} release={() => setAsks('release')} hand={() => setAsks('hand')} finish={(went) => finish(at, went)} back={() => choose(undefined)} outcomes={outcomesOf(at)}
                asks={asks} ask={setAsks} giveBack={() => { setAsks(undefined); release(at) }}
              />}
        </aside>
      </div>
      {asks === 'hand' && at !== undefined && <HandOver work={at} close={() => setAsks(undefined)} give={(to) => { setAsks(undefined); handOver(at, to) }} />}
    </div>
  )
}

function Row ({ work: w, me, program, pressed, choose, claim }: { work: Work, me: Me, program: string, pressed: boolean, choose: () => void, claim: () => void }) {
  const has = holder(w, me)
  const facts = [program, w.for?.replaceAll('_', ' '), w.reason, w.urgency].filter(Boolean).join(' · ')
  return (
    <li>
      <button
        type='button' className='queue-row' data-work={w.request} data-kind={w.kind} data-has={has} aria-pressed={pressed} data-overdue={w.overdue === true ? true : undefined} onClick={choose}
        onKeyDown={(e) => { if (e.key === 'Enter') { e.preventDefault(); choose(); claim() } }}
      >
        <span className='kind'>{kindOf(w)}{w.wished === true && <b> · {say('asked for this time')}</b>}{w.overdue === true && <b className='bad'> · {say('overdue')}</b>}</span>
        <span className='title'>{what(w)}</span>
        <span className='quiet'>{facts}</span>
        <span className='quiet'>
          {has === 'me' ? <b>{say('You have it until {time}', { time: instant(w.claimed_until ?? '') })}</b>
            : has === 'other' ? <b data-by={w.by}>{say('{who} has it until {time}', { who: w.by, time: instant(w.claimed_until ?? '') })}</b>
              : w.ended !== undefined ? say('over since {time}', { time: instant(w.ended) })
                : w.waits !== undefined ? [w.waits, w.waits_until === undefined ? '' : instant(w.waits_until)].filter(Boolean).join(' · ')
                  : say('due {time}', { time: instant(w.due) })}
        </span>
      </button>
    </li>
  )
}
