// What screens ask of the API. Each question is one entry; nothing asks again by itself but what hears the stream.
import { queryOptions, type QueryClient } from '@tanstack/react-query'

import { api, notAllowed, quietApi, wanted, type Lived, type Me, type PhaseLived } from './client'

/** What numbers are asked for: everybody ever, or some. */
export interface Filter {
  as_of?: string
  from?: string
  to?: string
  is?: string[]
  saw?: string
  not?: string
}

export const everybody = (f: Filter): boolean => Object.values(f).every((v) => v === undefined || v.length === 0)

/** Who came in by a link that names nobody: there is no account to read, and no permission that a screen asks for. */
const byLink: Me = { kind: 'session', id: '', name: '', roles: [], programs: [], may: ['program.read'], sees: [] }

export const me = queryOptions({
  queryKey: ['me'],
  queryFn: ({ signal }) => wanted(api.GET('/v1/me', { signal })).catch((err: unknown) => {
    if (notAllowed(err)) return byLink
    throw err
  }),
  staleTime: 5 * 60_000,
})

export const programs = queryOptions({ queryKey: ['programs'], queryFn: ({ signal }) => wanted(api.GET('/v1/programs', { signal })), staleTime: 5 * 60_000 })

/** The drafts that are worked on. */
export const drafts = queryOptions({
  queryKey: ['drafts'],
  queryFn: async ({ signal }) => (await wanted(api.GET('/v1/drafts', { params: { query: { limit: 100 } }, signal }))).items,
})

/** The program to begin with, where none is asked for: whose map has most to show. */
export const firstOf = <P extends { phases: unknown[] }>(programs: P[] | undefined): P | undefined =>
  programs?.reduce<P | undefined>((best, p) => best === undefined || p.phases.length > best.phases.length ? p : best, undefined)

export const map = (program: string) => queryOptions({
  queryKey: ['map', program],
  queryFn: ({ signal }) => wanted(api.GET('/v1/releases/{release}/programs/{program}/map', { params: { path: { release: 'live', program } }, signal })),
  staleTime: 5 * 60_000,
})

/** The first answer is somebody's question; later ones are the page's own, and keep no session alive. */
const asks = (again: boolean) => again ? quietApi : api

export const lived = (client: QueryClient, program: string, filter: Filter) => queryOptions({
  queryKey: ['lived', program, filter],
  queryFn: ({ signal, queryKey }) => wanted(asks(client.getQueryData(queryKey) !== undefined).GET('/v1/programs/{program}/lived', { params: { path: { program }, query: filter }, signal })),
})

export const journeysLived = (client: QueryClient, program: string) => queryOptions({
  queryKey: ['journeys-lived', program],
  queryFn: ({ signal, queryKey }) => wanted(asks(client.getQueryData(queryKey) !== undefined).GET('/v1/programs/{program}/journeys/lived', { params: { path: { program } }, signal })),
})

export const leverage = (client: QueryClient, program: string, filter: Filter) => queryOptions({
  queryKey: ['leverage', program, filter],
  queryFn: ({ signal, queryKey }) => wanted(asks(client.getQueryData(queryKey) !== undefined).GET('/v1/programs/{program}/leverage', { params: { path: { program }, query: filter }, signal })),
})

/** A number of a phase that people stand behind. */
export type End = 'here' | 'entered' | 'on' | 'left' | 'waiting'

export const passages = (program: string, phase: string, end: End, filter: Filter, cursor: string) => ({
  queryKey: ['passages', program, phase, end, filter, cursor],
  queryFn: ({ signal }: { signal: AbortSignal }) => wanted(api.GET('/v1/programs/{program}/phases/{phase}/passages', { params: { path: { program, phase }, query: { ...filter, end, limit: 50, ...(cursor === '' ? {} : { cursor }) } }, signal })),
})

/** Puts what the stream tells of a program into what lived said of it. Times it does not tell: those who wait grow older all the time. */
export function withNews (was: Lived, news: unknown): Lived {
  const told = news as { phases?: Record<string, Partial<PhaseLived>>, moments?: Record<string, number | null> } | undefined
  if (told?.phases === undefined) return was
  let changed = false
  const phases = was.phases.map((p) => {
    const x = told.phases?.[p.phase]
    if (x === undefined) return p
    const next: PhaseLived = {
      ...p, exits: { ...x.exits ?? {} }, // what is hidden is not there
      here: x.here ?? null, overdue: x.overdue ?? null, entered: x.entered ?? null, moved_on: x.moved_on ?? null, left: x.left ?? null, waiting: x.waiting ?? null,
      left_program: x.left_program ?? null, ended: x.ended ?? null, skipped: x.skipped ?? null, again: x.again ?? null, back: x.back ?? null,
    }
    if (JSON.stringify(next) === JSON.stringify(p)) return p
    changed = true
    return next
  })
  const here = new Map(phases.map((p) => [p.phase, p.here]))
  const moments = was.moments.map((m) => {
    const seen = told.moments?.[m.moment]
    if (seen === undefined || seen === m.seen) return m
    changed = true
    return { ...m, seen }
  })
  if (!changed) return was
  const lifecycle = was.lifecycle.map((l) => {
    const parts = l.phases.map((p) => here.get(p) ?? null)
    return { ...l, here: l.here === null || parts.some((n) => n === null) ? l.here : parts.reduce<number>((sum, n) => sum + (n ?? 0), 0) }
  })
  return { ...was, phases, moments, lifecycle }
}
