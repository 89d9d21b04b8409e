import * as z from 'zod/mini'

import { maybe } from '../../app/address'

/** What an address of the sandbox says. */
export const search = z.object({
  /** The run that is shown, and one to hold beside it. */
  run: maybe(z.string()),
  beside: maybe(z.string()),
  /** What a new run tries: live, a release's number, or draft/ and a draft's id. */
  try: maybe(z.coerce.string()),
})

export type Search = z.infer<typeof search>
