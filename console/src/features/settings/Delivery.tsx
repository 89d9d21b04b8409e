// How each channel does, a test that ends in the carrier's word, and what holds everything back.
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useState } from 'react'

import type { Schemas } from '@attune/client'

import { api, wanted, type Me } from '../../api/client'
import { ofAll, paused, usePauses } from '../../api/pauses'
import { Waiting, Wrong } from '../../app/states'
import { why } from '../../app/why'
import { Button, Dialog, onceClosed, TextInput, toast } from '../../ui'
import { instant, say, whole } from '../../words/words'

type Channel = Schemas['ChannelState']
type Tried = Schemas['ChannelTried']

const channels = { queryKey: ['channels'], queryFn: ({ signal }: { signal: AbortSignal }) => wanted(api.GET('/v1/channels', { signal })) }
const due = (c: Channel) => Object.values(c.due).reduce((sum, n) => sum + n, 0)
/** Whether people hand it over, and not a carrier. */
const human = (c: Channel) => c.channel === 'call' || c.channel === 'visit'

export function Delivery ({ me, asks, asked }: { me: Me, asks: boolean, asked: () => void }) {
  const client = useQueryClient()
  const controls = me.may.includes('delivery.control')
  const all = useQuery({ ...channels, staleTime: 0, refetchInterval: 10_000 })
  const { pauses } = usePauses(me)
  const [dialog, setDialog] = useState<'pause' | { channel: string }>()
  useEffect(() => { // the palette leads here
    if (!asks) return
    if (controls) onceClosed(() => setDialog('pause'))
    asked()
  }, [asks, controls, asked])
  const again = () => Promise.all([client.invalidateQueries({ queryKey: ['pauses'] }), client.invalidateQueries({ queryKey: ['channels'] })])
  const resume = (p: Schemas['Pause']) => void wanted(api.POST('/v1/pauses/end', { body: { channel: p.channel ?? '', program: p.program ?? '', engagement: p.engagement ?? '', journey: p.journey ?? '' } })).then(() => { toast(say('It goes on.')); void again() }, (err: unknown) => toast(why(err)))
  if (all.isPending) return <Waiting what={say('Channels are being fetched')} />
  if (all.isError) return <Wrong error={all.error} again={() => void all.refetch()} />
  const held = pauses.data ?? []
  const whole_ = held.some(ofAll)
  return (
    <div className='part'>
      <section aria-label={say('Channels')}>
        <h2>{say('Channels')}</h2>
        <table className='channels'>
          <thead><tr><th scope='col'>{say('channel')}</th><th scope='col'>{say('who carries it')}</th><th scope='col'>{say('how it does')}</th><th scope='col'>{say('due')}</th><th scope='col'>{say('later')}</th><th scope='col'><span className='unseen'>{say('Try it')}</span></th></tr></thead>
          <tbody>{all.data.map((c) => (
            <tr key={c.channel} data-channel={c.channel}>
              <th scope='row'>{c.channel}</th>
              <td>{c.capture_box === true ? say('nobody: the capture box keeps it') : human(c) ? say('staff, from the work queue') : say('its carrier')}</td>
              <td className={c.breaker === 'closed' ? undefined : 'bad'}>{c.breaker === 'closed' ? say('as usual') : c.until === undefined ? say('the carrier does not answer') : say('the carrier does not answer; it is tried again {time}', { time: instant(c.until) })}{(c.held ?? 0) > 0 && <> · {say('{n} are held back', { n: whole(c.held ?? 0) })}</>}{(c.above_ceiling ?? 0) > 0 && <> · {say('{n} wait above their ceiling', { n: whole(c.above_ceiling ?? 0) })}</>}</td>
              <td>{whole(due(c))}</td><td>{whole(c.later)}</td>
              <td>{controls && !human(c) && <Button onClick={() => setDialog({ channel: c.channel })} aria-haspopup='dialog'>{say('Test')}<span className='unseen'> {c.channel}</span></Button>}</td>
            </tr>
          ))}</tbody>
        </table>
      </section>
      <section aria-label={say('What is held back')}>
        <h2>{say('What is held back')}</h2>
        {pauses.isError && <Wrong error={pauses.error} again={() => void pauses.refetch()} />}
        {held.length === 0 && pauses.data !== undefined && <p>{say('Nothing is paused.')}</p>}
        <ul className='held-back'>{held.map((p) => (
          <li key={`${paused(p)} ${p.at}`}><span><b>{ofAll(p) ? say('everything') : paused(p)}</b> · {say('since {time} by {who}: {why}', { time: instant(p.at), who: p.by, why: p.why })}</span>{controls && <Button onClick={() => resume(p)}>{say('Let it go on')}<span className='unseen'> {ofAll(p) ? say('everything') : paused(p)}</span></Button>}</li>
        ))}</ul>
        {controls && !whole_ && <p className='row'><Button onClick={() => setDialog('pause')} aria-haspopup='dialog'>{say('Pause everything')}</Button></p>}
        {!controls && <p className='quiet'>{say('Operators, publishers and safety officers pause and resume.')}</p>}
      </section>
      {dialog === 'pause' && <PauseAll due={all.data.reduce((sum, c) => sum + due(c), 0)} close={() => setDialog(undefined)} done={() => { setDialog(undefined); void again() }} />}
      {typeof dialog === 'object' && <Test channel={dialog.channel} close={() => setDialog(undefined)} />}
    </div>
  )
}

