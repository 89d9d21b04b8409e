import { useQuery } from '@tanstack/react-query'
import { createRoute, useNavigate } from '@tanstack/react-router'
import { lazy, Suspense, useCallback } from 'react'

import { me as meQuery } from '../../api/queries'
import { root } from '../../app/root'
import { Waiting } from '../../app/states'
import { say } from '../../words/words'
import { search, type Search } from './search'

const JourneysScreen = lazy(async () => ({ default: (await import('./JourneysScreen')).JourneysScreen }))

function Journeys () {
  const { program } = journeysRoute.useParams()
  const s = journeysRoute.useSearch()
  const go = useNavigate()
  const me = useQuery(meQuery)
  const navigate = useCallback((to: Search) => void go({ to: '/programs/$program/journeys', params: { program }, search: to, resetScroll: false }), [go, program])
  if (me.data === undefined) return null
  return <Suspense fallback={<Waiting what={say('Journeys are being fetched')} />}><JourneysScreen key={program} program={program} search={s} navigate={navigate} me={me.data} /></Suspense>
}

export const journeysRoute = createRoute({ getParentRoute: () => root, path: '/programs/$program/journeys', component: Journeys, validateSearch: search })
