import { useQuery } from '@tanstack/react-query'
import { createRoute, useNavigate } from '@tanstack/react-router'
import { lazy, Suspense, useCallback } from 'react'

import { me as meQuery } from '../../api/queries'
import { root } from '../../app/root'
import { Waiting } from '../../app/states'
import { say } from '../../words/words'
import { search, type Search } from './search'

const MapScreen = lazy(async () => ({ default: (await import('./MapScreen')).MapScreen }))

function Map () {
  const { program } = mapRoute.useParams()
  const s = mapRoute.useSearch()
  const go = useNavigate()
  const me = useQuery(meQuery)
  const navigate = useCallback((to: Search) => void go({ to: '/programs/$program/map', params: { program }, search: to, replace: to.moment !== undefined && s.moment !== undefined, resetScroll: false }), [go, program, s.moment])
  if (me.data === undefined) return null
  return <Suspense fallback={<Waiting what={say('The map is being fetched')} />}><MapScreen key={program} program={program} search={s} navigate={navigate} me={me.data} /></Suspense>
}

export const mapRoute = createRoute({ getParentRoute: () => root, path: '/programs/$program/map', component: Map, validateSearch: search })
