// What needs whoever looks now, and what changed: each part for who may see it, and only where there is something.
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { useRef, useState, type ReactNode } from 'react'

import { api, wanted, type Me } from '../../api/client'
import { useLive } from '../../api/live'
import { ofAll, paused } from '../../api/pauses'
import { programs as programsQuery } from '../../api/queries'
import { save } from '../../app/csv'
import { useKeys } from '../../app/keys'
import { Waiting, Wrong } from '../../app/states'
import { useTitle } from '../../app/title'
import { why } from '../../app/why'
import { Button, Dialog, toast, onceClosed } from '../../ui'
import { instant, percent, say, whole } from '../../words/words'
import { HandOver } from '../work/HandOver'
import { holder, kindOf, open, step, table, what, type Work } from '../work/model'
import { useWork, useWorkNow, work as workQuery } from '../work/queries'
import '../work/work.css'
import { InboxCard } from './InboxCard'
import { drops, mine, next, troubled } from './model'
import { useAttention, useChanges, useCorrections, useDeadLetters, useErasures, useOpenings, useQuarantine, useStanding, useTexts } from './queries'
import './today.css'

/** As many tasks as Today shows; the queue has all. */
const shown = 5

function Card ({ name, title, children, bad = false }: { name: string, title: string, children?: ReactNode, bad?: boolean }) {
  return <section className='today-card' data-card={name} data-urgent={bad ? true : undefined}><h3>{title}</h3>{children}</section>
}

