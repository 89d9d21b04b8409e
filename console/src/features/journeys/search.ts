import * as z from 'zod/mini'

const maybe = <T extends z.ZodMiniType>(is: T) => z.catch(z.optional(is), undefined)

/** What an address of the journeys says. */
export const search = z.object({
  draft: maybe(z.string()),
  journey: maybe(z.string()),
  step: maybe(z.coerce.string()),
  dry: maybe(z.literal(true)),
  view: maybe(z.enum(['canvas'])),
})

export type Search = z.infer<typeof search>
