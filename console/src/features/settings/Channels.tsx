// How each channel does, how the sending domain stands, and what has to stand in the DNS.
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'

import { api, wanted, type Me } from '../../api/client'
import { useLive } from '../../api/live'
import { copy } from '../../app/copy'
import { Waiting, Wrong } from '../../app/states'
import { why } from '../../app/why'
import { Button, toast } from '../../ui'
import { instant, say, text, whole } from '../../words/words'
import { due, useChannels, type ChannelState } from './ask'
import { ChannelTest } from './ChannelTest'

const breakers: Record<string, string> = { closed: text('its carrier answers'), open: text('its carrier does not answer'), 'half-open': text('its carrier is being tried again') }

function how (c: ChannelState): string {
  if (c.capture_box === true) return say('nothing goes out: the capture box takes it')
  if (c.channel === 'call' || c.channel === 'visit') return say('people carry it, from the work queue')
  const does = breakers[c.breaker]
  return `${does === undefined ? c.breaker : say(does)}${c.until === undefined ? '' : ` · ${say('until {time}', { time: instant(c.until) })}`}`
}

export function Channels ({ me }: { me: Me }) {
  const live = useLive()
  const channels = useChannels()
  const [testing, test] = useState<string>()
  if (channels.isError && channels.data === undefined) return <Wrong error={channels.error} again={() => void channels.refetch()} />
  if (channels.data === undefined) return <Waiting what={say('Channels are being looked at')} />
  const tests = me.may.includes('delivery.control')
  const mail = channels.data.find((c) => c.channel === 'email')
  return (
    <div className={`settings-body${live.state === 'broken' ? ' stale' : ''}`}>
      <h2>{say('Channels')}</h2>
      <div className='tabled'><table><thead><tr><th scope='col'>{say('Channel')}</th><th scope='col'>{say('How it does')}</th><th scope='col'>{say('Due')}</th><th scope='col'>{say('Held back')}</th><th scope='col'>{say('Above a ceiling')}</th><th scope='col'>{say('Under way')}</th><th scope='col'>{say('Later')}</th><th scope='col'>{say('A second, at most')}</th>{tests && <th scope='col'><span className='unseen'>{say('Try it')}</span></th>}</tr></thead>
        <tbody>{channels.data.map((c) => <tr key={c.channel} data-channel={c.channel}>
          <th scope='row'>{c.channel}</th><td className={c.breaker === 'closed' ? undefined : 'bad'}>{how(c)}</td>{[due(c), c.held ?? 0, c.above_ceiling ?? 0, c.under_way, c.later].map((n, k) => <td key={k} className='n'>{whole(n)}</td>)}<td className='n'>{(c.rate ?? 0) === 0 ? say('not bounded') : whole(c.rate ?? 0)}</td>{tests && <td>{c.channel !== 'call' && c.channel !== 'visit' && <Button onClick={() => test(c.channel)} aria-haspopup='dialog'>{say('Test')}<span className='unseen'> {c.channel}</span></Button>}</td>}
        </tr>)}</tbody></table></div>
      <p className='quiet'>{say('Carriers, their addresses and passwords are set where the server is started, and shown nowhere.')}</p>
      {mail !== undefined && mail.capture_box !== true && <Mail me={me} />}
      {me.may.includes('settings.read') && mail?.capture_box !== true && <Records />}
      {testing !== undefined && <ChannelTest channel={testing} close={() => test(undefined)} />}
    </div>
  )
}

function Mail ({ me }: { me: Me }) {
  const client = useQueryClient()
  const standing = useQuery({ queryKey: ['settings', 'mail'], queryFn: ({ signal }) => wanted(api.GET('/v1/email/standing', { signal })) })
  if (standing.isError) return <Wrong error={standing.error} again={() => void standing.refetch()} />
  if (standing.data === undefined) return null
  const s = standing.data
  const goOn = () => { wanted(api.POST('/v1/email/resume')).then(() => toast(say('Promotional e-mails go on.')), (err: unknown) => toast(why(err))).finally(() => void client.invalidateQueries({ queryKey: ['settings', 'mail'] })) }
  return (
    <>
      <h3>{say('How {domain} stands', { domain: s.domain })}</h3>
      <p data-standing={s.level}>{say('{handed, plural, one {# letter} other {# letters}} handed over in seven days, {complaints, plural, =0 {no complaint} one {# complaint} other {# complaints}}.', { handed: s.handed, complaints: s.complaints })}</p>
      {s.paused_at !== undefined && <p className='bad'>{say('Promotional e-mails are stopped since {time}, because of complaints.', { time: instant(s.paused_at) })} {me.may.includes('delivery.control') && <Button onClick={goOn}>{say('Let it go on')}</Button>}</p>}
    </>
  )
}

function Records () {
  const records = useQuery({ queryKey: ['settings', 'dns'], queryFn: ({ signal }) => wanted(api.GET('/v1/email/records', { signal })) })
  if (records.isError) return <Wrong error={records.error} again={() => void records.refetch()} />
  if (records.data === undefined) return null
  return (
    <>
      <h3>{say('What has to stand in the DNS')}</h3>
      {records.data.length === 0
        ? <p className='quiet'>{say('Nothing: no e-mail goes out from here.')}</p>
        : <div className='tabled'><table><thead><tr><th scope='col'>{say('Name')}</th><th scope='col'>{say('Kind')}</th><th scope='col'>{say('Value')}</th><th scope='col'>{say('Why')}</th></tr></thead>
          <tbody>{records.data.map((r) => <tr key={`${r.type} ${r.name}`} data-record={r.name}><th scope='row'><code>{r.name}</code></th><td>{r.type}</td><td><code>{r.value}</code> <Button onClick={() => copy(r.value)}>{say('Copy')}<span className='unseen'> {r.name}</span></Button></td><td>{r.why}</td></tr>)}</tbody></table></div>}
    </>
  )
}
