// What would happen if we changed this? Versions of the programs, lived by people who do not exist or by what really happened, side by side.
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'

import { api, wanted, type Me } from '../../api/client'
import { programs as programsQuery } from '../../api/queries'
import { tidy } from '../../app/address'
import { useKeys } from '../../app/keys'
import { Notice, Waiting, Wrong } from '../../app/states'
import { useTitle } from '../../app/title'
import { why } from '../../app/why'
import { Button, ButtonLink, Select, toast } from '../../ui'
import { instant, say, text, whole } from '../../words/words'
import { NewRun } from './NewRun'
import { Numbers } from './Numbers'
import { arms, type Arm, type Result } from './result'
import { result, useRuns, type Job } from './runs'
import type { Search } from './search'
import './sandbox.css'

const states: Record<string, string> = { running: text('running'), done: text('done'), failed: text('failed'), stopped: text('stopped') }

export function SandboxScreen ({ program, search, navigate, me }: { program: string, search: Search, navigate: (s: Search) => void, me: Me }) {
  const programs = useQuery(programsQuery)
  const shown = programs.data?.find((p) => p.id === program)
  const { may, all, afresh } = useRuns(me)
  const [fresh, setFresh] = useState(0)
  useTitle(shown === undefined ? undefined : `${shown.name} · ${say('Sandbox')}`)
  const job = all.data?.find((j) => j.id === search.run)
  const other = all.data?.find((j) => j.id === search.beside)
  const go = (more: Search) => navigate(tidy({ ...search, ...more }))
  const form = () => document.querySelector<HTMLFormElement>('.new-run')
  useKeys({
    r: (e) => { e.preventDefault(); form()?.requestSubmit() },
    c: () => document.querySelector<HTMLSelectElement>('.beside select')?.focus(),
    Escape: () => { if (search.run !== undefined) go({ run: undefined, beside: undefined }) },
  })
  if (!may) return <Notice title={say('You may not see this')} alert><p>{say('Runs take the permission simulate.run, which authors, medical reviewers, publishers and analysts have.')}</p></Notice>
  if (programs.isPending || all.isPending) return <Waiting what={say('Runs are being fetched')} />
  if (all.isError) return <Wrong error={all.error} again={() => void all.refetch()} />
  return (
    <div className='sandbox'>
      <header className='screen'><div><h1>{say('Sandbox')}</h1><p className='quiet'>{shown?.name} · {say('Nothing here reaches anybody.')}</p></div></header>
      <div className='sandbox-work'>
        <section aria-label={say('A new run')}>
          <NewRun key={`${search.try ?? ''} ${fresh}`} program={program} programs={programs.data?.length ?? 1} me={me} first={search.try ?? 'live'} begun={(id) => { void afresh().then(() => { setFresh(0); go({ run: id, beside: undefined }) }) }} />
          <h2>{say('Runs')}</h2>
          {all.data.length === 0
            ? <p>{say('None yet. With “Run it”, 2,000 people who do not exist live under what is live for half a year: it takes a few seconds.')}</p>
            : <ul className='runs'>{all.data.map((j) => <li key={j.id}><button type='button' className='plain' aria-current={j.id === job?.id ? 'true' : undefined} onClick={() => go({ run: j.id, beside: undefined })}><b>{titleOf(j)}</b><span>{j.kind === 'backtest' ? say('what really happened') : say('people who do not exist')} · {say(states[j.state] ?? j.state)}{j.state === 'running' && j.of > 0 && ` ${Math.floor(100 * j.done / j.of)} %`}</span><span className='quiet'>{say('{who}, {when}', { who: j.by, when: instant(j.begun) })}</span></button></li>)}</ul>}
          <p className='quiet'>{say('Runs are forgotten when the server stops. Two run at a time.')}</p>
        </section>
        <section className='came' aria-label={say('What came of it')} aria-live='polite'>
          {search.run !== undefined && job === undefined && <Notice title={say('There is no such run')}><p>{say('The server began anew since, or the run is not for you. Run it again.')}</p></Notice>}
          {search.run === undefined && <Notice title={say('What would happen if we changed this?')}><p>{say('Try a draft beside what is live: the same people live under both, so that what differs comes of the change. Then publish the draft, or do not.')}</p></Notice>}
          {job !== undefined && <Run key={job.id} job={job} other={other} all={all.data} program={program} me={me} go={go} />}
        </section>
      </div>
    </div>
  )
}

const titleOf = (j: Job): string => j.name ?? (j.kind === 'backtest' ? say('a backtest') : say('a simulation'))

