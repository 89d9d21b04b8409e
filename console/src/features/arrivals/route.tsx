import { useQuery } from '@tanstack/react-query'
import { createRoute, useNavigate } from '@tanstack/react-router'
import { lazy, Suspense, useCallback } from 'react'

import { me as meQuery } from '../../api/queries'
import { root } from '../../app/root'
import { Waiting } from '../../app/states'
import { say } from '../../words/words'
import { search, type Search } from './search'

const ArrivalsScreen = lazy(async () => ({ default: (await import('./ArrivalsScreen')).ArrivalsScreen }))

function Arrivals () {
  const s = arrivalsRoute.useSearch()
  const go = useNavigate()
  const me = useQuery(meQuery)
  const navigate = useCallback((to: Search) => void go({ to: '/arrivals', search: to, resetScroll: false }), [go])
  if (me.data === undefined) return null
  return <Suspense fallback={<Waiting what={say('What arrives is being fetched')} />}><ArrivalsScreen search={s} navigate={navigate} me={me.data} /></Suspense>
}

export const arrivalsRoute = createRoute({ getParentRoute: () => root, path: '/arrivals', component: Arrivals, validateSearch: search })