/** Asks for one typed word, and says what will wait. */
function PauseAll ({ due, close, done }: { due: number, close: () => void, done: () => void }) {
  const word = say('PAUSE')
  const [typed, type] = useState('')
  const [reason, setReason] = useState('')
  const [safety, setSafety] = useState(true)
  const [busy, setBusy] = useState(false)
  const pause = () => {
    setBusy(true)
    wanted(api.POST('/v1/pauses', { body: { channel: '', program: '', engagement: '', journey: '', but_safety: safety, why: reason.trim() } })).then(done, (err: unknown) => { setBusy(false); toast(why(err)) })
  }
  return (
    <Dialog open close={close} title={say('Pause everything?')}>
      <form className='choose' onSubmit={(e) => { e.preventDefault(); if (typed === word && reason.trim() !== '' && !busy) pause() }}>
        <p>{say('Nothing is handed over to anybody until somebody lets it go on. {n, plural, =0 {Nothing is due just now.} one {# message is due and waits.} other {# messages are due and wait.}} What happens meanwhile is heard, and nothing is lost.', { n: due })}</p>
        <TextInput label={say('Why? Everybody sees it.')} value={reason} onChange={(e) => setReason(e.currentTarget.value)} required maxLength={200} data-autofocus />
        <label className='check'><input type='checkbox' checked={safety} onChange={(e) => setSafety(e.target.checked)} /> {say('Messages about safety go on')}</label>
        <TextInput label={say('Type {word} to do it', { word })} value={typed} onChange={(e) => type(e.currentTarget.value)} autoComplete='off' />
        <p className='row'><Button type='submit' variant='filled' disabled={busy || typed !== word || reason.trim() === ''}>{say('Pause everything')}</Button><Button onClick={close}>{say('Cancel')}</Button></p>
      </form>
    </Dialog>
  )
}

/** Hands a message that is nobody's to a carrier, and shows its word. */
function Test ({ channel, close }: { channel: string, close: () => void }) {
  const [to, setTo] = useState('')
  const [busy, setBusy] = useState(false)
  const [tried, setTried] = useState<Tried>()
  const [refused, setRefused] = useState<unknown>()
  const test = () => {
    setBusy(true)
    setTried(undefined)
    setRefused(undefined)
    wanted(api.POST('/v1/channels/{channel}/test', { params: { path: { channel } }, body: { to: to.trim() } })).then((t) => { setTried(t); setBusy(false) }, (err: unknown) => { setRefused(err); setBusy(false) })
  }
  return (
    <Dialog open close={close} title={say('Test {channel}', { channel })}>
      <form className='choose' onSubmit={(e) => { e.preventDefault(); if (to.trim() !== '' && !busy) test() }}>
        <p>{say('A short message that is nobody’s goes to an address of your own. It counts nowhere, and goes out while delivery is paused.')}</p>
        <TextInput label={channel === 'email' ? say('Your e-mail address') : say('Your number or address')} value={to} onChange={(e) => setTo(e.currentTarget.value)} autoComplete='off' required data-autofocus />
        <p className='row'><Button type='submit' variant='filled' disabled={busy || to.trim() === ''}>{busy ? say('It is being handed over') : say('Send it')}</Button></p>
        <div aria-live='polite'>
          {refused !== undefined && <Wrong error={refused} />}
          {tried?.ok === true && <p className='good' data-tried='yes'>{say('Taken in {ms} ms{as}.', { ms: whole(tried.took_ms), as: tried.reference === undefined || tried.reference === '' ? '' : `, ${tried.reference}` })}</p>}
          {tried?.ok === false && <div data-tried='no'><p className='bad'>{say('Not taken: {why}.', { why: tried.why ?? '' })}</p><p>{say('What may help: {remedy}.', { remedy: tried.remedy ?? '' })}</p></div>}
        </div>
      </form>
    </Dialog>
  )
}
