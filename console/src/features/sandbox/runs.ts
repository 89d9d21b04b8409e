// Runs of the sandbox: what runs and what came of it. How far they are comes by the stream.
import { queryOptions, useQuery, useQueryClient } from '@tanstack/react-query'
import { useCallback } from 'react'

import type { Schemas } from '@attune/client'

import { api, quietApi, wanted, type Me } from '../../api/client'
import { useTopics } from '../../api/live'
import { read } from './result'

export type Job = Schemas['Job']

const runs = queryOptions({
  queryKey: ['jobs'],
  queryFn: async ({ signal, client, queryKey }) => (await wanted((client.getQueryData(queryKey) === undefined ? api : quietApi).GET('/v1/jobs', { params: { query: { limit: 100 } }, signal }))).items.filter((j) => j.kind === 'simulation' || j.kind === 'backtest'),
})

export const result = (job: Job) => queryOptions({
  queryKey: ['job', job.id],
  queryFn: async ({ signal }) => read(job.kind, await wanted(api.GET('/v1/jobs/{job}/result', { params: { path: { job: job.id } }, signal, parseAs: 'json' }))),
  staleTime: Infinity,
})

type Progress = Record<string, { state: string, done: number, of: number }>

export function useRuns (me: Me) {
  const client = useQueryClient()
  const may = me.may.includes('simulate.run')
  const all = useQuery({ ...runs, enabled: may })
  useTopics(may ? ['jobs'] : [], useCallback((_: string, state: unknown) => {
    const now = state as Progress
    const known = client.getQueryData(runs.queryKey)
    if (known === undefined) return
    if (Object.entries(now).some(([id, p]) => { const j = known.find((x) => x.id === id); return j !== undefined && j.state !== p.state }) || Object.keys(now).some((id) => known.every((j) => j.id !== id))) void client.invalidateQueries({ queryKey: ['jobs'] })
    client.setQueryData(runs.queryKey, known.map((j) => { const p = now[j.id]; return p === undefined ? j : { ...j, done: p.done, of: p.of } }))
  }, [client]))
  return { may, all, afresh: () => client.invalidateQueries({ queryKey: ['jobs'] }) }
}
