import { useQuery } from '@tanstack/react-query'
import { createRoute, useNavigate } from '@tanstack/react-router'
import { lazy, Suspense, useCallback } from 'react'

import { me as meQuery } from '../../api/queries'
import { root } from '../../app/root'
import { Waiting } from '../../app/states'
import { say } from '../../words/words'
import { ofSearch, search, type OfSearch, type Search } from './search'

const List = lazy(async () => ({ default: (await import('./Screens')).DecisionsScreen }))
const One = lazy(async () => ({ default: (await import('./Screens')).DecisionScreen }))
const Of = lazy(async () => ({ default: (await import('./Screens')).OfScreen }))

function Decisions () {
  const s = decisionsRoute.useSearch()
  const go = useNavigate()
  const me = useQuery(meQuery)
  const navigate = useCallback((to: Search) => void go({ to: '/decisions', search: to, resetScroll: false }), [go])
  if (me.data === undefined) return null
  return <Suspense fallback={<Waiting what={say('Decisions are being fetched')} />}><List search={s} navigate={navigate} me={me.data} /></Suspense>
}

function Decision () {
  const { person, decision } = decisionRoute.useParams()
  const me = useQuery(meQuery)
  if (me.data === undefined) return null
  return <Suspense fallback={<Waiting what={say('Decisions are being fetched')} />}><One key={decision} person={person} decision={decision} me={me.data} /></Suspense>
}

function OfPerson () {
  const { person } = ofRoute.useParams()
  const s = ofRoute.useSearch()
  const go = useNavigate()
  const me = useQuery(meQuery)
  const navigate = useCallback((to: OfSearch) => void go({ to: '/decisions/of/$person', params: { person }, search: to, resetScroll: false }), [go, person])
  if (me.data === undefined) return null
  return <Suspense fallback={<Waiting what={say('Decisions are being fetched')} />}><Of key={person} person={person} search={s} navigate={navigate} me={me.data} /></Suspense>
}

export const decisionsRoute = createRoute({ getParentRoute: () => root, path: '/decisions', component: Decisions, validateSearch: search })
export const decisionRoute = createRoute({ getParentRoute: () => root, path: '/decisions/$person/$decision', component: Decision })
export const ofRoute = createRoute({ getParentRoute: () => root, path: '/decisions/of/$person', component: OfPerson, validateSearch: ofSearch })
