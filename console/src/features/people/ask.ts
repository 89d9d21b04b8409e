// What the screens about people ask of the API.
import { queryOptions } from '@tanstack/react-query'
import { api, quietApi, wanted } from '../../api/client'
import { purposeHeader as header, type Purpose } from '../../app/purpose'

/** Whose page asks by itself at the moment. */
export const byItself = new Set<string>()
const asks = (person: string) => byItself.has(person) ? quietApi : api

export const state = (person: string, purpose: Purpose) => queryOptions({
  queryKey: ['person', person, 'state', purpose],
  queryFn: ({ signal }) => wanted(asks(person).GET('/v1/people/{person}', { params: { header: header(purpose), path: { person } }, signal })),
  staleTime: 0, retry: false,
})

export const story = (person: string, purpose: Purpose, last: number) => queryOptions({
  queryKey: ['person', person, 'story', purpose, last],
  queryFn: ({ signal }) => wanted(asks(person).GET('/v1/people/{person}/story', { params: { header: header(purpose), path: { person }, query: { last } }, signal })),
  staleTime: 0, retry: false,
})

export const onward = (person: string, purpose: Purpose) => queryOptions({
  queryKey: ['person', person, 'onward', purpose],
  queryFn: ({ signal }) => wanted(asks(person).GET('/v1/people/{person}/onward', { params: { header: header(purpose), path: { person } }, signal })).then((r) => r.behaviours),
  staleTime: 0, retry: false,
})

export const duplicates = (purpose: Purpose) => queryOptions({
  queryKey: ['duplicates', purpose],
  queryFn: ({ signal }) => wanted(api.GET('/v1/duplicates', { params: { header: header(purpose) }, signal })),
  staleTime: 0,
})

/** Asks again and again, for some seconds, whether the record says so by now: what is written is kept at once, and in the record a moment later. */
export async function recorded (says: () => Promise<boolean>): Promise<boolean> {
  for (let n = 0; n < 8; n++) {
    await new Promise((r) => setTimeout(r, 400))
    if (await says().catch(() => false)) return true
  }
  return false
}
