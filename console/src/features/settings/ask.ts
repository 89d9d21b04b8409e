// What the settings ask of the API, kept up to date by the stream.
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useCallback } from 'react'

import type { Schemas } from '@attune/client'

import { api, wanted } from '../../api/client'
import { useTopics } from '../../api/live'

export type ChannelState = Schemas['ChannelState']
export type Standings = Schemas['Standings']
export type Ceiling = Schemas['EngagementCeiling']

const channelsKey = ['settings', 'channels']
const ceilingsKey = ['settings', 'ceilings']
const overviewKey = ['settings', 'overview']

/** How each channel does. */
export function useChannels () {
  const client = useQueryClient()
  const found = useQuery({ queryKey: channelsKey, queryFn: ({ signal }) => wanted(api.GET('/v1/channels', { signal })), staleTime: Infinity })
  useTopics(['delivery'], useCallback((topic: string, state: unknown) => {
    const channels = (state as { channels?: Record<string, ChannelState> } | undefined)?.channels
    if (topic === 'delivery' && channels !== undefined) client.setQueryData(channelsKey, Object.values(channels).sort((a, b) => a.channel.localeCompare(b.channel)))
  }, [client]))
  return found
}

/** How much each engagement said, and what somebody asked for. */
export function useCeilings () {
  const client = useQueryClient()
  const found = useQuery({ queryKey: ceilingsKey, queryFn: ({ signal }) => wanted(api.GET('/v1/ceilings', { signal })) })
  useTopics(['delivery'], useCallback((_topic: string, state: unknown) => {
    const ceilings = (state as { ceilings?: Record<string, Ceiling> } | undefined)?.ceilings
    if (ceilings !== undefined) client.setQueryData(ceilingsKey, Object.values(ceilings).sort((a, b) => `${a.program}/${a.engagement}`.localeCompare(`${b.program}/${b.engagement}`)))
  }, [client]))
  return found
}

/** How everything stands, in numbers. */
export function useOverview () {
  const client = useQueryClient()
  const found = useQuery({ queryKey: overviewKey, queryFn: ({ signal }) => wanted(api.GET('/v1/overview', { signal })), staleTime: Infinity })
  useTopics(['overview'], useCallback((topic: string, state: unknown) => {
    if (topic !== 'overview') return
    client.setQueryData<Standings>(overviewKey, (was) => was === undefined ? was : { ...was, ...state as Standings })
  }, [client]))
  return found
}

const sum = (of: Record<string, number>): number => Object.values(of).reduce((a, b) => a + b, 0)

/** How many messages a channel has that are due, and how many become so. */
export const due = (c: ChannelState): number => sum(c.due)
export const allDue = (all: ChannelState[]): number => all.reduce((n, c) => n + due(c), 0)
export const allLater = (all: ChannelState[]): number => all.reduce((n, c) => n + c.later, 0)
