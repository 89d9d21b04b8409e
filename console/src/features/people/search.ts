import * as z from 'zod/mini'

import { maybe } from '../../app/address'

/** Which part of what happened is shown. */
export const shows = ['all', 'told', 'asked', 'did'] as const
export type Shows = typeof shows[number]

/** What an address of somebody's page says: nothing of them. */
export const search = z.object({ show: maybe(z.enum(shows)) })
export type Search = z.infer<typeof search>
