// Who asks without a person at a screen: tokens that staff made for themselves, tokens of scripts, and other systems with their keys.
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState, type ReactNode } from 'react'

import type { Schemas } from '@attune/client'

import { api, wanted, type Me } from '../../api/client'
import { copy } from '../../app/copy'
import { Waiting, Wrong } from '../../app/states'
import { why } from '../../app/why'
import { Button, Dialog, Select, TextInput, toast } from '../../ui'
import { Long } from '../../ui/fields'
import { instant, say } from '../../words/words'
import { ProgramChoice, RoleChoice } from './choices'

type Token = Schemas['StaffToken']
type Made = Schemas['TokenMade']
type Service = Schemas['StaffService']

const mineKey = ['settings', 'tokens', 'mine']
const tokensKey = ['settings', 'tokens']
const servicesKey = ['settings', 'services']

/** For how many days a token may last; a year is the most. */
const lasts = [7, 30, 90, 180, 365]
const day = 86_400_000

/** Never is the year 1, as the server writes an instant that was none. */
const used = (at: string | undefined): string => at === undefined || at.startsWith('0001-') ? say('never used') : say('last used {when}', { when: instant(at) })

export function Keys ({ me }: { me: Me }) {
  const [made, setMade] = useState<Made>()
  const manages = me.may.includes('staff.manage')
  return (
    <div className='settings-body'>
      <h2>{say('Tokens and systems')}</h2>
      {me.kind === 'account' && <Own made={setMade} />}
      {manages ? <><Scripts made={setMade} me={me} /><Services /></> : <p className='quiet'>{say('Tokens of scripts and other systems are seen by who manages staff.')}</p>}
      <Dialog open={made !== undefined} close={() => setMade(undefined)} title={say('The token {name}', { name: made?.name ?? '' })}>
        {made !== undefined && <>
          <p>{say('It is shown this once: keep it where secrets are kept. Whoever has it may do what it may.')}</p>
          <p><code data-secret>{made.token}</code></p>
          <p><Button onClick={() => copy(made.token ?? '')}>{say('Copy')}</Button></p>
        </>}
      </Dialog>
    </div>
  )
}

/** What dialogs of this part do: ask, say what is wrong, and fetch the list anew. */
function useActs (key: string[]) {
  const client = useQueryClient()
  const [busy, setBusy] = useState(false)
  const act = <T,>(does: Promise<T>, done: (is: T) => void) => {
    setBusy(true)
    does.then(done, (err: unknown) => toast(why(err))).finally(() => { setBusy(false); void client.invalidateQueries({ queryKey: key }) })
  }
  return { busy, act }
}

function Own ({ made }: { made: (t: Made) => void }) {
  const mine = useQuery({ queryKey: mineKey, queryFn: ({ signal }) => wanted(api.GET('/v1/me/tokens', { signal })) })
  const { busy, act } = useActs(mineKey)
  const [asks, setAsks] = useState(false)
  const [ends, setEnds] = useState<Token>()
  return (
    <>
      <h3>{say('Yours')}</h3>
      <p className='quiet'>{say('Whoever asks by one of them is you, and may do what you may. They end with your password, your roles or your account.')}</p>
      {mine.isError ? <Wrong error={mine.error} again={() => void mine.refetch()} /> : mine.data === undefined ? <Waiting what={say('Tokens are being fetched')} /> : <Tokens of={mine.data.items} end={setEnds} busy={busy} none={say('You have no token.')} />}
      <p><Button onClick={() => setAsks(true)} aria-haspopup='dialog'>{say('Make a token for yourself')}</Button></p>
      <Dialog open={asks} close={() => setAsks(false)} title={say('Make a token for yourself')}>
        <NewToken busy={busy} close={() => setAsks(false)} give={({ name, ends: at }) => act(wanted(api.POST('/v1/me/tokens', { body: { name, ends: at } })), (t) => { setAsks(false); made(t) })} />
      </Dialog>
      <Ends of={ends} close={() => setEnds(undefined)} busy={busy} does={(t) => act(wanted(api.DELETE('/v1/me/tokens/{token}', { params: { path: { token: t.name } } })), () => { setEnds(undefined); toast(say('It is taken away.')) })} />
    </>
  )
}

