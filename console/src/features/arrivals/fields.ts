// Fields of an event as they are declared, from what was seen of them.
import { say, text } from '../../words/words'
import type { Unknown } from './ask'

export interface Field {
  name: string
  type: string
  sensitivity: string
  use: boolean
  /** Why it cannot be declared; empty where it can. */
  not: string
}

/** The types of fields, in words. */
export const types: Record<string, string> = { text: text('text'), integer: text('whole number'), number: text('number'), flag: text('yes or no'), time: text('time'), list: text('list of texts') }

/** What takes all that was seen, the narrowest first: the same that `attune events declare` takes. */
const takes: Array<[string, string[]]> = [['integer', ['integer']], ['number', ['integer', 'number']], ['time', ['time']], ['text', ['text', 'time']], ['flag', ['flag']], ['list', ['list']]]

/** Fields of an event as it arrived; one that came with several types that nothing takes is left out at first. */
export function fieldsOf (e: Pick<Unknown, 'properties'>): Field[] {
  return e.properties.map((p) => {
    const seen = Object.keys(p.types)
    const type = takes.find(([, all]) => seen.every((t) => all.includes(t)))?.[0]
    const named = /^[A-Za-z][A-Za-z0-9_]*$/.test(p.name)
    return { name: p.name, type: type ?? 'text', sensitivity: 'clinical', use: named && type !== undefined, not: named ? '' : say('rules cannot write this name') }
  })
}
