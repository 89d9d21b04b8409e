import * as z from 'zod/mini'

import { maybe } from '../../app/address'
import { ends } from './ends'

/** What an address of the journeys says. */
export const search = z.object({
  draft: maybe(z.string()),
  journey: maybe(z.string()),
  step: maybe(z.coerce.string()),
  dry: maybe(z.literal(true)),
  view: maybe(z.enum(['canvas'])),
  /** Which number's people are shown: of the step that is open, or of the journey. */
  end: maybe(z.enum(ends)),
})

export type Search = z.infer<typeof search>
