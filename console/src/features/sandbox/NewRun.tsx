// What a new run tries, beside what, with whom and for how long.
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'

import { api, wanted, type Me } from '../../api/client'
import { drafts } from '../../api/queries'
import { why } from '../../app/why'
import { Button, Segments, Select, TextInput, toast } from '../../ui'
import { instant, say } from '../../words/words'
import { draftFiles, releaseFiles } from '../drafts/useDraft'
import { releases } from '../map/ask'

type Kind = 'simulation' | 'backtest'

/** How much a run over the API may ask for. */
const sizes = { people: 100_000, days: 1100 }

export function NewRun ({ program, programs, me, first, begun }: {
  program: string
  /** How many programs are live. */
  programs: number
  me: Me
  /** What is tried at first. */
  first: string
  begun: (job: string) => void
}) {
  const history = me.may.includes('history.play')
  const [kind, setKind] = useState<Kind>('simulation')
  const [tried, setTried] = useState(first)
  const [beside, setBeside] = useState(first === 'live' ? '' : 'live')
  const [people, setPeople] = useState('2000')
  const [days, setDays] = useState('180')
  const [seed, setSeed] = useState('1')
  const [from, setFrom] = useState('')
  const [to, setTo] = useState('')
  const [existing, setExisting] = useState(false)
  const [alone, setAlone] = useState(true)
  const [world, setWorld] = useState<string>()
  const [busy, setBusy] = useState(false)
  const allDrafts = useQuery({ ...drafts, enabled: me.may.includes('program.read') })
  const allReleases = useQuery({ ...releases, enabled: me.may.includes('program.read') })
  const draft = allDrafts.data?.find((d) => `draft/${d.draft}` === tried)
  const ofDraft = useQuery({ ...draftFiles(draft?.draft ?? '', draft?.version ?? 0), enabled: draft !== undefined })
  const ofRelease = useQuery({ ...releaseFiles(tried), enabled: draft === undefined && !tried.startsWith('draft/') })
  const files = (draft === undefined ? ofRelease.data?.programs : ofDraft.data?.programs)?.find((p) => p.id === program)?.files as Record<string, string> | undefined
  const ownWorld = files?.['world.yaml'] ?? ''
  const past = allReleases.data ?? []
  const versions = [
    { value: 'live', label: say('what is live') },
    ...(allDrafts.data ?? []).map((d) => ({ value: `draft/${d.draft}`, label: say('draft “{name}”', { name: d.name }) })),
    ...past.slice(1).map((r) => ({ value: String(r.number), label: say('release {n}, {when}', { n: r.number, when: instant(r.published) }) })),
  ]
  const called = (v: string) => versions.find((x) => x.value === v)?.label ?? v
  const name = beside === '' ? called(tried) : say('{one} beside {other}', { one: called(tried), other: called(beside) })
  const run = () => {
    setBusy(true)
    const asked = kind === 'simulation'
      ? api.POST('/v1/jobs/simulation', { body: { name, try: tried, ...(beside === '' ? {} : { beside }), ...(alone ? { only: [program] } : {}), people: Number(people), days: Number(days), seed: Number(seed), ...(world === undefined || world === ownWorld ? {} : { world }) } })
      : api.POST('/v1/jobs/backtest', { body: { name, try: tried, against: beside, ...(from === '' ? {} : { from: `${from}T00:00:00Z` }), ...(to === '' ? {} : { to: `${to}T00:00:00Z` }), include_existing: existing } })
    wanted(asked).then((j) => begun(j.id), (err: unknown) => toast(why(err))).finally(() => setBusy(false))
  }
  const whole = (text: string, most: number) => /^\d+$/.test(text) && Number(text) >= 1 && Number(text) <= most
  const ready = kind === 'backtest' || (whole(people, sizes.people) && whole(days, sizes.days) && /^\d+$/.test(seed))
  return (
    <form className='fields new-run' onSubmit={(e) => { e.preventDefault(); if (ready && !busy) run() }}>
      <h2>{say('A new run')}</h2>
      {history && <Segments label={say('With whom')} value={kind} choose={(v) => { setKind(v as Kind); if (v === 'backtest' && (beside === '' || beside.startsWith('draft/'))) setBeside('live') }} of={[{ value: 'simulation', label: say('People who do not exist') }, { value: 'backtest', label: say('What really happened') }]} />}
      <p className='quiet'>{kind === 'simulation'
        ? say('People who do not exist live under the program, in a made-up world. It shows what the program does there, and is no evidence of what it does to patients.')
        : say('What was really heard of people is played under the program. Nothing is sent and nothing is kept but the numbers. That everybody’s history was read is recorded.')}</p>
      <Select label={say('Try')} value={tried} onChange={(e) => { setTried(e.currentTarget.value); setWorld(undefined) }} data={versions} />
      <Select label={say('Beside')} value={beside} onChange={(e) => setBeside(e.currentTarget.value)} data={kind === 'simulation' ? [{ value: '', label: say('nothing else') }, ...versions] : versions.filter((v) => !v.value.startsWith('draft/'))} />
      {kind === 'simulation' && <>
        <div className='three'>
          <TextInput label={say('People')} inputMode='numeric' value={people} onChange={(e) => setPeople(e.currentTarget.value)} error={whole(people, sizes.people) ? undefined : say('1 to {most}', { most: sizes.people })} />
          <TextInput label={say('Days')} inputMode='numeric' value={days} onChange={(e) => setDays(e.currentTarget.value)} error={whole(days, sizes.days) ? undefined : say('1 to {most}', { most: sizes.days })} />
          <TextInput label={say('Seed')} title={say('draws other people')} inputMode='numeric' value={seed} onChange={(e) => setSeed(e.currentTarget.value)} error={/^\d+$/.test(seed) ? undefined : say('a number')} />
        </div>
        {programs > 1 && <label className='check'><input type='checkbox' checked={alone} onChange={(e) => setAlone(e.target.checked)} /> {say('This program alone, without the others')}</label>}
        <details><summary>{ownWorld === '' ? say('The world: made from the program’s rules') : say('The world they live in: the program’s own')}</summary>
          <p className='quiet'>{say('What happens to people, what they tend to do and what a message changes. Every number is somebody’s assumption: change them, and see what then.')}</p>
          <textarea className='text' aria-label={say('The world')} rows={14} spellCheck={false} value={world ?? ownWorld} onChange={(e) => setWorld(e.target.value)} />
        </details>
      </>}
      {kind === 'backtest' && <>
        <div className='two'>
          <TextInput type='date' label={say('From, or the beginning')} value={from} onChange={(e) => setFrom(e.currentTarget.value)} />
          <TextInput type='date' label={say('To, or now')} value={to} onChange={(e) => setTo(e.currentTarget.value)} />
        </div>
        <label className='check'><input type='checkbox' checked={existing} onChange={(e) => setExisting(e.target.checked)} /> {say('What is so already counts as news')}</label>
      </>}
      <p><Button type='submit' variant='filled' disabled={!ready || busy}>{say('Run it')} <kbd>R</kbd></Button></p>
    </form>
  )
}
