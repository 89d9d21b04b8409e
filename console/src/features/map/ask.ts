// What editing a map asks of the API besides the draft itself.
import { queryOptions } from '@tanstack/react-query'

import { api, wanted } from '../../api/client'

export const events = queryOptions({
  queryKey: ['events'],
  queryFn: async ({ signal }) => (await wanted(api.GET('/v1/events/catalogue', { params: { query: { limit: 500 } }, signal }))).items,
  staleTime: 5 * 60_000,
})

export const releases = queryOptions({
  queryKey: ['releases'],
  queryFn: async ({ signal }) => (await wanted(api.GET('/v1/releases', { params: { query: { limit: 100 } }, signal }))).items,
})
