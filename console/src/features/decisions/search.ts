import * as z from 'zod/mini'

import { maybe } from '../../app/address'

/** What became of something that could have been said, as listDecisions tells it. */
export const outcomes = ['chosen', 'sent', 'withheld', 'vetoed', 'held_out', 'not_chosen'] as const

/** What an address of the decisions says: people by their ids alone. */
export const search = z.object({
  person: maybe(z.string()),
  program: maybe(z.string()),
  engagement: maybe(z.string()),
  channel: maybe(z.string()),
  outcome: maybe(z.enum(outcomes)),
  from: maybe(z.string()),
  to: maybe(z.string()),
})

export type Search = z.infer<typeof search>

/** What an address of everything about somebody says. */
export const ofSearch = z.object({ program: maybe(z.string()), engagement: maybe(z.string()) })

export type OfSearch = z.infer<typeof ofSearch>
