import * as z from 'zod/mini'

import { maybe } from '../../app/address'

/** What an address of the work queue says. It names pieces of work by their ids, and nobody. */
export const search = z.object({
  kind: maybe(z.enum(['task', 'contact', 'refer', 'ask', 'call'])),
  team: maybe(z.string()),
  mine: maybe(z.literal(true)),
  overdue: maybe(z.literal(true)),
  all: maybe(z.literal(true)),
  work: maybe(z.coerce.string()),
})

export type Search = z.infer<typeof search>