function Scripts ({ made, me }: { made: (t: Made) => void, me: Me }) {
  const all = useQuery({ queryKey: tokensKey, queryFn: ({ signal }) => wanted(api.GET('/v1/tokens', { params: { query: { limit: 500 } }, signal })) })
  const { busy, act } = useActs(tokensKey)
  const [asks, setAsks] = useState(false)
  const [ends, setEnds] = useState<Token>()
  return (
    <>
      <h3>{say('Of scripts and of colleagues')}</h3>
      {all.isError ? <Wrong error={all.error} again={() => void all.refetch()} /> : all.data === undefined ? <Waiting what={say('Tokens are being fetched')} /> : <Tokens of={all.data.items.filter((t) => me.kind !== 'account' || t.account !== me.id)} end={setEnds} busy={busy} none={say('Nobody else has a token, and no script.')} roles />}
      <p><Button onClick={() => setAsks(true)} aria-haspopup='dialog'>{say('Make a token for a script')}</Button></p>
      <Dialog open={asks} close={() => setAsks(false)} title={say('Make a token for a script')} wide>
        <NewToken busy={busy} close={() => setAsks(false)} roles give={(is) => act(wanted(api.POST('/v1/tokens', { body: is })), (t) => { setAsks(false); made(t) })} />
      </Dialog>
      <Ends of={ends} close={() => setEnds(undefined)} busy={busy} does={(t) => act(wanted(api.DELETE('/v1/tokens/{token}', { params: { path: { token: t.name } } })), () => { setEnds(undefined); toast(say('It is taken away.')) })} />
    </>
  )
}

function Tokens ({ of, end, busy, none, roles = false }: { of: Token[], end: (t: Token) => void, busy: boolean, none: string, roles?: boolean }) {
  if (of.length === 0) return <p className='quiet'>{none}</p>
  return (
    <div className='tabled'><table><thead><tr><th scope='col'>{say('Name')}</th>{roles && <th scope='col'>{say('May')}</th>}<th scope='col'>{say('Until')}</th><th scope='col'>{say('Used')}</th><th scope='col'>{say('What to do')}</th></tr></thead>
      <tbody>{of.map((t) => <tr key={t.id} data-token={t.name}>
        <th scope='row'>{t.name}</th>{roles && <td>{t.account !== undefined && t.account !== '' ? say('what its maker may') : t.roles.join(', ')}{(t.programs ?? []).length > 0 && ` · ${(t.programs ?? []).join(', ')}`}</td>}
        <td>{instant(t.ends)}{Date.parse(t.ends) < Date.now() && <b className='bad'> {say('over')}</b>}</td><td>{used(t.used)}</td>
        <td><Button disabled={busy} onClick={() => end(t)} aria-haspopup='dialog'>{say('Take away')}<span className='unseen'> {t.name}</span></Button></td>
      </tr>)}</tbody></table></div>
  )
}

function Ends ({ of, close, does, busy }: { of: Token | undefined, close: () => void, does: (t: Token) => void, busy: boolean }) {
  return (
    <Dialog open={of !== undefined} close={close} title={say('Take the token {name} away?', { name: of?.name ?? '' })}>
      <p>{say('Whoever uses it is refused from the next request on.')}</p>
      <p className='row'><Button variant='filled' disabled={busy} onClick={() => { if (of !== undefined) does(of) }}>{say('Take it away')}</Button><Button onClick={close}>{say('Not now')}</Button></p>
    </Dialog>
  )
}

