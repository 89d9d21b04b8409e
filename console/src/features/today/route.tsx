import { useQuery } from '@tanstack/react-query'
import { createRoute } from '@tanstack/react-router'
import { lazy, Suspense } from 'react'

import { me as meQuery } from '../../api/queries'
import { root } from '../../app/root'
import { Waiting } from '../../app/states'
import { say } from '../../words/words'

const TodayScreen = lazy(async () => ({ default: (await import('./TodayScreen')).TodayScreen }))

function Today () {
  const me = useQuery(meQuery)
  if (me.data === undefined) return null
  return <Suspense fallback={<Waiting what={say('Today is being fetched')} />}><TodayScreen me={me.data} /></Suspense>
}

export const todayRoute = createRoute({ getParentRoute: () => root, path: '/today', component: Today })
