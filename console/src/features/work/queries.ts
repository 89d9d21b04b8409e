// What the work queue and Today ask of the API, kept up to date by the stream.
import { keepPreviousData, queryOptions, useQuery, useQueryClient, type QueryClient } from '@tanstack/react-query'
import { useCallback, useEffect, useRef, useState } from 'react'

import { api, quietApi, wanted, type Me } from '../../api/client'
import { useTopics } from '../../api/live'
import type { Search } from './search'

/** As many as one answer has; who has more to do narrows it down. */
const most = 500

export type Filter = Pick<Search, 'kind' | 'team' | 'mine' | 'overdue' | 'all'>

export const work = (client: QueryClient, f: Filter) => queryOptions({
  queryKey: ['work', 'list', f],
  queryFn: ({ signal, queryKey }) => wanted((client.getQueryData(queryKey) === undefined ? api : quietApi).GET('/v1/work', {
    params: { query: { limit: most, ...(f.kind === undefined ? {} : { kind: f.kind }), ...(f.team === undefined ? {} : { team: f.team }), ...(f.mine === undefined ? {} : { mine: true }), ...(f.overdue === undefined ? {} : { overdue: true }), ...(f.all === undefined ? {} : { all: true }) } }, signal,
  })),
  staleTime: 0,
})

export const journeysOf = (program: string) => queryOptions({
  queryKey: ['journeys-read', program],
  queryFn: ({ signal }) => wanted(api.GET('/v1/releases/{release}/programs/{program}/journeys', { params: { path: { release: 'live', program }, query: { limit: 500 } }, signal })),
  staleTime: 5 * 60_000,
})

/** What the stream tells of work: numbers, and whether the list reads otherwise. */
export interface WorkNow { kinds: Record<string, number>, teams: Record<string, number>, overdue: number, claimed: number, state: string }

/** Asks again for what lists there are, once, however often it is called, and so often at most: in milliseconds. */
export function useAgain (key: string, pause = 1000): () => void {
  const client = useQueryClient()
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  const last = useRef(0)
  useEffect(() => () => clearTimeout(timer.current), [])
  return useCallback(() => {
    if (last.current === 0 && pause > 1000) last.current = Date.now() // what was just asked for is new
    clearTimeout(timer.current)
    timer.current = setTimeout(() => { last.current = Date.now(); void client.invalidateQueries({ queryKey: [key, 'list'] }) }, Math.max(0, last.current + pause - Date.now()))
  }, [client, key, pause])
}

/** The numbers of work as they are now; lists of it that are shown are asked for again when they would read otherwise. */
export function useWorkNow (me: Me): WorkNow | undefined {
  const may = me.may.includes('work.read')
  const [now, tell] = useState<WorkNow>()
  const state = useRef<string>(undefined)
  const again = useAgain('work')
  useTopics(may ? ['work'] : [], useCallback((_: string, told: unknown) => {
    const is = told as WorkNow
    tell(is)
    if (state.current !== undefined && state.current !== is.state) again()
    state.current = is.state
  }, [again]))
  return now
}

export function useWork (me: Me, f: Filter) {
  const client = useQueryClient()
  return useQuery({ ...work(client, f), enabled: me.may.includes('work.read'), placeholderData: keepPreviousData })
}
