// How everything does, what is held back, and the way to hold back everything or a part.
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'

import { api, wanted, type Me } from '../../api/client'
import { useLive } from '../../api/live'
import { ofAll, paused, usePauses, type Pause } from '../../api/pauses'
import { programs as programsQuery } from '../../api/queries'
import { Waiting, Wrong } from '../../app/states'
import { why } from '../../app/why'
import { Button, Dialog, Select, TextInput, toast } from '../../ui'
import { instant, say, whole } from '../../words/words'
import { allDue, allLater, useCeilings, useChannels, useOverview, type Ceiling } from './ask'

const of = (p: Pause) => ({ channel: p.channel ?? '', program: p.program ?? '', engagement: p.engagement ?? '', journey: p.journey ?? '' })

export function Health ({ me, pausing, setPausing }: { me: Me, pausing: boolean, setPausing: (is: boolean) => void }) {
  const client = useQueryClient()
  const live = useLive()
  const overview = useOverview()
  const channels = useChannels()
  const { pauses } = usePauses(me)
  const ceilings = useCeilings()
  const [part, setPart] = useState(false)
  const [raise, setRaise] = useState<Ceiling>()
  const raises = me.may.includes('ceiling.raise') && (ceilings.data ?? []).some(bounded)
  const [busy, setBusy] = useState(false)
  const controls = me.may.includes('delivery.control')
  const failed = [overview, channels, pauses, ceilings].find((q) => q.isError && q.data === undefined)
  if (failed !== undefined) return <Wrong error={failed.error} again={() => void failed.refetch()} />
  if (overview.data === undefined || channels.data === undefined || pauses.data === undefined || ceilings.data === undefined) return <Waiting what={say('How everything does is being fetched')} />
  const o = overview.data
  const all = pauses.data
  const everything = all.find(ofAll)
  const waits = { due: allDue(channels.data), later: allLater(channels.data) }
  const resume = (p: Pause) => {
    setBusy(true)
    wanted(api.POST('/v1/pauses/end', { body: of(p) })).then(() => { setPausing(false); toast(ofAll(p) ? say('Sending goes on. What is due is asked again, and goes out.') : say('{name} goes on.', { name: paused(p) })) }, (err: unknown) => toast(why(err)))
      .finally(() => { setBusy(false); void client.invalidateQueries({ queryKey: ['pauses'] }) })
  }
  const begun = (said: string) => { setPausing(false); setPart(false); toast(said); void client.invalidateQueries({ queryKey: ['pauses'] }) }
  const numbers: Array<[string, string, string]> = [
    ['people', say('People'), o.people === null ? say('hidden') : whole(o.people)],
    ['due', say('Messages due'), whole(waits.due)],
    ['later', say('Messages that become due later'), whole(waits.later)],
    ['behind', say('Events not applied yet'), whole(o.behind)],
    ['quarantined', say('Events that could not be taken in'), whole(o.quarantined)],
    ['release', say('Release that is live'), o.release.slice(0, 12)],
    ['now', say('The clock that people live by'), instant(o.now)],
  ]
  return (
    <div className={`settings-body${live.state === 'broken' ? ' stale' : ''}`}>
      <h2>{say('Health and pauses')}</h2>
      <dl className='settings-numbers'>{numbers.map(([id, name, value]) => <div key={id} data-number={id}><dt>{name}</dt><dd>{value}</dd></div>)}</dl>
      <h3>{say('Held back now')}</h3>
      {all.length === 0
        ? <p className='quiet' data-none>{say('Nothing is held back.')}</p>
        : <div className='tabled'><table><thead><tr><th scope='col'>{say('What')}</th><th scope='col'>{say('Since')}</th><th scope='col'>{say('By')}</th><th scope='col'>{say('Why')}</th>{controls && <th scope='col'>{say('What to do')}</th>}</tr></thead>
          <tbody>{all.map((p) => <tr key={`${paused(p)} ${p.at}`} data-pause={paused(p)}>
            <th scope='row'>{ofAll(p) ? say('everything') : paused(p)}{p.but_safety === true && <> · {say('Safety messages go on.')}</>}</th><td>{instant(p.at)}</td><td>{p.by}</td><td>{p.why}</td>
            {controls && <td><Button disabled={busy} onClick={() => resume(p)}>{say('Let it go on')}<span className='unseen'> {paused(p)}</span></Button></td>}
          </tr>)}</tbody></table></div>}
      {controls
        ? <p className='row'>
          <Button disabled={everything !== undefined} onClick={() => setPausing(true)} aria-haspopup='dialog'>{say('Pause all sending')}</Button>
          <Button onClick={() => setPart(true)} aria-haspopup='dialog'>{say('Hold back a part')}</Button>
        </p>
        : <p className='quiet'>{say('It takes the permission delivery.control to hold something back, which operators, publishers and safety officers have.')}</p>}
      <h3>{say('How much each engagement says')}</h3>
      <p className='quiet'>{say('Above a ceiling messages wait, so that a mistake in a rule does not reach everybody. To raise one takes two people.')}</p>
      {ceilings.data.length === 0
        ? <p className='quiet'>{say('No engagement said anything within a day.')}</p>
        : <div className='tabled'><table><thead><tr><th scope='col'>{say('Engagement')}</th><th scope='col'>{say('Within an hour')}</th><th scope='col'>{say('Within a day')}</th><th scope='col'>{say('Wait above it')}</th>{raises && <th scope='col'>{say('What to do')}</th>}</tr></thead>
          <tbody>{ceilings.data.map((c) => <tr key={`${c.program} ${c.engagement}`} data-ceiling={`${c.program} ${c.engagement}`}>
            <th scope='row'>{c.program.replaceAll('_', ' ')} · {c.engagement.replaceAll('_', ' ')}</th><td>{bound(c.hour, c.ceiling_hour)}</td><td>{bound(c.day, c.ceiling_day)}{c.raised_until !== undefined && c.raised_until !== '' && <> · {say('raised until {time}', { time: instant(c.raised_until) })}</>}</td><td>{whole(c.waiting ?? 0)}</td>
            {raises && <td>{c.asked !== undefined && <p data-asked={c.asked.to}>{say('{who} asked for {to} a day, for {long}.', { who: c.asked.by, to: whole(c.asked.to), long: c.asked.for })}</p>}{c.asked !== undefined && c.asked.account !== `${me.kind}/${me.id}` ? <Button onClick={() => setRaise(c)} aria-haspopup='dialog'>{say('Say so too')}<span className='unseen'> {c.engagement}</span></Button> : c.asked !== undefined ? <span className='quiet'>{say('Somebody else has to ask for the same until {time}.', { time: instant(c.asked.until) })}</span> : bounded(c) && <Button onClick={() => setRaise(c)} aria-haspopup='dialog'>{say('Raise')}<span className='unseen'> {c.engagement}</span></Button>}</td>}
          </tr>)}</tbody></table></div>}
      <Dialog open={pausing && controls} close={() => setPausing(false)} title={everything === undefined ? say('Pause all sending?') : say('Everything is paused')}>
        {everything !== undefined
          ? <><p>{say('It is held back already.')}</p><p><Button variant='filled' disabled={busy} onClick={() => resume(everything)}>{say('Let it go on')}</Button></p></>
          : <PauseAll {...waits} close={() => setPausing(false)} done={() => begun(say('Nothing goes out from now on. Every screen says so.'))} />}
      </Dialog>
      <Dialog open={part && controls} close={() => setPart(false)} title={say('Hold back a part')}><PausePart channels={channels.data.map((c) => c.channel)} close={() => setPart(false)} done={() => begun(say('It is held back from now on.'))} /></Dialog>
      <Dialog open={raise !== undefined} close={() => setRaise(undefined)} title={say('Let {engagement} say more?', { engagement: raise?.engagement.replaceAll('_', ' ') ?? '' })}>
        {raise !== undefined && <Raise of={raise} close={() => setRaise(undefined)} done={(said) => { setRaise(undefined); toast(said); void ceilings.refetch() }} />}
      </Dialog>
    </div>
  )
}

