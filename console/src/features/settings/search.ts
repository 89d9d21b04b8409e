import * as z from 'zod/mini'

import { maybe } from '../../app/address'

export const parts = ['delivery', 'contact', 'staff', 'server'] as const
export type Part = typeof parts[number]

/** What an address of the settings says: which part, and nobody. */
export const search = z.object({
  part: maybe(z.enum(parts)),
  /** Whether to ask at once what shall be held back. */
  pause: maybe(z.literal(true)),
})

export type Search = z.infer<typeof search>
