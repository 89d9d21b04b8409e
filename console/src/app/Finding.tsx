// The palette: whatever there is to go to, and what can be done. Moments and drafts are asked for once it is opened; whom one looks for is
// looked for on the screen of patients, where one says what for.
import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'

import type { Me } from '../api/client'
import { drafts as draftsQuery, map as mapQuery, programs as programsQuery } from '../api/queries'
import { Palette, type Act } from '../ui'
import { say } from '../words/words'
import { seek } from './sought'

export interface Group { group: string, actions: Act[] }

export function Finding ({ me, program, first, last }: {
  me: Me | undefined
  /** The program whose moments are found. */
  program: string | undefined
  /** Where one may go, and what one may do. */
  first: Group
  last: Group
}) {
  const go = useNavigate()
  const [opened, open] = useState(false)
  const [query, type] = useState('')
  const may = me?.may ?? []
  const programs = useQuery(programsQuery)
  const map = useQuery({ ...mapQuery(program ?? ''), enabled: opened && program !== undefined })
  const drafts = useQuery({ ...draftsQuery, enabled: opened && may.includes('program.read') && me?.id !== '' })
  const name = programs.data?.find((p) => p.id === program)?.name ?? ''
  const shown = program === undefined ? undefined : { program }
  const groups: Group[] = [
    first,
    { group: say('Programs'), actions: (programs.data ?? []).map((p) => ({ id: `map ${p.id}`, label: p.name, description: say('Map'), run: () => void go({ to: '/programs/$program/map', params: { program: p.id }, search: {} }) })) },
    last,
    { group: say('Moments'), actions: shown === undefined ? [] : (map.data?.moments ?? []).map((m) => ({ id: `moment ${m.id}`, label: m.name, description: name, run: () => void go({ to: '/programs/$program/map', params: shown, search: { moment: m.id } }) })) },
    { group: say('Drafts'), actions: shown === undefined ? [] : (drafts.data ?? []).map((d) => ({ id: `draft ${d.draft}`, label: d.name, description: say('draft'), run: () => void go({ to: '/programs/$program/map', params: shown, search: { draft: d.draft } }) })) },
    { group: say('Patients'), actions: may.includes('people.find') && query.trim() !== '' ? [{ id: 'seek', label: say('Find a patient of this name'), description: say('You say what for before anybody is looked for'), keywords: [query], run: () => { seek(query.trim()); void go({ to: '/people' }) } }] : [] },
  ]
  return <Palette groups={groups.filter((g) => g.actions.length > 0)} placeholder={say('Find a moment, a draft, a patient, or something to do')} nothing={say('Nothing is called that.')} opened={() => { open(true); type('') }} typed={type} />
}