function NewToken ({ give, close, busy, roles = false }: { give: (is: { name: string, ends: string, roles: string[], programs: string[] }) => void, close: () => void, busy: boolean, roles?: boolean }) {
  const [name, setName] = useState('')
  const [days, setDays] = useState('90')
  const [has, setHas] = useState<string[]>([])
  const [panel, setPanel] = useState<string[]>([])
  const ready = !busy && name.trim() !== '' && (!roles || has.length > 0)
  return (
    <form className='fields' onSubmit={(e) => { e.preventDefault(); if (ready) give({ name: name.trim(), ends: new Date(Date.now() + Number(days) * day).toISOString(), roles: has, programs: panel }) }}>
      <TextInput label={say('What it is for')} description={say('a short name, such as laptop or nightly')} value={name} onChange={(e) => setName(e.currentTarget.value)} required data-autofocus />
      <Select label={say('For how long')} value={days} onChange={(e) => setDays(e.currentTarget.value)} data={lasts.map((n) => ({ value: String(n), label: say('{n, plural, one {# day} other {# days}}', { n }) }))} />
      {roles && <><RoleChoice has={has} choose={setHas} /><ProgramChoice has={panel} choose={setPanel} /></>}
      <p className='row'><Button type='submit' variant='filled' disabled={!ready}>{say('Make it')}</Button><Button onClick={close}>{say('Not now')}</Button></p>
    </form>
  )
}

function Services () {
  const all = useQuery({ queryKey: servicesKey, queryFn: ({ signal }) => wanted(api.GET('/v1/services', { params: { query: { limit: 500 } }, signal })) })
  const { busy, act } = useActs(servicesKey)
  const [asks, setAsks] = useState<{ what: 'new' } | { what: 'keys' | 'end', service: Service }>()
  const close = () => setAsks(undefined)
  const one = asks !== undefined && asks.what !== 'new' ? asks.service : undefined
  const done = (said: string) => () => { close(); toast(said) }
  return (
    <>
      <h3>{say('Other systems')}</h3>
      <p className='quiet'>{say('A system proves who it is by its own keys, of which only the public half is kept here, and gets access for minutes.')}</p>
      {all.isError ? <Wrong error={all.error} again={() => void all.refetch()} /> : all.data === undefined ? <Waiting what={say('Systems are being fetched')} /> : all.data.items.length === 0
        ? <p className='quiet'>{say('No system has an account.')}</p>
        : <div className='tabled'><table><thead><tr><th scope='col'>{say('Name')}</th><th scope='col'>{say('Client id')}</th><th scope='col'>{say('May')}</th><th scope='col'>{say('Sends as')}</th><th scope='col'>{say('Keys')}</th><th scope='col'>{say('Used')}</th><th scope='col'>{say('What to do')}</th></tr></thead>
          <tbody>{all.data.items.map((s) => <tr key={s.id} data-service={s.name}>
            <th scope='row'>{s.name}</th><td><code>{s.id}</code></td><td>{s.roles.join(', ')}</td><td>{s.source}</td><td>{s.jwks_uri !== undefined && s.jwks_uri !== '' ? s.jwks_uri : say('{n, plural, one {# key} other {# keys}}', { n: keysOf(s) })}</td><td>{used(s.used)}</td>
            <td><span className='row'><Button disabled={busy} onClick={() => setAsks({ what: 'keys', service: s })} aria-haspopup='dialog'>{say('Other keys')}<span className='unseen'> {s.name}</span></Button><Button disabled={busy} onClick={() => setAsks({ what: 'end', service: s })} aria-haspopup='dialog'>{say('Take away')}<span className='unseen'> {s.name}</span></Button></span></td>
          </tr>)}</tbody></table></div>}
      <p><Button onClick={() => setAsks({ what: 'new' })} aria-haspopup='dialog'>{say('Give a system an account')}</Button></p>
      <Dialog open={asks?.what === 'new'} close={close} title={say('Give a system an account')} wide>
        <NewService busy={busy} close={close} give={(is) => act(wanted(api.POST('/v1/services', { body: is })), done(say('It can ask for access now, by its client id.')))} />
      </Dialog>
      <Dialog open={asks?.what === 'keys'} close={close} title={say('Other keys for {name}', { name: one?.name ?? '' })} wide>
        <Proof busy={busy} close={close} does={say('Change them')} give={(keys) => { if (one !== undefined) act(wanted(api.PUT('/v1/services/{service}/keys', { params: { path: { service: one.name } }, body: keys })), done(say('Its keys are changed.'))) }}><p>{say('The access that it has ends at once.')}</p></Proof>
      </Dialog>
      <Dialog open={asks?.what === 'end'} close={close} title={say('Take the account of {name} away?', { name: one?.name ?? '' })}>
        <p>{say('The access that it has ends at once, and nothing that it sends is taken in any more. What it sent stays.')}</p>
        <p className='row'><Button variant='filled' disabled={busy} onClick={() => { if (one !== undefined) act(wanted(api.DELETE('/v1/services/{service}', { params: { path: { service: one.name } } })), done(say('It is taken away.'))) }}>{say('Take it away')}</Button><Button onClick={close}>{say('Not now')}</Button></p>
      </Dialog>
    </>
  )
}

