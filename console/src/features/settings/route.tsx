import { useQuery } from '@tanstack/react-query'
import { createRoute, useNavigate } from '@tanstack/react-router'
import { lazy, Suspense, useCallback } from 'react'

import { me as meQuery } from '../../api/queries'
import { root } from '../../app/root'
import { Waiting } from '../../app/states'
import { say } from '../../words/words'
import { search, type Search } from './search'

const SettingsScreen = lazy(async () => ({ default: (await import('./SettingsScreen')).SettingsScreen }))

function Settings () {
  const s = settingsRoute.useSearch()
  const go = useNavigate()
  const me = useQuery(meQuery)
  const navigate = useCallback((to: Search) => void go({ to: '/settings', search: to, resetScroll: false }), [go])
  if (me.data === undefined) return null
  return <Suspense fallback={<Waiting what={say('Settings are being fetched')} />}><SettingsScreen search={s} navigate={navigate} me={me.data} /></Suspense>
}

export const settingsRoute = createRoute({ getParentRoute: () => root, path: '/settings', component: Settings, validateSearch: search })
