import { useQuery } from '@tanstack/react-query'
import { createRoute, useNavigate } from '@tanstack/react-router'
import { lazy, Suspense, useCallback } from 'react'

import { me as meQuery } from '../../api/queries'
import { root } from '../../app/root'
import { Waiting } from '../../app/states'
import { say } from '../../words/words'
import { search, type Search } from './search'

const AudiencesScreen = lazy(async () => ({ default: (await import('./AudiencesScreen')).AudiencesScreen }))

function Audiences () {
  const { program } = audiencesRoute.useParams()
  const s = audiencesRoute.useSearch()
  const go = useNavigate()
  const me = useQuery(meQuery)
  const navigate = useCallback((to: Search) => void go({ to: '/programs/$program/audiences', params: { program }, search: to, resetScroll: false }), [go, program])
  if (me.data === undefined) return null
  return <Suspense fallback={<Waiting what={say('Audiences are being fetched')} />}><AudiencesScreen key={program} program={program} search={s} navigate={navigate} me={me.data} /></Suspense>
}

export const audiencesRoute = createRoute({ getParentRoute: () => root, path: '/programs/$program/audiences', component: Audiences, validateSearch: search })
