import * as z from 'zod/mini'

import { maybe } from '../../app/address'

/** The parts of the settings, as addresses have them; the order is that of the screen and of its keys. */
export const parts = ['health', 'channels', 'policy', 'roles', 'keys', 'server'] as const
export type Part = typeof parts[number]

export const isPart = (written: string): written is Part => (parts as readonly string[]).includes(written)

/** What an address of the settings says: that one wants to pause everything, and nothing of anybody. */
export const search = z.object({ pause: maybe(z.boolean()) })

export type Search = z.infer<typeof search>
