// What is held back now, by whom and why.
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useCallback, useRef } from 'react'

import type { Schemas } from '@attune/client'

import { api, quietApi, wanted, type Me } from './client'
import { useTopics } from './live'

export type Pause = Schemas['Pause']

/** Whether everything is paused, and not a part. */
export const ofAll = (p: Pause): boolean => [p.channel, p.program, p.engagement, p.journey].every((x) => x === undefined || x === '')

/** What is paused, by its names. */
export const paused = (p: Pause): string => [p.channel, p.program, p.engagement, p.journey].filter((x) => x !== undefined && x !== '').join(' · ').replaceAll('_', ' ')

/** What is paused, kept up to date by the stream; nothing for who may not know. */
export function usePauses (me: Me) {
  const client = useQueryClient()
  const may = me.may.includes('delivery.read')
  const known = useRef<unknown>(undefined)
  const pauses = useQuery({ queryKey: ['pauses'], enabled: may, queryFn: ({ signal, queryKey }) => wanted((client.getQueryData(queryKey) === undefined ? api : quietApi).GET('/v1/pauses', { signal })) })
  useTopics(may ? ['overview'] : [], useCallback((_: string, state: unknown) => {
    const paused = (state as { paused?: number } | undefined)?.paused
    if (known.current !== undefined && known.current !== paused) void client.invalidateQueries({ queryKey: ['pauses'] })
    known.current = paused
  }, [client]))
  return { may, pauses }
}
