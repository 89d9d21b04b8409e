import { useQuery } from '@tanstack/react-query'
import { createRoute, useNavigate } from '@tanstack/react-router'
import { lazy, Suspense, useCallback } from 'react'

import { me as meQuery } from '../../api/queries'
import { root } from '../../app/root'
import { Waiting } from '../../app/states'
import { say } from '../../words/words'
import { search, type Search } from './search'

const Find = lazy(async () => ({ default: (await import('./Screens')).FindScreen }))
const One = lazy(async () => ({ default: (await import('./Screens')).PersonScreen }))

function Patients () {
  const go = useNavigate()
  const me = useQuery(meQuery)
  const open = useCallback((person: string) => void go({ to: '/people/$person', params: { person }, search: {} }), [go])
  if (me.data === undefined) return null
  return <Suspense fallback={<Waiting what={say('The screen is being fetched')} />}><Find me={me.data} open={open} /></Suspense>
}

function Patient () {
  const { person } = personRoute.useParams()
  const s = personRoute.useSearch()
  const go = useNavigate()
  const me = useQuery(meQuery)
  const navigate = useCallback((to: Search) => void go({ to: '/people/$person', params: { person }, search: to, resetScroll: false }), [go, person])
  if (me.data === undefined) return null
  return <Suspense fallback={<Waiting what={say('The record is being fetched')} />}><One key={person} person={person} search={s} navigate={navigate} me={me.data} /></Suspense>
}

export const peopleRoute = createRoute({ getParentRoute: () => root, path: '/people', component: Patients })
export const personRoute = createRoute({ getParentRoute: () => root, path: '/people/$person', component: Patient, validateSearch: search })