/** For how long a ceiling may be raised. */
const spans = ['1h', '4h', '24h', '72h']

function Raise ({ of: c, close, done }: { of: Ceiling, close: () => void, done: (said: string) => void }) {
  const [to, setTo] = useState(c.asked !== undefined ? String(c.asked.to) : '')
  const [span, setSpan] = useState(c.asked?.for ?? '24h')
  const [busy, setBusy] = useState(false)
  const ready = !busy && /^[1-9]\d*$/.test(to.trim())
  const give = () => {
    setBusy(true)
    wanted(api.POST('/v1/ceilings/raise', { body: { program: c.program, engagement: c.engagement, to: Number(to), for: span } }))
      .then((r) => done(r.waits !== undefined && r.waits !== '' ? say('It waits for somebody else to ask for the same within an hour.') : say('It may say {to} a day until {time}.', { to: whole(r.to), time: instant(r.until) })), (err: unknown) => toast(why(err))).finally(() => setBusy(false))
  }
  return (
    <form className='fields' onSubmit={(e) => { e.preventDefault(); if (ready) give() }}>
      <p>{say('{n, plural, =0 {No message waits above it.} one {# message waits above it and goes out then.} other {# messages wait above it and go out then.}} Look first whether a rule has it said to too many. Two people have to ask for the same.', { n: c.waiting ?? 0 })}</p>
      <TextInput label={say('How many a day')} inputMode='numeric' value={to} disabled={c.asked !== undefined} onChange={(e) => setTo(e.currentTarget.value)} required data-autofocus />
      <Select label={say('For how long')} value={span} disabled={c.asked !== undefined} onChange={(e) => setSpan(e.currentTarget.value)} data={(spans.includes(span) ? spans : [span, ...spans]).map((value) => ({ value, label: value }))} />
      <p className='row'><Button type='submit' variant='filled' disabled={!ready}>{c.asked !== undefined ? say('Say so too') : say('Ask for it')}</Button><Button onClick={close}>{say('Not now')}</Button></p>
    </form>
  )
}

