import { useQuery } from '@tanstack/react-query'
import { createRoute, useNavigate } from '@tanstack/react-router'
import { lazy, Suspense, useCallback } from 'react'

import { me as meQuery } from '../../api/queries'
import { root } from '../../app/root'
import { Waiting } from '../../app/states'
import { say } from '../../words/words'
import { search, type Search } from './search'

const ContentScreen = lazy(async () => ({ default: (await import('./ContentScreen')).ContentScreen }))

function Content () {
  const { program } = contentRoute.useParams()
  const s = contentRoute.useSearch()
  const go = useNavigate()
  const me = useQuery(meQuery)
  const navigate = useCallback((to: Search) => void go({ to: '/programs/$program/content', params: { program }, search: to, resetScroll: false }), [go, program])
  if (me.data === undefined) return null
  return <Suspense fallback={<Waiting what={say('Texts are being fetched')} />}><ContentScreen key={program} program={program} search={s} navigate={navigate} me={me.data} /></Suspense>
}

export const contentRoute = createRoute({ getParentRoute: () => root, path: '/programs/$program/content', component: Content, validateSearch: search })
