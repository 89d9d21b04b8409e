import { useQuery } from '@tanstack/react-query'
import { createRoute, createRouter, Navigate } from '@tanstack/react-router'

import { programs as programsQuery } from '../api/queries'
import { journeysRoute } from '../features/journeys/route'
import { mapRoute } from '../features/map/route'
import { say } from '../words/words'
import { root } from './root'
import { Notice } from './states'

function First () {
  const programs = useQuery(programsQuery)
  const first = programs.data?.find((p) => p.phases.length > 0) ?? programs.data?.[0]
  if (first === undefined) return <Notice title={say('There is no program yet')}><p>{say('What is published shows here. The tutorial begins with a program that is ready to try: attune demo.')}</p></Notice>
  return <Navigate to='/programs/$program/map' params={{ program: first.id }} search={{}} replace />
}

const firstRoute = createRoute({ getParentRoute: () => root, path: '/', component: First })

export const router = createRouter({ routeTree: root.addChildren([firstRoute, mapRoute, journeysRoute]), basepath: '/console', defaultPreload: false })

declare module '@tanstack/react-router' {
  interface Register { router: typeof router }
}
