import { useQuery } from '@tanstack/react-query'
import { createRoute, useNavigate } from '@tanstack/react-router'
import { lazy, Suspense, useCallback } from 'react'

import { me as meQuery } from '../../api/queries'
import { root } from '../../app/root'
import { Waiting } from '../../app/states'
import { say } from '../../words/words'
import { search, type Part, type Search } from './search'

const SettingsScreen = lazy(async () => ({ default: (await import('./SettingsScreen')).SettingsScreen }))

function Settings ({ part, search: s }: { part?: string, search: Search }) {
  const go = useNavigate()
  const me = useQuery(meQuery)
  const navigate = useCallback((to: Part) => void go({ to: '/settings/$part', params: { part: to }, search: {} }), [go])
  const asked = useCallback((pause: boolean) => void go({ to: '/settings/$part', params: { part: 'health' }, search: pause ? { pause } : {}, replace: true }), [go])
  if (me.data === undefined) return null
  return <Suspense fallback={<Waiting what={say('The settings are being fetched')} />}><SettingsScreen {...(part === undefined ? {} : { part })} pausing={s.pause === true} setPausing={asked} navigate={navigate} me={me.data} /></Suspense>
}

function First () { return <Settings search={settingsRoute.useSearch()} /> }

function OfPart () { return <Settings part={settingsPartRoute.useParams().part} search={settingsPartRoute.useSearch()} /> }

export const settingsRoute = createRoute({ getParentRoute: () => root, path: '/settings', component: First, validateSearch: search })

export const settingsPartRoute = createRoute({ getParentRoute: () => root, path: '/settings/$part', component: OfPart, validateSearch: search })
