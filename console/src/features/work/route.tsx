import { useQuery } from '@tanstack/react-query'
import { createRoute, useNavigate } from '@tanstack/react-router'
import { lazy, Suspense, useCallback } from 'react'

import { me as meQuery } from '../../api/queries'
import { root } from '../../app/root'
import { Waiting } from '../../app/states'
import { say } from '../../words/words'
import { search, type Search } from './search'

const WorkScreen = lazy(async () => ({ default: (await import('./WorkScreen')).WorkScreen }))

function Work () {
  const s = workRoute.useSearch()
  const go = useNavigate()
  const me = useQuery(meQuery)
  const navigate = useCallback((to: Search) => void go({ to: '/work', search: to, replace: true, resetScroll: false }), [go])
  if (me.data === undefined) return null
  return <Suspense fallback={<Waiting what={say('Work is being fetched')} />}><WorkScreen search={s} navigate={navigate} me={me.data} /></Suspense>
}

export const workRoute = createRoute({ getParentRoute: () => root, path: '/work', component: Work, validateSearch: search })
