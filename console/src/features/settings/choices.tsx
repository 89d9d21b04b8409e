// Which roles and whose people somebody has, or something: chosen in the same way for staff, tokens and systems.
import { useQuery } from '@tanstack/react-query'

import { api, wanted } from '../../api/client'
import { programs as programsQuery } from '../../api/queries'
import { say } from '../../words/words'

export const rolesQuery = { queryKey: ['settings', 'roles'], queryFn: ({ signal }: { signal: AbortSignal }) => wanted(api.GET('/v1/roles', { signal })), staleTime: Infinity }

const turn = (list: string[], x: string) => list.includes(x) ? list.filter((y) => y !== x) : [...list, x]

export function RoleChoice ({ has, choose }: { has: string[], choose: (roles: string[]) => void }) {
  const roles = useQuery(rolesQuery)
  return <fieldset className='role-choice'><legend>{say('Roles')}</legend>{(roles.data ?? []).map((r) => <label key={r.role} className='check' title={r.for}><input type='checkbox' checked={has.includes(r.role)} onChange={() => choose(turn(has, r.role))} /> {r.role}</label>)}</fieldset>
}

export function ProgramChoice ({ has, choose }: { has: string[], choose: (programs: string[]) => void }) {
  const programs = useQuery(programsQuery)
  return <fieldset className='role-choice'><legend>{say('People of these programs; all without any')}</legend>{(programs.data ?? []).map((p) => <label key={p.id} className='check'><input type='checkbox' checked={has.includes(p.id)} onChange={() => choose(turn(has, p.id))} /> {p.name}</label>)}</fieldset>
}