export function TodayScreen ({ me }: { me: Me }) {
  const client = useQueryClient()
  const go = useNavigate()
  const live = useLive()
  useWorkNow(me)
  const works = me.may.includes('work.read')
  const list = useWork(me, {})
  const programs = useQuery(programsQuery)
  const standing = useStanding(me)
  const attention = useAttention(me)
  const dead = useDeadLetters(me)
  const quarantine = useQuarantine(me)
  const texts = useTexts(me)
  const openings = useOpenings(me)
  const erasures = useErasures(me)
  const corrections = useCorrections(me)
  const changes = useChanges(me, programs.data ?? [])
  const rows = useRef<HTMLUListElement>(null)
  const [asks, setAsks] = useState<{ what: 'done' | 'hand' | 'later', work: Work }>()
  const [shows, show] = useState(false)
  const [busy, setBusy] = useState(false)
  useTitle(say('Today'))
  const does = me.may.includes('work.do')
  const all = list.data?.items ?? []
  const now = mine(all, me)
  const later = now.filter((w) => w.put_off_until !== undefined)
  const tasks = [...now.filter((w) => w.put_off_until === undefined).slice(0, shown), ...shows ? later : []]
  const names = new Map(programs.data?.map((p) => [p.id, p.name]))
  const reload = () => client.invalidateQueries({ queryKey: ['work', 'list'] })

  const focused = () => { const id = (document.activeElement as HTMLElement | null)?.dataset['task']; return tasks.find((w) => w.request === id) }
  const move = (by: 1 | -1) => { const id = step(tasks.map((w) => w.request), focused()?.request, by); if (id !== undefined) rows.current?.querySelector<HTMLElement>(`[data-task="${id}"]`)?.focus() }
  const done = (w: Work) => { if (w.kind === 'task') setAsks({ what: 'done', work: w }); else void go({ to: '/work', search: { work: w.request } }) }
  useKeys({
    j: () => move(1), k: () => move(-1),
    d: () => { const w = focused(); if (w !== undefined && does) done(w) },
    s: () => { const w = focused(); if (w !== undefined && does) { if (w.put_off_until === undefined) setAsks({ what: 'later', work: w }); else putOff(w, undefined) } },
    a: () => { const w = focused(); if (w !== undefined && does) setAsks({ what: 'hand', work: w }) },
  })
  const act = async (does: () => Promise<unknown>, said: string) => {
    setBusy(true)
    try {
      await does()
      toast(said)
    } catch (err) {
      toast(why(err))
    }
    await reload()
    setBusy(false)
    setAsks(undefined)
    onceClosed(() => rows.current?.querySelector<HTMLElement>('[data-task]')?.focus())
  }
  const putOff = (w: Work, long: string | undefined) => void act(() => wanted(api.POST('/v1/work/{work}/put-off', { params: { path: { work: w.request } }, body: long === undefined ? {} : { for: long } })), long === undefined ? say('You are reminded of it again.') : say('Put off for you. Everybody else sees it as before, and it is due as ever.'))
  const saveAll = () => {
    setBusy(true)
    client.fetchQuery({ ...workQuery(client, {}), staleTime: 0 }).then((found) => {
      save('work.csv', 'text/csv', table(found.items))
      if (found.total > found.items.length) toast(say('The first {shown} of {total}', { shown: whole(found.items.length), total: whole(found.total) }))
    }, (err: unknown) => toast(why(err))).finally(() => setBusy(false))
  }

  const missing = (texts.data?.items ?? []).filter((t) => t.used && t.missing.length > 0)
  const asked = (erasures.data?.items ?? []).filter((e) => e.confirmed_by === undefined && e.done_at === undefined && e.asked_by !== me.name)
  const { overview, delivery, inbox } = standing
  const pauses = delivery?.pauses ?? []
  const parts = pauses.filter((p) => !ofAll(p))
  const trouble = Object.values(delivery?.channels ?? {}).filter(troubled)
  const fell = drops(changes.flatMap((c) => c.data === undefined ? [] : [c.data]))
  const reached = changes.flatMap((c) => c.data === undefined || c.data.reached.length === 0 ? [] : [{ program: c.data.name, of: c.data.reached }])
  const sees = { people: me.may.includes('people.list'), delivery: me.may.includes('delivery.read') }
  const loading = [list, attention, dead, quarantine, texts, openings, erasures, corrections].some((q) => q.isLoading) || (sees.delivery && delivery === undefined && live.state !== 'broken')
  const failed = [list, attention, dead, quarantine, texts, openings, erasures, corrections].find((q) => q.isError && q.data === undefined)
  const nothing = !loading && failed === undefined && all.length === 0 && (inbox?.messages ?? 0) === 0 && missing.length === 0 && (attention.data?.total ?? 0) === 0 && (dead.data?.total ?? 0) === 0 && (quarantine.data?.total ?? 0) === 0 && (openings.data?.total ?? 0) === 0 && asked.length === 0 && (corrections.data?.total ?? 0) === 0
  return (
    <div className={`today${live.state === 'broken' ? ' stale' : ''}`}>
      <header className='screen'>
        <h1>{say('Today')}</h1>
        <div className='actions'>{works && <Button disabled={busy || all.length === 0} onClick={saveAll}>{say('All tasks as CSV')}</Button>}</div>
      </header>
      <div className='today-work'>
        <section aria-label={say('What needs me now')} className='today-part'>
          <h2>{say('What needs me now')}</h2>
          {loading && <Waiting what={say('Today is being fetched')} />}
          {failed !== undefined && <Wrong error={failed.error} again={() => void failed.refetch()} />}
          {inbox !== undefined && <InboxCard me={me} inbox={inbox} />}
          {works && all.length > 0 && <Card name='tasks' title={say('{n, plural, one {# piece of work} other {# pieces of work}}', { n: list.data?.total ?? 0 })}>
            <ul ref={rows} className='today-list'>{tasks.map((w) => (
              <li key={w.request} className='today-task'>
                <Link to='/work' search={{ work: w.request }} className='queue-row' data-task={w.request} data-has={holder(w, me)}>
                  <span className='kind'>{kindOf(w)}{holder(w, me) === 'me' && <b> · {say('yours')}</b>}{w.wished === true && <b> · {say('asked for this time')}</b>}{w.overdue === true && <b className='bad'> · {say('overdue')}</b>}{w.put_off_until !== undefined && <> · {say('put off until {time}', { time: instant(w.put_off_until) })}</>}</span>
                  <span className='title'>{what(w)}</span>
                  <span className='quiet'>{[names.get(w.program) ?? w.program, w.for?.replaceAll('_', ' '), w.reason, say('due {time}', { time: instant(w.due) })].filter(Boolean).join(' · ')}</span>
                </Link>
                {does && <p className='row'>
                  {w.kind === 'task' && <Button disabled={busy} onClick={() => done(w)} aria-haspopup='dialog'>{say('Done')} <kbd>D</kbd><span className='unseen'> {what(w)}</span></Button>}
                  {w.put_off_until === undefined
                    ? <Button disabled={busy} onClick={() => setAsks({ what: 'later', work: w })} aria-haspopup='dialog'>{say('Put off')} <kbd>S</kbd><span className='unseen'> {what(w)}</span></Button>
                    : <Button disabled={busy} onClick={() => putOff(w, undefined)}>{say('Remind me again')} <kbd>S</kbd><span className='unseen'> {what(w)}</span></Button>}
                  <Button disabled={busy} onClick={() => setAsks({ what: 'hand', work: w })} aria-haspopup='dialog'>{say('Hand it over')} <kbd>A</kbd><span className='unseen'> {what(w)}</span></Button>
                </p>}
              </li>
            ))}</ul>
            {later.length > 0 && <p><Button aria-pressed={shows} onClick={() => show(!shows)}>{say('{n, plural, one {You put # piece of work off} other {You put # pieces of work off}}', { n: later.length })}</Button></p>}
            <p><Link to='/work' search={{}}>{all.length > tasks.length ? say('All work, also what others have') : say('To the work queue')}</Link>{all.some((w) => w.overdue === true) && <> · <Link to='/work' search={{ overdue: true }}>{say('{n, plural, one {# is overdue} other {# are overdue}}', { n: all.filter((w) => w.overdue === true && open(w)).length })}</Link></>}</p>
          </Card>}
          {missing.length > 0 && <Card name='texts' title={say('{n, plural, one {# text lacks an approval and is not sent} other {# texts lack an approval and are not sent}}', { n: missing.length })}>
            <ul>{missing.slice(0, 5).map((t) => <li key={`${t.program} ${t.content}`}>{names.get(t.program) ?? t.program}: {t.content} <span className='quiet'>{t.missing.join(', ')}</span></li>)}</ul>
            <p className='row'>{[...new Set(missing.map((t) => t.program))].map((p) => <Link key={p} to='/programs/$program/content' params={{ program: p }} search={{}}>{say('To the content of {program}', { program: names.get(p) ?? p })}</Link>)}</p>
          </Card>}
          {(attention.data?.total ?? 0) > 0 && <Card name='attention' bad title={say('{n, plural, one {# passage through a journey cannot go on by itself} other {# passages through journeys cannot go on by themselves}}', { n: attention.data?.total })}>
            <ul>{attention.data?.items.map((a) => <li key={a.enrollment}>{names.get(a.program) ?? a.program}: {a.journey.replaceAll('_', ' ')}, {a.step}. <span className='quiet'>{a.why}</span>{me.may.includes('person.read') && <> · <a href={`/console/people/${encodeURIComponent(a.person)}`}>{say('their record')}</a></>}</li>)}</ul>
          </Card>}
          {(dead.data?.total ?? 0) > 0 && <Card name='deadletters' bad title={say('{n, plural, one {# message did not arrive in the last seven days, as far as is known} other {# messages did not arrive in the last seven days, as far as is known}}', { n: dead.data?.total })}>
            <ul>{dead.data?.items.map((d) => <li key={d.touch}>{d.channel}: {d.engagement.replaceAll('_', ' ')}. <span className='quiet'>{d.says}</span>{me.may.includes('person.read') && <> · <a href={`/console/people/${encodeURIComponent(d.person)}`}>{say('their record')}</a></>}</li>)}</ul>
          </Card>}
          {(quarantine.data?.total ?? 0) > 0 && <Card name='quarantine' title={say('{n, plural, one {# event could not be taken in} other {# events could not be taken in}}', { n: quarantine.data?.total })}>
            {quarantine.data?.items.map((q) => <p key={q.at} className='quiet'>{say('The newest, from {source}: {reason} {remedy}', { source: q.source, reason: q.reason, remedy: q.remedy })}</p>)}
            <p><Link to='/arrivals' search={{ part: 'quarantine' }}>{say('To the quarantine')}</Link></p>
          </Card>}
          {(openings.data?.total ?? 0) > 0 && <Card name='openings' title={say('{n, plural, one {# record was opened from outside a panel, and nobody looked at why} other {# records were opened from outside a panel, and nobody looked at why}}', { n: openings.data?.total })} />}
          {asked.length > 0 && <Card name='erasures' title={say('{n, plural, one {# erasure waits for a second person to confirm it} other {# erasures wait for a second person to confirm them}}', { n: asked.length })} />}
          {(corrections.data?.total ?? 0) > 0 && <Card name='corrections' title={say('{n, plural, one {# fact is disputed, or was said otherwise again} other {# facts are disputed, or were said otherwise again}}', { n: corrections.data?.total })} />}
          {nothing && <Nothing me={me} works={works} />}
        </section>
        <div className='today-part'>
          {sees.people && <section aria-label={say('What changed')} className='today-part'>
            <h2>{say('What changed')}</h2>
            {changes.some((c) => c.isLoading) && <Waiting what={say('What changed is being counted')} />}
            {changes.filter((c) => c.isError).slice(0, 1).map((c) => <Wrong key='wrong' error={c.error} again={() => { for (const x of changes) if (x.isError) void x.refetch() }} />)}
            {fell.map(({ program, phase: p }) => <Card key={`${program.program} ${p.phase}`} name='drop' title={say('Fewer move on from {phase}', { phase: p.name })}>
              <p data-drop={p.phase}>{say('{on} of {entered} who came in the last {days} days moved on; {onBefore} of {enteredBefore} had in the {days} days before.', { on: whole(p.moved_on), entered: whole(p.entered), days: program.days, onBefore: whole(p.moved_on_before), enteredBefore: whole(p.entered_before) })}</p>
              <p className='quiet'>{say('That is {difference} ({low} to {high}), with an interval of 99 %.', { difference: percent(p.difference), low: percent(p.low), high: percent(p.high) })}</p>
              <p><Link to='/programs/$program/map' params={{ program: program.program }} search={{}}>{say('{program}, the map', { program: program.name })}</Link></p>
            </Card>)}
            {reached.length > 0 && <Card name='reached' title={say('Reached in the last seven days')}>
              {reached.map(({ program, of }) => <div key={program}><h4>{program}</h4><ul>{of.map((r) => <li key={r.outcome} data-reached={r.outcome} data-people={r.people}><b>{say('{n, plural, one {# person} other {# people}}', { n: r.people })}</b>: {r.name}</li>)}</ul></div>)}
            </Card>}
            {changes.length > 0 && changes.every((c) => c.data !== undefined) && fell.length === 0 && <p className='quiet' data-calm>{say('From no phase do clearly fewer people move on than in the 28 days before.')}</p>}
          </section>}
          {sees.delivery && <section aria-label={say('How everything does')} className='today-part'>
            <h2>{say('How everything does')}</h2>
            {delivery === undefined && live.state !== 'broken' && <Waiting what={say('Channels are being looked at')} />}
            {overview !== undefined && <Card name='overview' title={overview.people === null ? say('How many people there are is hidden') : say('{n, plural, one {# person} other {# people}}', { n: overview.people })}>
              <p className='quiet'>{overview.behind > 0 ? say('{n, plural, one {# person waits for what came in to be worked through.} other {# people wait for what came in to be worked through.}}', { n: overview.behind }) : say('All that came in is worked through.')}</p>
            </Card>}
            {parts.length > 0 && <Card name='pauses' title={say('Paused')}><ul>{parts.map((p) => <li key={`${paused(p)} ${p.at}`}><b>{paused(p)}</b> · {say('since {time} by {who}: {why}', { time: instant(p.at), who: p.by, why: p.why })}</li>)}</ul></Card>}
            {trouble.length > 0 && <Card name='channels' bad title={say('Channels that are not as usual')}><ul>{trouble.map((c) => <li key={c.channel}><b>{c.channel}</b>{c.breaker !== 'closed' && <> · {c.until === undefined ? say('its carrier does not answer') : say('its carrier does not answer; it is tried again {time}', { time: instant(c.until) })}</>}{(c.held ?? 0) > 0 && <> · {say('{n} are due and paused', { n: whole(c.held ?? 0) })}</>}{(c.above_ceiling ?? 0) > 0 && <> · {say('{n} wait above their ceiling', { n: whole(c.above_ceiling ?? 0) })}</>}</li>)}</ul></Card>}
            {delivery !== undefined && pauses.length === 0 && trouble.length === 0 && <p className='quiet' data-well>{say('All channels work, and nothing is paused.')}</p>}
          </section>}
        </div>
      </div>
      <Dialog open={asks?.what === 'done'} close={() => setAsks(undefined)} title={say('Is it done?')}>
        {asks !== undefined && <>
          <p>{what(asks.work)}</p>
          <p className='quiet'>{say('The journey goes on. This cannot be taken back.')}</p>
          <p className='row'><Button variant='filled' data-autofocus disabled={busy} onClick={() => void act(() => wanted(api.POST('/v1/work/{work}/done', { params: { path: { work: asks.work.request } }, body: { outcome: 'done' } })), say('Done. The journey goes on.'))}>{say('It is done')}</Button><Button onClick={() => setAsks(undefined)}>{say('Not yet')}</Button></p>
        </>}
      </Dialog>
      <Dialog open={asks?.what === 'later'} close={() => setAsks(undefined)} title={say('Put it off for how long?')}>
        {asks !== undefined && <>
          <p>{what(asks.work)}</p>
          <p className='quiet'>{say('You are not reminded of it meanwhile. Everybody else sees it as before, and it is due {time} as ever.', { time: instant(asks.work.due) })}</p>
          <p className='row'>{([['1h', say('An hour')], ['4h', say('Four hours')], ['1d', say('A day')]] as const).map(([long, name], k) => <Button key={long} data-autofocus={k === 0 ? true : undefined} disabled={busy} onClick={() => putOff(asks.work, long)}>{name}</Button>)}</p>
        </>}
      </Dialog>
      {asks?.what === 'hand' && <HandOver work={asks.work} close={() => setAsks(undefined)} give={(to) => void act(() => wanted(api.POST('/v1/work/{work}/hand-over', { params: { path: { work: asks.work.request } }, body: { to: to.account } })), say('{name} has it now, for half an hour. Then anybody may take it.', { name: to.name }))} />}
    </div>
  )
}

/** Nothing waits; and when work comes, where that is known. */
function Nothing ({ me, works }: { me: Me, works: boolean }) {
  const later = useWork(me, { all: true })
  const at = works && later.data !== undefined ? next(later.data.items) : undefined
  return <section className='today-card' data-card='nothing'><h3>{say('Nothing waiting.')}</h3><p className='quiet'>{at === undefined ? say('What needs you comes here by itself.') : say('The next piece of work comes {time}.', { time: instant(at) })}</p></section>
}
