// What the screen asks of the API, and what it hears as it happens.
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useCallback, useRef, useState } from 'react'

import type { Schemas } from '@attune/client'

import { api, quietApi, wanted, type Me } from '../../api/client'
import { useTopics } from '../../api/live'
import { tidy } from '../../app/address'
import { text } from '../../words/words'

export type Now = Schemas['ArrivalsNow']
export type Line = Schemas['ArrivalLine']
export type Key = Schemas['Listed']
export type Unknown = Schemas['RunnerArrival']
export type Reason = Schemas['QuarantineReason']
export type Which = { events?: string[], source?: string, field?: string, reason?: string }

/** What became of an event, in words. */
export const became: Record<string, string> = { taken: text('taken in'), undeclared: text('taken in, unknown'), repeated: text('came before'), quarantined: text('could not be used') }

/** What arrives, as it happens; and as it was when one paused. */
export function useArriving (me: Me, paused: boolean) {
  const may = me.may.includes('arrivals.read')
  const client = useQueryClient()
  const first = useQuery({ queryKey: ['arriving'], enabled: may, queryFn: ({ signal }) => wanted(api.GET('/v1/arrivals/now', { signal })), staleTime: Infinity })
  const [told, tell] = useState<Now>()
  const [held, hold] = useState<Now>()
  const counted = useRef('')
  useTopics(may ? ['arrivals'] : [], useCallback((_: string, state: unknown) => {
    if (state === undefined) return
    const now = state as Now
    tell(now)
    // What is in quarantine, and what is unknown, is asked again once their numbers are others.
    const counts = JSON.stringify(Object.values(now.sources ?? {}).map((s) => [s.waiting, s.undeclared, s.ever]))
    if (counted.current !== '' && counts !== counted.current) {
      void client.invalidateQueries({ queryKey: ['quarantine-reasons'] })
      void client.invalidateQueries({ queryKey: ['quarantined'] })
      void client.invalidateQueries({ queryKey: ['unknown'] })
    }
    counted.current = counts
  }, [client]))
  const now = told ?? first.data
  return { may, first, now, shown: paused ? held ?? now : now, pause: () => hold(now), goOn: () => hold(undefined) }
}

/** The first answer is somebody's question; later ones are the page's own. */
function useAsk<T> (key: unknown[], enabled: boolean, ask: (of: typeof api, signal: AbortSignal) => Promise<T>) {
  const client = useQueryClient()
  return useQuery({ queryKey: key, enabled, staleTime: 0, queryFn: ({ signal, queryKey }) => ask(client.getQueryData(queryKey) === undefined ? api : quietApi, signal) })
}

export const useKeysOf = (me: Me) => useAsk(['sources'], me.may.includes('sources.manage'), (of, signal) => wanted(of.GET('/v1/sources', { signal })))

export const useUnknown = (may: boolean) => useAsk(['unknown'], may, (of, signal) => wanted(of.GET('/v1/arrivals', { params: { query: { limit: 500 } }, signal })))

export const useReasons = (may: boolean) => useAsk(['quarantine-reasons'], may, (of, signal) => wanted(of.GET('/v1/quarantine/reasons', { params: { query: { limit: 500 } }, signal })))

export const useQuarantined = (which: Which) => useAsk(['quarantined', which], true, (of, signal) => wanted(of.GET('/v1/quarantine', { params: { query: { ...tidy({ source: which.source, field: which.field, reason: which.reason }), limit: 500 } }, signal })))

/** The names that are declared in what is live, also once something else is. */
export function useDeclared (me: Me) {
  const client = useQueryClient()
  const may = me.may.includes('program.read')
  const heard = useRef<string>(undefined)
  useTopics(may ? ['releases'] : [], useCallback((_: string, state: unknown) => {
    const now = JSON.stringify(state)
    if (heard.current !== undefined && heard.current !== now) void client.invalidateQueries({ queryKey: ['declared'] })
    heard.current = now
  }, [client]))
  return useAsk(['declared'], may, async (of, signal) => {
    const names = new Set<string>()
    for (let cursor = ''; ;) {
      const page = await wanted(of.GET('/v1/events/catalogue', { params: { query: { limit: 500, ...(cursor === '' ? {} : { cursor }) } }, signal }))
      for (const e of page.items) names.add(e.name)
      if (page.next === undefined || page.next === '') return names
      cursor = page.next
    }
  })
}

/** A line for a terminal that sends one event. */
export const curl = (key: string, event: string): string => `curl -u '${key}:' ${location.origin}/v1/track -H 'Content-Type: application/json' -d '{"userId":"somebody-1","event":"${event.replaceAll("'", '')}"}'`