function Run ({ job, other, all, program, me, go }: { job: Job, other: Job | undefined, all: Job[], program: string, me: Me, go: (s: Search) => void }) {
  const came = useQuery({ ...result(job), enabled: job.state === 'done' })
  const besides = useQuery({ ...result(other ?? job), enabled: other?.state === 'done' })
  const stop = () => { wanted(api.POST('/v1/jobs/{job}/stop', { params: { path: { job: job.id } } })).catch((err: unknown) => toast(why(err))) }
  const others = all.filter((j) => j.id !== job.id && j.state === 'done' && j.kind === job.kind)
  return (
    <>
      <h2>{titleOf(job)}</h2>
      {job.state === 'running' && <>
        <p><progress aria-label={say('How far it is')} max={job.of > 0 ? job.of : 1} {...(job.of > 0 ? { value: job.done } : {})} /></p>
        <p>{job.of > 0 ? say('{done} of {of} people have lived', { done: whole(job.done), of: whole(job.of) }) : say('It begins')}</p>
        <p><Button onClick={stop}>{say('Stop it')}</Button></p>
      </>}
      {job.state === 'stopped' && <p>{say('It was stopped. Nothing came of it.')}</p>}
      {job.state === 'failed' && <Notice title={say('It failed')} alert><p>{job.error}</p></Notice>}
      {job.state === 'done' && came.isPending && <Waiting what={say('Numbers are being fetched')} />}
      {came.isError && <Wrong error={came.error} again={() => void came.refetch()} />}
      {came.data !== undefined && <>
        <About r={came.data} />
        <p className='row'>
          <ButtonLink href={`/v1/jobs/${job.id}/report`}>{say('The whole report')}</ButtonLink>
          <ButtonLink href={`/v1/jobs/${job.id}/result`} download>{say('As JSON')}</ButtonLink>
          <ButtonLink href={`/v1/jobs/${job.id}/paper`} download>{say('On paper (PDF)')}</ButtonLink>
          <ButtonLink href={`/v1/jobs/${job.id}/tables`} download>{say('As tables (CSV, Parquet)')}</ButtonLink>
          <Promote job={job} program={program} me={me} />
          {others.length > 0 && <span className='beside'><Select size='xs' aria-label={say('Hold another run beside it')} value={other?.id ?? ''} onChange={(e) => go({ beside: e.currentTarget.value === '' ? undefined : e.currentTarget.value })} data={[{ value: '', label: say('beside no other run') }, ...others.map((j) => ({ value: j.id, label: say('beside: {name}, {when}', { name: titleOf(j), when: instant(j.begun) }) }))]} /> <kbd>C</kbd></span>}
        </p>
        {other !== undefined && <p className='note'>{say('Runs that are held beside each other have other people, unless all but the version was the same: what differs may be luck. Within one run both versions have the same people.')}</p>}
        <Numbers r={came.data} all={[...columns(job, came.data), ...(other === undefined || besides.data === undefined ? [] : columns(other, besides.data).map((a) => ({ ...a, name: `${titleOf(other)}: ${a.name}` })))]} />
      </>}
    </>
  )
}

const called = (v: string | undefined): string => v === undefined || v === 'live' ? say('what was live') : v.startsWith('draft/') ? say('the draft') : say('release {n}', { n: v })
const columns = (job: Job, r: Result): Arm[] => arms(r, { tried: called(job.try), beside: called(job.beside), happened: say('what really was') })

/** What a run is of, and what it is worth. */
function About ({ r }: { r: Result }) {
  return r.kind === 'simulation'
    ? <><p>{say('{people} people, {days} days, seed {seed}, in the world “{world}”.', { people: whole(r.is.people), days: r.is.days, seed: r.is.seed, world: r.is.world.name })}{r.is.world.derived && ` ${say('The world was made from the rules.')}`}</p><p className='note worth'>{r.is.note}</p></>
    : <><p>{say('{people} people, {events} events, {from} to {to}.', { people: whole(r.is.people), events: whole(r.is.events), from: instant(r.is.from), to: instant(r.is.to) })}{r.is.people_replayed_differently > 0 && ` ${say('Of {n} people something did not come out as it was written: another version of Attune decided then.', { n: whole(r.is.people_replayed_differently) })}`}</p><p className='note worth'>{r.is.note} {r.is.limits[0]}</p></>
}

/** The way from what was tried to what is published. */
function Promote ({ job, program, me }: { job: Job, program: string, me: Me }) {
  const client = useQueryClient()
  const [busy, setBusy] = useState(false)
  const tried = job.try ?? ''
  if (!me.may.includes('program.edit')) return null
  const map = (draft: string) => `/console/programs/${program}/map?draft=${encodeURIComponent(draft)}`
  if (tried.startsWith('draft/')) return <ButtonLink href={map(tried.slice('draft/'.length))}>{say('Open the draft, to publish it')}</ButtonLink>
  if (tried === '' || tried === 'live') return null
  const begin = () => {
    setBusy(true)
    wanted(api.POST('/v1/drafts', { body: { name: say('As in release {n}', { n: tried }), from: tried } })).then(async (d) => {
      await client.invalidateQueries({ queryKey: ['drafts'] })
      location.assign(map(d.draft))
    }, (err: unknown) => { setBusy(false); toast(why(err)) })
  }
  return <Button onClick={begin} disabled={busy}>{say('Begin a draft from it')}</Button>
}
