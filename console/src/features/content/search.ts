import * as z from 'zod/mini'

import { maybe } from '../../app/address'

/** What an address of the content says. It names texts and nobody. */
export const search = z.object({
  draft: maybe(z.string()),
  /** The variant that is looked at: engagement/variant, and in which language. */
  text: maybe(z.string()),
  language: maybe(z.string()),
  phase: maybe(z.string()),
  stage: maybe(z.string()),
  channel: maybe(z.string()),
  only: maybe(z.string()),
  gaps: maybe(z.literal(true)),
})

export type Search = z.infer<typeof search>
