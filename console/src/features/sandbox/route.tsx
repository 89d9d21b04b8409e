import { useQuery } from '@tanstack/react-query'
import { createRoute, useNavigate } from '@tanstack/react-router'
import { lazy, Suspense, useCallback } from 'react'

import { me as meQuery } from '../../api/queries'
import { root } from '../../app/root'
import { Waiting } from '../../app/states'
import { say } from '../../words/words'
import { search, type Search } from './search'

const SandboxScreen = lazy(async () => ({ default: (await import('./SandboxScreen')).SandboxScreen }))

function Sandbox () {
  const { program } = sandboxRoute.useParams()
  const s = sandboxRoute.useSearch()
  const go = useNavigate()
  const me = useQuery(meQuery)
  const navigate = useCallback((to: Search) => void go({ to: '/programs/$program/sandbox', params: { program }, search: to, resetScroll: false }), [go, program])
  if (me.data === undefined) return null
  return <Suspense fallback={<Waiting what={say('Runs are being fetched')} />}><SandboxScreen key={program} program={program} search={s} navigate={navigate} me={me.data} /></Suspense>
}

export const sandboxRoute = createRoute({ getParentRoute: () => root, path: '/programs/$program/sandbox', component: Sandbox, validateSearch: search })
