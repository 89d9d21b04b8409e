import * as z from 'zod/mini'

import { maybe } from '../../app/address'

/** What an address of the audiences says. What is typed stands in none: a condition could name somebody. */
export const search = z.object({
  draft: maybe(z.string()),
  audience: maybe(z.string()),
  /** The audience that is held beside it. */
  beside: maybe(z.string()),
  view: maybe(z.enum(['groups'])),
  /** The phase whose people groups are looked for in. */
  phase: maybe(z.string()),
})

export type Search = z.infer<typeof search>
