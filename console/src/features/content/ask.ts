// What the screen asks of the API.
import { keepPreviousData, queryOptions, type QueryClient } from '@tanstack/react-query'

import { api, quietApi, wanted } from '../../api/client'

/** What a program can say: live, or as a draft has it in a version. */
export const matrix = (client: QueryClient, program: string, draft: string | undefined, version: number) => queryOptions({
  queryKey: ['content', program, draft ?? 'live', version],
  queryFn: ({ signal }) => {
    const asks = client.getQueriesData({ queryKey: ['content', program] }).some(([, data]) => data !== undefined) ? quietApi : api
    return draft === undefined
      ? wanted(asks.GET('/v1/releases/{release}/programs/{program}/content', { params: { path: { release: 'live', program } }, signal }))
      : wanted(asks.GET('/v1/drafts/{draft}/programs/{program}/content', { params: { path: { draft, program } }, signal }))
  },
  placeholderData: keepPreviousData,
})

/** For whom a text is written: somebody real by their id, or somebody of whom only this is known. */
export type Whom = { person: string } | { traits: Record<string, never> }

/** A text as somebody would get it. */
export const preview = (of: { program: string, content: string, draft: string | undefined, version: number, text: string | undefined, whom: Whom }) => queryOptions({
  queryKey: ['content-preview', of],
  queryFn: ({ signal }) => {
    const body = { program: of.program, content: of.content, ...(of.draft === undefined ? {} : { draft: of.draft }), ...(of.text === undefined ? {} : { text: of.text }) }
    return 'person' in of.whom
      ? wanted(api.POST('/v1/people/{person}/content/preview', { params: { path: { person: of.whom.person }, header: { 'Attune-Purpose': 'coordination' } }, body, signal }))
      : wanted(api.POST('/v1/content/preview', { body: { ...body, traits: of.whom.traits }, signal }))
  },
  retry: false,
  placeholderData: (was, query) => { // of other words to the same person, until these are there
    const before = query?.queryKey[1]
    return typeof before === 'object' && before.content === of.content && before.draft === of.draft && JSON.stringify(before.whom) === JSON.stringify(of.whom) ? was : undefined
  },
})
