import { useQuery } from '@tanstack/react-query'
import { createRootRoute, createRoute, createRouter, Navigate, useNavigate } from '@tanstack/react-router'
import { lazy, Suspense, useCallback, useState } from 'react'

import { me as meQuery, programs as programsQuery } from '../api/queries'
import { search, type Search } from '../features/map/search'
import { ButtonLink } from '../ui'
import { say, type Language } from '../words/words'
import { Shell } from './Shell'
import { Notice, Waiting } from './states'

const MapScreen = lazy(async () => ({ default: (await import('../features/map/MapScreen')).MapScreen }))

function Root () {
  const [language, setLanguage] = useState<Language>('en')
  return <Shell key={language} language={language} setLanguage={setLanguage} />
}

function First () {
  const programs = useQuery(programsQuery)
  const first = programs.data?.find((p) => p.phases.length > 0) ?? programs.data?.[0]
  if (first === undefined) return <Notice title={say('There is no program yet')}><p>{say('What is published shows here. The tutorial begins with a program that is ready to try: attune demo.')}</p></Notice>
  return <Navigate to='/programs/$program/map' params={{ program: first.id }} search={{}} replace />
}

function Map () {
  const { program } = mapRoute.useParams()
  const s = mapRoute.useSearch()
  const go = useNavigate()
  const me = useQuery(meQuery)
  const navigate = useCallback((to: Search) => void go({ to: '/programs/$program/map', params: { program }, search: to, replace: to.moment !== undefined && s.moment !== undefined, resetScroll: false }), [go, program, s.moment])
  if (me.data === undefined) return null
  return <Suspense fallback={<Waiting what={say('The map is being fetched')} />}><MapScreen key={program} program={program} search={s} navigate={navigate} me={me.data} /></Suspense>
}

function Missing () {
  return <Notice title={say('There is no such screen')}><p>{say('The address may be of an older version, or have lost a part on its way.')}</p><p><ButtonLink href='/console/'>{say('To the map')}</ButtonLink></p></Notice>
}

const root = createRootRoute({ component: Root, notFoundComponent: Missing })
const firstRoute = createRoute({ getParentRoute: () => root, path: '/', component: First })
const mapRoute = createRoute({ getParentRoute: () => root, path: '/programs/$program/map', component: Map, validateSearch: search })

export const router = createRouter({ routeTree: root.addChildren([firstRoute, mapRoute]), basepath: '/console', defaultPreload: false })

declare module '@tanstack/react-router' {
  interface Register { router: typeof router }
}