/** Where nothing bounds an engagement, there is nothing to raise. */
const bounded = (c: Ceiling): boolean => (c.ceiling_hour ?? 0) > 0 || (c.ceiling_day ?? 0) > 0

const bound = (is: number, ceiling: number | undefined): string => ceiling === undefined || ceiling === 0 ? whole(is) : say('{is} of {most}', { is: whole(is), most: whole(ceiling) })

function Reason ({ reason, setReason, safety, setSafety }: { reason: string, setReason: (r: string) => void, safety: boolean, setSafety: (s: boolean) => void }) {
  return (
    <>
      <TextInput label={say('Why? Everybody sees it.')} value={reason} onChange={(e) => setReason(e.currentTarget.value)} required data-autofocus />
      <label className='check'><input type='checkbox' checked={safety} onChange={(e) => setSafety(e.target.checked)} /> {say('What is about safety goes out all the same')}</label>
    </>
  )
}

function usePausing (done: () => void) {
  const [reason, setReason] = useState('')
  const [safety, setSafety] = useState(false)
  const [busy, setBusy] = useState(false)
  const begin = (what: { channel: string, program: string, engagement: string }) => {
    setBusy(true)
    wanted(api.POST('/v1/pauses', { body: { ...what, journey: '', but_safety: safety, why: reason.trim() } })).then(done, (err: unknown) => toast(why(err))).finally(() => setBusy(false))
  }
  return { fields: { reason, setReason, safety, setSafety }, busy: busy || reason.trim() === '', begin }
}

function PauseAll ({ due, later, close, done }: { due: number, later: number, close: () => void, done: () => void }) {
  const { fields, busy, begin } = usePausing(done)
  const [typed, type] = useState('')
  const word = say('PAUSE')
  const ready = !busy && typed.trim().toUpperCase() === word
  return (
    <form className='fields' onSubmit={(e) => { e.preventDefault(); if (ready) begin({ channel: '', program: '', engagement: '' }) }}>
      <p data-waits={due}>{say('Nothing reaches anybody until somebody lets it go on. {due, plural, =0 {No message is due now} one {# message is due now and waits} other {# messages are due now and wait}}; {later, plural, =0 {none becomes due later} one {# more becomes due later} other {# more become due later}}. Nothing is lost: what is due is asked again when it goes on.', { due, later })}</p>
      <p>{say('Every screen says that everything is paused, by whom and why, to all who may see how channels do.')}</p>
      <Reason {...fields} />
      <TextInput label={say('Type {word} to pause everything', { word })} value={typed} onChange={(e) => type(e.currentTarget.value)} autoComplete='off' required />
      <p className='row'><Button type='submit' variant='filled' disabled={!ready}>{say('Pause all sending')}</Button><Button onClick={close}>{say('Not now')}</Button></p>
    </form>
  )
}

function PausePart ({ channels, close, done }: { channels: string[], close: () => void, done: () => void }) {
  const programs = useQuery(programsQuery)
  const { fields, busy, begin } = usePausing(done)
  const [channel, setChannel] = useState('')
  const [program, setProgram] = useState('')
  const [engagement, setEngagement] = useState('')
  const engagements = programs.data?.find((p) => p.id === program)?.engagements ?? []
  const ready = !busy && (channel !== '' || program !== '')
  return (
    <form className='fields' onSubmit={(e) => { e.preventDefault(); if (ready) begin({ channel, program, engagement }) }}>
      <p>{say('What is due waits, and is asked again when it goes on. All that you choose has to fit.')}</p>
      <Select label={say('Channel')} value={channel} onChange={(e) => setChannel(e.currentTarget.value)} data={[{ value: '', label: say('all') }, ...channels.map((value) => ({ value, label: value }))]} />
      <Select label={say('Program')} value={program} onChange={(e) => { setProgram(e.currentTarget.value); setEngagement('') }} data={[{ value: '', label: say('all') }, ...(programs.data ?? []).map((p) => ({ value: p.id, label: p.name }))]} />
      {program !== '' && <Select label={say('Engagement')} value={engagement} onChange={(e) => setEngagement(e.currentTarget.value)} data={[{ value: '', label: say('all') }, ...engagements.map((x) => ({ value: x.id, label: x.id.replaceAll('_', ' ') }))]} />}
      <Reason {...fields} />
      <p className='row'><Button type='submit' variant='filled' disabled={!ready}>{say('Hold it back')}</Button><Button onClick={close}>{say('Not now')}</Button></p>
    </form>
  )
}
