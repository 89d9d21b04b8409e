// Who works here, and what each role may do.
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'

import type { Schemas } from '@attune/client'

import { api, wanted, type Me } from '../../api/client'
import { programs as programsQuery } from '../../api/queries'
import { Waiting, Wrong } from '../../app/states'
import { why } from '../../app/why'
import { Button, Dialog, TextInput, toast } from '../../ui'
import { instant, say } from '../../words/words'

type Account = Schemas['StaffAccount']
type Link = Schemas['StaffLink']
type Role = Schemas['RoleShown']

const staff = { queryKey: ['staff'], queryFn: async ({ signal }: { signal: AbortSignal }) => (await wanted(api.GET('/v1/staff', { params: { query: { limit: 500 } }, signal }))).items }
const roles = { queryKey: ['roles'], queryFn: ({ signal }: { signal: AbortSignal }) => wanted(api.GET('/v1/roles', { signal })), staleTime: Infinity }

export function Staff ({ me }: { me: Me }) {
  const client = useQueryClient()
  const all = useQuery({ ...staff, staleTime: 0 })
  const known = useQuery(roles)
  const [dialog, setDialog] = useState<'invite' | { of: Account }>()
  const [link, setLink] = useState<Link>()
  const again = () => client.invalidateQueries({ queryKey: ['staff'] })
  if (all.isError) return <Wrong error={all.error} again={() => void all.refetch()} />
  if (known.isError) return <Wrong error={known.error} again={() => void known.refetch()} />
  if (all.isPending || known.isPending) return <Waiting what={say('Staff are being fetched')} />
  const change = (a: Account, body: Omit<Schemas['StaffChangeInput'], 'email'>, done: string) => void wanted(api.POST('/v1/staff/change', { body: { email: a.email, ...body } })).then(() => { toast(done); setDialog(undefined); void again() }, (err: unknown) => toast(why(err)))
  const reset = (a: Account) => void wanted(api.POST('/v1/staff/reset', { body: { email: a.email, url: location.origin } })).then((l) => { setDialog(undefined); setLink(l); void again() }, (err: unknown) => toast(why(err)))
  return (
    <div className='part'>
      <section aria-label={say('Staff')}>
        <h2>{say('Staff')}</h2>
        {all.data.length === 0 && <p>{say('Nobody has an account yet. Whoever is invited gets a link, and chooses a password and a second factor.')}</p>}
        {all.data.length > 0 && <table className='staff'>
          <thead><tr><th scope='col'>{say('name')}</th><th scope='col'>{say('e-mail')}</th><th scope='col'>{say('roles')}</th><th scope='col'>{say('whose people')}</th><th scope='col'>{say('sign-in')}</th><th scope='col'><span className='unseen'>{say('Change')}</span></th></tr></thead>
          <tbody>{all.data.map((a) => (
            <tr key={a.id} data-account={a.email}>
              <th scope='row'>{a.name}{a.disabled === true && <b className='bad'> · {say('disabled')}</b>}</th><td>{a.email}</td><td>{a.roles.join(', ')}</td><td>{(a.programs ?? []).length === 0 ? say('all') : a.programs?.join(', ')}</td>
              <td>{!a.password ? say('has not signed in yet; made {when}', { when: instant(a.made) }) : (a.factors ?? []).length === 0 ? say('password') : say('password and {factors}', { factors: (a.factors ?? []).join(', ') })}</td>
              <td><Button onClick={() => setDialog({ of: a })} aria-haspopup='dialog'>{say('Change')}<span className='unseen'> {a.name}</span></Button></td>
            </tr>
          ))}</tbody>
        </table>}
        <p className='row'><Button onClick={() => setDialog('invite')} aria-haspopup='dialog'>{say('Invite somebody')}</Button></p>
      </section>
      <section aria-label={say('What roles may do')}>
        <h2>{say('What roles may do')}</h2>
        <ul className='roles'>{known.data.map((r) => <li key={r.role}><details><summary><b>{r.role}</b> <span className='quiet'>{r.for}</span></summary><p>{r.may.map((x) => <code key={x}>{x}</code>)}</p>{r.sees.length > 0 && <p className='quiet'>{say('Sees of a record: {classes}.', { classes: r.sees.join(', ') })}</p>}{r.panel && <p className='quiet'>{say('Opens records of their own panel only.')}</p>}</details></li>)}</ul>
      </section>
      {dialog === 'invite' && <Person title={say('Invite somebody')} roles={known.data} close={() => setDialog(undefined)} done={(x) => void wanted(api.POST('/v1/staff', { body: { ...x, url: location.origin } })).then((l) => { setDialog(undefined); setLink(l); void again() }, (err: unknown) => toast(why(err)))} />}
      {typeof dialog === 'object' && <Person
        title={dialog.of.name} of={dialog.of} roles={known.data} close={() => setDialog(undefined)} own={dialog.of.id === me.id}
        done={(x) => change(dialog.of, { roles: x.roles, programs: x.programs }, say('{name} has these roles now.', { name: dialog.of.name }))}
        disable={(is) => change(dialog.of, { disabled: is }, is ? say('{name} cannot sign in any more.', { name: dialog.of.name }) : say('{name} can sign in again.', { name: dialog.of.name }))}
        reset={() => reset(dialog.of)}
      />}
      {link !== undefined && <Dialog open close={() => setLink(undefined)} title={link.sent === true ? say('The link was sent') : say('Hand over this link')}>
        <div className='choose'>
          {link.sent === true ? <p>{say('{name} got it by e-mail.', { name: link.account.name })}</p> : <>
            <p>{say('It is shown once, and leads {name} to choosing a password. Give it to nobody else.', { name: link.account.name })}{link.unsent !== undefined && link.unsent !== '' && <> {say('It was not sent: {why}.', { why: link.unsent })}</>}</p>
            <pre className='secret' tabIndex={0} aria-label={say('The link')}>{link.link}</pre>
            <p className='row'><Button onClick={() => void navigator.clipboard.writeText(link.link ?? '').then(() => toast(say('It is copied.')), () => toast(say('This browser does not let it be copied: mark the text.')))}>{say('Copy')}</Button></p>
          </>}
        </div>
      </Dialog>}
    </div>
  )
}

