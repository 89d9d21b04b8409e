// What addresses of screens say.
import * as z from 'zod/mini'

/** What is said wrongly in an address is not said. */
export const maybe = <T extends z.ZodMiniType>(is: T) => z.catch(z.optional(is), undefined)

/** What is said, without what is not: an address has nothing in it that means nothing. */
export const tidy = <T extends object>(s: T): { [K in keyof T]?: Exclude<T[K], undefined> } => Object.fromEntries(Object.entries(s).filter(([, v]) => v !== undefined && v !== '' && !(Array.isArray(v) && v.length === 0))) as { [K in keyof T]?: Exclude<T[K], undefined> }