const keysOf = (s: Service): number => ((s.jwks as { keys?: unknown[] } | undefined)?.keys ?? []).length

type Proving = { jwks?: unknown, jwks_uri?: string }

/** Asks for the public keys of a system, or for where it publishes them. */
function Proof ({ give, close, does, busy, ready = true, children }: { give: (keys: Proving) => void, close: () => void, does: string, busy: boolean, ready?: boolean, children?: ReactNode }) {
  const [at, setAt] = useState('')
  const [keys, setKeys] = useState('')
  const read = (): Proving | undefined => {
    if (at.trim() !== '') return { jwks_uri: at.trim() }
    try {
      return { jwks: JSON.parse(keys) as unknown }
    } catch {
      return undefined
    }
  }
  const is = read()
  const both = at.trim() !== '' && keys.trim() !== ''
  const may = !busy && ready && is !== undefined && !both
  return (
    <form className='fields' onSubmit={(e) => { e.preventDefault(); if (may) give(is) }}>
      {children}
      <TextInput type='url' label={say('Where it publishes its public keys')} description={say('an address that ends in its set of keys (JWKS)')} value={at} onChange={(e) => setAt(e.currentTarget.value)} />
      <Long label={say('Or its public keys')} description={say('the set itself, as JSON: {example}', { example: '{"keys": […]}' })} value={keys} change={setKeys} rows={4} spellCheck={false} />
      {both && <p className='bad' role='alert'>{say('Give one of the two.')}</p>}
      {!both && is === undefined && keys.trim() !== '' && <p className='bad' role='alert'>{say('This is no JSON.')}</p>}
      <p className='row'><Button type='submit' variant='filled' disabled={!may}>{does}</Button><Button onClick={close}>{say('Not now')}</Button></p>
    </form>
  )
}

function NewService ({ give, close, busy }: { give: (is: Schemas['StaffServiceInput']) => void, close: () => void, busy: boolean }) {
  const [name, setName] = useState('')
  const [source, setSource] = useState('')
  const [has, setHas] = useState(['service'])
  const [panel, setPanel] = useState<string[]>([])
  return (
    <Proof busy={busy} close={close} does={say('Give it an account')} ready={name.trim() !== '' && has.length > 0} give={(keys) => give({ name: name.trim(), roles: has, programs: panel, ...(source.trim() === '' ? {} : { source: source.trim() }), ...keys })}>
      <TextInput label={say('Name')} value={name} onChange={(e) => setName(e.currentTarget.value)} required data-autofocus />
      <TextInput label={say('As which source it sends events')} description={say('nothing where it only reads')} value={source} onChange={(e) => setSource(e.currentTarget.value)} />
      <RoleChoice has={has} choose={setHas} />
      <ProgramChoice has={panel} choose={setPanel} />
    </Proof>
  )
}
