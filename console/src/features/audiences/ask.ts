// What the screen asks of the API.
import { queryOptions } from '@tanstack/react-query'

import { api, wanted } from '../../api/client'

const of = (draft: string | undefined) => draft === undefined ? {} : { draft }

/** What conditions of a program may be made of, live or in a draft's version. */
export const vocabulary = (program: string, draft: string | undefined, version: number) => queryOptions({
  queryKey: ['vocabulary', program, draft, version],
  queryFn: ({ signal }) => wanted(api.GET('/v1/programs/{program}/vocabulary', { params: { path: { program }, query: of(draft) }, signal })),
  staleTime: 5 * 60_000,
})

/** What a condition means, or what is wrong with it. */
export const reading = (program: string, draft: string | undefined, version: number, when: string) => queryOptions({
  queryKey: ['rule', program, draft, version, when],
  queryFn: ({ signal }) => wanted(api.POST('/v1/rules/read', { body: { program, when, ...of(draft) }, signal })),
  retry: false,
  staleTime: 5 * 60_000,
})

/** How long people are looked at while somebody types, and then until it is known as well as it can be, in milliseconds. */
export const quick = 200
export const thorough = 8_000

/** Who would be in an audience now. */
export const trying = (program: string, draft: string | undefined, version: number, when: string, beside: string, within: number, show: number) => queryOptions({
  queryKey: ['audience', program, draft, version, when, beside, within, show],
  queryFn: ({ signal }) => wanted(api.POST('/v1/people/audience', { body: { program, when, within_ms: within, show, ...of(draft), ...(beside === '' ? {} : { beside }) }, signal })),
  retry: false,
  staleTime: 30_000,
})

/** Groups whose doings before they came into a phase tell whether they move on. */
export const groups = (program: string, phase: string) => queryOptions({
  queryKey: ['groups', program, phase],
  queryFn: ({ signal }) => wanted(api.GET('/v1/programs/{program}/phases/{phase}/groups', { params: { path: { program, phase } }, signal })),
  retry: false,
  staleTime: 60_000,
})
