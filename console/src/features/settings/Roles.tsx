// Who is on the staff and what they may do: for who manages staff, accounts; for everybody, what each role may.
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'

import type { Schemas } from '@attune/client'

import { api, wanted, type Me } from '../../api/client'
import { copy } from '../../app/copy'
import { Waiting, Wrong } from '../../app/states'
import { why } from '../../app/why'
import { Button, Dialog, TextInput, toast } from '../../ui'
import { say } from '../../words/words'
import { ProgramChoice, RoleChoice, rolesQuery } from './choices'

type Account = Schemas['StaffAccount']
type Link = Schemas['StaffLink']
type Role = Schemas['RoleShown']

const staffKey = ['settings', 'staff']

export function Roles ({ me }: { me: Me }) {
  const roles = useQuery(rolesQuery)
  const permissions = useQuery({ queryKey: ['settings', 'permissions'], queryFn: ({ signal }) => wanted(api.GET('/v1/permissions', { signal })), staleTime: Infinity })
  const failed = [roles, permissions].find((q) => q.isError)
  if (failed !== undefined) return <Wrong error={failed.error} again={() => void failed.refetch()} />
  if (roles.data === undefined || permissions.data === undefined) return <Waiting what={say('Roles are being fetched')} />
  const means = new Map(permissions.data.map((p) => [p.permission, p.means]))
  return (
    <div className='settings-body'>
      <h2>{say('Staff and roles')}</h2>
      {me.may.includes('staff.manage') ? <Staff me={me} roles={roles.data} /> : <p className='quiet'>{say('Accounts are seen by who manages staff.')}</p>}
      <h3>{say('What each role may')}</h3>
      {roles.data.map((r) => <details key={r.role} data-role={r.role}>
        <summary><b>{r.role}</b> · {r.for}{me.roles.includes(r.role) && <> · <b>{say('yours')}</b></>}</summary>
        {r.panel && <p className='quiet'>{say('Opens records of its own panel only; others with a reason that somebody looks at.')}</p>}
        <ul>{r.may.map((p) => <li key={p} data-permission={p}>{means.get(p) ?? p} <code>{p}</code></li>)}</ul>
        <p className='quiet'>{r.sees.length === 0 ? say('Sees nothing of a person’s record.') : say('Sees of a person’s record: {classes}.', { classes: r.sees.join(', ') })}</p>
      </details>)}
    </div>
  )
}