function Person ({ title, of, own = false, roles, close, done, disable, reset }: {
  title: string
  of?: Account
  /** Whether it is whoever looks. */
  own?: boolean
  roles: Role[]
  close: () => void
  done: (x: { name: string, email: string, roles: string[], programs: string[] }) => void
  disable?: (is: boolean) => void
  reset?: () => void
}) {
  const programs = useQuery(programsQuery)
  const [name, setName] = useState(of?.name ?? '')
  const [email, setEmail] = useState(of?.email ?? '')
  const [chosen, choose] = useState<string[]>(of?.roles ?? [])
  const [panel, setPanel] = useState<string[]>(of?.programs ?? [])
  const turn = (all: string[], x: string) => all.includes(x) ? all.filter((y) => y !== x) : [...all, x]
  return (
    <Dialog open close={close} title={title} wide>
      <form className='choose' onSubmit={(e) => { e.preventDefault(); done({ name: name.trim(), email: email.trim(), roles: chosen, programs: panel }) }}>
        {of === undefined && <div className='two'><TextInput label={say('Name')} value={name} onChange={(e) => setName(e.currentTarget.value)} required data-autofocus /><TextInput type='email' label={say('E-mail')} value={email} onChange={(e) => setEmail(e.currentTarget.value)} required /></div>}
        <fieldset><legend>{say('Roles')}</legend>{roles.filter((r) => r.role !== 'service').map((r) => <label key={r.role} className='check'><input type='checkbox' checked={chosen.includes(r.role)} onChange={() => choose(turn(chosen, r.role))} /> <span><b>{r.role}</b> <span className='quiet'>{r.for}</span></span></label>)}</fieldset>
        <fieldset><legend>{say('Whose people? All, where none is chosen')}</legend>{(programs.data ?? []).map((p) => <label key={p.id} className='check'><input type='checkbox' checked={panel.includes(p.id)} onChange={() => setPanel(turn(panel, p.id))} /> {p.name}</label>)}</fieldset>
        <p className='row'>
          <Button type='submit' variant='filled' disabled={chosen.length === 0 || (of === undefined && (name.trim() === '' || email.trim() === ''))}>{of === undefined ? say('Invite') : say('Give these roles')}</Button>
          {reset !== undefined && <Button onClick={reset}>{say('Let them choose a password anew')}</Button>}
          {disable !== undefined && !own && <Button onClick={() => disable(of?.disabled !== true)}>{of?.disabled === true ? say('Let them sign in again') : say('Let them sign in no more')}</Button>}
        </p>
      </form>
    </Dialog>
  )
}
