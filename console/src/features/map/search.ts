import * as z from 'zod/mini'

import type { End, Filter } from '../../api/queries'
import { maybe, tidy } from '../../app/address'

/** What an address of the map says: it can be copied, kept and sent, and holds nobody's data. */
export const search = z.object({
  as_of: maybe(z.string()),
  from: maybe(z.string()),
  to: maybe(z.string()),
  is: maybe(z.array(z.string())),
  saw: maybe(z.string()),
  not: maybe(z.string()),
  moment: maybe(z.string()),
  stage: maybe(z.string()),
  who: maybe(z.string()),
  draft: maybe(z.string()),
  release: maybe(z.coerce.string()),
  view: maybe(z.enum(['table', 'today'])),
  workshop: maybe(z.literal(true)),
  heat: maybe(z.literal(false)),
  lifecycle: maybe(z.literal(true)),
  phase: maybe(z.string()),
  end: maybe(z.enum(['here', 'entered', 'on', 'left', 'waiting'])),
})

export type Search = z.infer<typeof search>

export const filterOf = (s: Search): Filter => tidy({ as_of: s.as_of, from: s.from, to: s.to, is: s.is, saw: s.saw, not: s.not }) as Filter

export const ends: Record<End, string> = { entered: 'came in', on: 'moved on', left: 'left', waiting: 'have not moved on yet', here: 'are here now' }

/** An address of the API with a filter. */
export function address (path: string, filter: Filter, more: Record<string, string> = {}): string {
  const query = new URLSearchParams(more)
  for (const [key, value] of Object.entries(filter)) for (const one of Array.isArray(value) ? value : [value]) query.append(key, one)
  return query.size > 0 ? `${path}?${query}` : path
}
