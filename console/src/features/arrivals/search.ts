import * as z from 'zod/mini'

import { maybe } from '../../app/address'

export const parts = ['sources', 'live', 'unknown', 'quarantine'] as const

/** What an address of the arrivals says: a part of the screen and a source, and nothing of what was sent. */
export const search = z.object({ part: maybe(z.enum(parts)), source: maybe(z.string()) })

export type Search = z.infer<typeof search>
