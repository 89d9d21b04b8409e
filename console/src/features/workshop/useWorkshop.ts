// The workshop of a draft: what stands in it, who is here, and what can be done.
import { queryOptions, useQuery, useQueryClient, type QueryClient } from '@tanstack/react-query'
import { useCallback, useEffect, useMemo, useRef } from 'react'

import type { Schemas } from '@attune/client'

import { api, quietApi, wanted } from '../../api/client'
import { useTopics } from '../../api/live'
import { why } from '../../app/why'
import { toast } from '../../ui'

export type Workshop = Schemas['Workshop']
export type Act = Schemas['ChangeWorkshopRequest']

const workshop = (client: QueryClient, draft: string) => queryOptions({
  queryKey: ['workshop', draft],
  queryFn: ({ signal, queryKey }) => wanted((client.getQueryData(queryKey) === undefined ? api : quietApi).GET('/v1/drafts/{draft}/workshop', { params: { path: { draft } }, signal })),
})

/** How often somebody who has a draft open says so; the server forgets them after 45 s. */
const attendEvery = 20_000

export function useWorkshop (draft: string, edits: boolean): { is: Workshop | undefined, act: (a: Act) => Promise<boolean> } {
  const client = useQueryClient()
  const query = useQuery(workshop(client, draft))
  useTopics(['drafts'], useCallback((_: string, state: unknown) => {
    const now = (state as { drafts?: Record<string, { workshop: number, here: string[] }> } | undefined)?.drafts?.[draft]
    const known = client.getQueryData(workshop(client, draft).queryKey)
    if (now !== undefined && known !== undefined) void client.invalidateQueries({ queryKey: ['workshop', draft] })
  }, [client, draft]))
  useEffect(() => {
    if (!edits) return
    const sign = () => { if (!document.hidden) void quietApi.POST('/v1/drafts/{draft}/presence', { params: { path: { draft } } }).catch(() => undefined) }
    sign()
    const timer = setInterval(sign, attendEvery)
    return () => clearInterval(timer)
  }, [draft, edits])
  // One act after another, so that an older answer never covers a newer one.
  const last = useRef<Promise<unknown>>(Promise.resolve())
  return useMemo(() => {
    const now = async (a: Act) => {
      try {
        const is = await wanted(api.POST('/v1/drafts/{draft}/workshop', { params: { path: { draft } }, body: a }))
        await client.cancelQueries({ queryKey: ['workshop', draft] })
        client.setQueryData(workshop(client, draft).queryKey, is)
        if (a.do === 'place') await Promise.all([client.invalidateQueries({ queryKey: ['values', draft] }), client.invalidateQueries({ queryKey: ['drafts'] })])
        return true
      } catch (err) {
        toast(why(err))
        return false
      }
    }
    const act = (a: Act) => {
      const done = last.current.then(() => now(a))
      last.current = done
      return done
    }
    return { is: query.data, act }
  }, [client, draft, query.data])
}
