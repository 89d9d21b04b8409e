import { useQuery } from '@tanstack/react-query'
import { createRoute, createRouter, Navigate } from '@tanstack/react-router'

import { firstOf, me as meQuery, programs as programsQuery } from './api/queries'
import { root } from './app/root'
import { Notice } from './app/states'
import { arrivalsRoute } from './features/arrivals/route'
import { audiencesRoute } from './features/audiences/route'
import { contentRoute } from './features/content/route'
import { decisionRoute, decisionsRoute, ofRoute } from './features/decisions/route'
import { journeysRoute } from './features/journeys/route'
import { mapRoute } from './features/map/route'
import { peopleRoute, personRoute } from './features/people/route'
import { sandboxRoute } from './features/sandbox/route'
import { settingsRoute, settingsPartRoute } from './features/settings/route'
import { todayRoute } from './features/today/route'
import { workRoute } from './features/work/route'
import { say } from './words/words'

/** The first screen is Today; who came in by a link that names nobody sees maps alone. */
function First () {
  const me = useQuery(meQuery)
  if (me.data === undefined) return null
  return me.data.id === '' ? <FirstMap /> : <Navigate to='/today' replace />
}

function FirstMap () {
  const programs = useQuery(programsQuery)
  const first = firstOf(programs.data)
  if (first === undefined) return <Notice title={say('There is no program yet')}><p>{say('What is published shows here. The tutorial begins with a program that is ready to try: attune demo.')}</p></Notice>
  return <Navigate to='/programs/$program/map' params={{ program: first.id }} search={{}} replace />
}

const firstRoute = createRoute({ getParentRoute: () => root, path: '/', component: First })

const screens = [
  todayRoute,
  workRoute,
  mapRoute,
  journeysRoute,
  audiencesRoute,
  contentRoute,
  decisionsRoute,
  decisionRoute,
  ofRoute,
  peopleRoute,
  personRoute,
  sandboxRoute,
  arrivalsRoute,
  settingsRoute,
  settingsPartRoute,
]

export const router = createRouter({ routeTree: root.addChildren([firstRoute, ...screens]), basepath: '/console', defaultPreload: false })

declare module '@tanstack/react-router' {
  interface Register { router: typeof router }
}
