// What Today asks of the API. What the page asks again by itself keeps no session alive.
import { useQueries, useQuery, useQueryClient } from '@tanstack/react-query'
import { useCallback, useState } from 'react'

import { api, quietApi, wanted, type Me, type Program } from '../../api/client'
import { useTopics } from '../../api/live'
import { useAgain } from '../work/queries'
import type { ChannelState, Pause } from './model'

/** Lists that no topic tells of are asked for again so often at most, in milliseconds, while anything changes. */
const rarely = 10_000

const day = 24 * 60 * 60_000

/** Asks for something of Today, the first time for somebody and then by itself. */
function useOf<T> (what: string, may: boolean, ask: (of: typeof api, signal: AbortSignal) => Promise<T>) {
  const client = useQueryClient()
  return useQuery({ queryKey: ['today', 'list', what], enabled: may, staleTime: 0, queryFn: ({ signal, queryKey }) => ask(client.getQueryData(queryKey) === undefined ? api : quietApi, signal) })
}

export const useAttention = (me: Me) => useOf('attention', me.may.includes('people.list'), (of, signal) => wanted(of.GET('/v1/attention', { params: { query: { limit: 5 } }, signal })))
export const useDeadLetters = (me: Me) => useOf('deadletters', me.may.includes('people.list'), (of, signal) => wanted(of.GET('/v1/deadletters', { params: { query: { limit: 5, since: new Date(Date.now() - 7 * day).toISOString() } }, signal })))
export const useQuarantine = (me: Me) => useOf('quarantine', me.may.includes('arrivals.read'), (of, signal) => wanted(of.GET('/v1/quarantine', { params: { query: { limit: 1 } }, signal })))
export const useOpenings = (me: Me) => useOf('openings', me.may.includes('glass.review'), (of, signal) => wanted(of.GET('/v1/openings', { params: { query: { limit: 1, unreviewed: true } }, signal })))
export const useErasures = (me: Me) => useOf('erasures', me.may.includes('erasures.confirm'), (of, signal) => wanted(of.GET('/v1/erasures', { params: { query: { limit: 500 } }, signal })))
export const useCorrections = (me: Me) => useOf('corrections', me.may.includes('corrections.list'), (of, signal) => wanted(of.GET('/v1/corrections', { params: { query: { limit: 1 } }, signal })))

/** Who signs texts, or publishes them, is told which lack an approval. */
export const approves = (me: Me): boolean => ['content.review_medical', 'content.review_legal', 'program.publish'].some((p) => me.may.includes(p))
export const useTexts = (me: Me) => useOf('texts', approves(me), (of, signal) => wanted(of.GET('/v1/releases/{release}/texts', { params: { path: { release: 'live' }, query: { limit: 500, state: 'missing' } }, signal })))

/** What changed lately on the maps; asked once, since it is of days. */
export const useChanges = (me: Me, programs: Program[]) => useQueries({
  queries: (me.may.includes('people.list') ? programs.filter((p) => p.phases.length > 0) : []).map((p) => ({
    queryKey: ['changes', p.id], staleTime: 5 * 60_000,
    queryFn: ({ signal }: { signal: AbortSignal }) => wanted(api.GET('/v1/programs/{program}/changes', { params: { path: { program: p.id } }, signal })),
  })),
})

export interface Overview { now: string, people: number | null, behind: number, quarantined: number, paused: number }
export interface Delivery { channels: Record<string, ChannelState>, pauses: Pause[] | null }
export interface Inbox { messages: number, urgent: number }

/** What the stream tells of how everything does. */
export function useStanding (me: Me): { overview?: Overview, delivery?: Delivery, inbox?: Inbox } {
  const [is, tell] = useState<{ overview?: Overview, delivery?: Delivery, inbox?: Inbox }>({})
  const again = useAgain('today', rarely)
  const topics = [...(me.may.includes('delivery.read') ? ['overview', 'delivery'] : []), ...(me.may.includes('inbox.read') ? ['inbox'] : [])]
  useTopics(topics, useCallback((topic: string, state: unknown) => {
    tell((was) => ({ ...was, [topic]: state }))
    again()
  }, [again]))
  return is
}