function Staff ({ me, roles }: { me: Me, roles: Role[] }) {
  const client = useQueryClient()
  const staff = useQuery({ queryKey: staffKey, queryFn: ({ signal }) => wanted(api.GET('/v1/staff', { params: { query: { limit: 500 } }, signal })) })
  const [asks, setAsks] = useState<{ what: 'invite' } | { what: 'roles' | 'access' | 'link', account: Account }>()
  const [made, setMade] = useState<Link>()
  const [busy, setBusy] = useState(false)
  const [lost, setLost] = useState(false)
  if (staff.isError) return <Wrong error={staff.error} again={() => void staff.refetch()} />
  if (staff.data === undefined) return <Waiting what={say('Accounts are being fetched')} />
  const act = <T,>(does: Promise<T>, done: (is: T) => void) => {
    setBusy(true)
    does.then((is) => { setAsks(undefined); done(is) }, (err: unknown) => toast(why(err))).finally(() => { setBusy(false); void client.invalidateQueries({ queryKey: staffKey }) })
  }
  const linked = (l: Link) => { if (l.sent === true) toast(say('The link is sent to {email}.', { email: l.account.email })); else setMade(l) }
  const url = location.origin
  const change = (a: Account, to: { roles?: string[], programs?: string[], disabled?: boolean }) => act(wanted(api.POST('/v1/staff/change', { body: { email: a.email, ...to } })), () => toast(say('It is changed. {name} has to sign in anew.', { name: a.name })))
  const one = asks !== undefined && asks.what !== 'invite' ? asks.account : undefined
  return (
    <>
      <p><Button onClick={() => setAsks({ what: 'invite' })} aria-haspopup='dialog'>{say('Ask somebody in')}</Button></p>
      {staff.data.items.length === 0
        ? <p className='quiet' data-nobody>{say('Nobody has an account yet.')}</p>
        : <div className='tabled'><table><thead><tr><th scope='col'>{say('Name')}</th><th scope='col'>{say('E-mail')}</th><th scope='col'>{say('Roles')}</th><th scope='col'>{say('Whose people')}</th><th scope='col'>{say('How they sign in')}</th><th scope='col'>{say('What to do')}</th></tr></thead>
          <tbody>{staff.data.items.map((a) => <tr key={a.id} data-account={a.email} data-disabled={a.disabled === true}>
            <th scope='row'>{a.name}{a.id === me.id && <> · {say('yours')}</>}</th><td>{a.email}</td><td>{a.roles.join(', ')}</td><td>{(a.programs ?? []).length === 0 ? say('all people') : a.programs?.join(', ')}</td>
            <td>{a.disabled === true ? <b className='bad'>{say('has no access')}</b> : !a.password ? say('has not come in yet') : (a.factors ?? []).length === 0 ? say('by password alone') : say('by password and {factors}', { factors: a.factors?.join(', ') })}</td>
            <td><span className='row'>
              <Button disabled={busy} onClick={() => setAsks({ what: 'roles', account: a })} aria-haspopup='dialog'>{say('Change')}<span className='unseen'> {a.name}</span></Button>
              <Button disabled={busy} onClick={() => { setLost(false); setAsks({ what: 'link', account: a }) }} aria-haspopup='dialog'>{say('New password')}<span className='unseen'> {a.name}</span></Button>
              {a.disabled === true
                ? <Button disabled={busy} onClick={() => change(a, { disabled: false })}>{say('Give access back')}<span className='unseen'> {a.name}</span></Button>
                : a.id !== me.id && <Button disabled={busy} onClick={() => setAsks({ what: 'access', account: a })} aria-haspopup='dialog'>{say('End access')}<span className='unseen'> {a.name}</span></Button>}
            </span></td>
          </tr>)}</tbody></table></div>}
      <Dialog open={asks?.what === 'invite'} close={() => setAsks(undefined)} title={say('Ask somebody in')} wide>
        <Access roles={roles} busy={busy} does={say('Ask them in')} close={() => setAsks(undefined)} give={(is) => act(wanted(api.POST('/v1/staff', { body: { ...is, url } })), linked)} fresh />
      </Dialog>
      <Dialog open={asks?.what === 'roles'} close={() => setAsks(undefined)} title={say('What may {name}?', { name: one?.name ?? '' })} wide>
        {one !== undefined && <Access roles={roles} of={one} own={one.id === me.id} busy={busy} does={say('Change it')} close={() => setAsks(undefined)} give={({ roles: is, programs }) => change(one, { roles: is, programs })} />}
      </Dialog>
      <Dialog open={asks?.what === 'access'} close={() => setAsks(undefined)} title={say('End the access of {name}?', { name: one?.name ?? '' })}>
        <p>{say('They are signed out at once and cannot come in. What they did stays recorded, and access can be given back.')}</p>
        <p className='row'><Button variant='filled' disabled={busy} onClick={() => { if (one !== undefined) change(one, { disabled: true }) }}>{say('End access')}</Button><Button onClick={() => setAsks(undefined)}>{say('Not now')}</Button></p>
      </Dialog>
      <Dialog open={asks?.what === 'link'} close={() => setAsks(undefined)} title={say('Let {name} choose a new password?', { name: one?.name ?? '' })}>
        <p>{say('They get a link by which they choose it.')}</p>
        {(one?.factors ?? []).length > 0 && <p><label className='check'><input type='checkbox' checked={lost} onChange={(e) => setLost(e.target.checked)} /> {say('They lost what they sign in with besides: the link lets them set up another, and the old ones count no more')}</label></p>}
        <p className='row'><Button variant='filled' disabled={busy} onClick={() => { if (one !== undefined) act(wanted(api.POST('/v1/staff/reset', { body: { email: one.email, url, factors: lost } })), linked) }}>{say('Make the link')}</Button><Button onClick={() => setAsks(undefined)}>{say('Not now')}</Button></p>
      </Dialog>
      <Dialog open={made !== undefined} close={() => setMade(undefined)} title={say('A link for {name}', { name: made?.account.name ?? '' })}>
        {made !== undefined && <>
          <p>{say('Give it to them yourself. It is shown this once, and whoever has it can come in as them.')} {made.unsent}</p>
          <p><code data-link>{made.link}</code></p>
          <p><Button onClick={() => copy(made.link ?? '')}>{say('Copy')}</Button></p>
        </>}
      </Dialog>
    </>
  )
}

function Access ({ roles, of, busy, does, close, give, fresh = false, own = false }: { roles: Role[], of?: Account, busy: boolean, does: string, close: () => void, give: (is: { name: string, email: string, roles: string[], programs: string[] }) => void, fresh?: boolean, own?: boolean }) {
  const [name, setName] = useState('')
  const [email, setEmail] = useState('')
  const [has, setHas] = useState(of?.roles ?? [])
  const [panel, setPanel] = useState(of?.programs ?? [])
  const locked = own && !roles.some((r) => has.includes(r.role) && r.may.includes('staff.manage'))
  const ready = !busy && !locked && has.length > 0 && (!fresh || (name.trim() !== '' && email.trim() !== ''))
  return (
    <form className='fields' onSubmit={(e) => { e.preventDefault(); if (ready) give({ name: name.trim(), email: email.trim(), roles: has, programs: panel }) }}>
      {fresh ? <>
        <TextInput label={say('Name')} value={name} onChange={(e) => setName(e.currentTarget.value)} required data-autofocus />
        <TextInput type='email' label={say('E-mail')} value={email} onChange={(e) => setEmail(e.currentTarget.value)} required />
      </> : <p>{say('Their sessions end at once, so that it holds from now on.')}</p>}
      <RoleChoice has={has} choose={setHas} />
      <ProgramChoice has={panel} choose={setPanel} />
      {locked && <p className='bad' role='alert'>{say('So you could give nobody a role any more, yourself neither. Somebody else has to take this from you.')}</p>}
      <p className='row'><Button type='submit' variant='filled' disabled={!ready}>{does}</Button><Button onClick={close}>{say('Not now')}</Button></p>
    </form>
  )
}
