// What can be written next in a condition: functions, and names where a function or a comparison takes one.
import type { Schemas } from '@attune/client'

export type Vocabulary = Schemas['Vocabulary']

export interface Offer {
  /** What is written in place of the text between from and to. */
  insert: string
  label: string
  says: string
}

export interface Offers { from: number, to: number, all: Offer[] }

const most = 8

/** Names of the kinds that begin with what is written, and then those that have it somewhere. */
function named (v: Vocabulary, kinds: string[], written: string, close: string): Offer[] {
  const w = written.toLowerCase()
  const all = v.names.filter((n) => kinds.includes(n.kind))
  const first = all.filter((n) => n.name.toLowerCase().startsWith(w))
  const rest = all.filter((n) => !first.includes(n) && (n.name.toLowerCase().includes(w) || (n.says ?? '').toLowerCase().includes(w)))
  return [...first, ...rest].slice(0, most).map((n) => ({ insert: `${n.name}${close}`, label: n.name, says: n.says ?? '' }))
}

/** What may stand at a place of a condition; nothing where nothing is known to fit. */
export function complete (text: string, at: number, v: Vocabulary): Offers {
  const before = text.slice(0, at)
  const quotes = [...before.matchAll(/"/g)]
  if (quotes.length % 2 === 1) { // within quotes
    const open = quotes.at(-1)?.index ?? 0
    const written = before.slice(open + 1)
    const rest = /^[^"\n]*"?/.exec(text.slice(at))?.[0] ?? ''
    const to = at + (rest.endsWith('"') ? rest.length : 0)
    const lead = before.slice(0, open)
    const called = /([A-Za-z_]+)\(([^()]*)$/.exec(lead)
    if (called !== null) {
      const f = v.functions.find((x) => x.name === called[1])
      const which = (called[2] ?? '').split(',').length - 1
      const kind = f?.name === 'consented' && which === 0 ? 'purpose' : f?.takes[which] ?? ''
      return { from: open + 1, to, all: kind === '' ? [] : named(v, [kind], written, '"') }
    }
    const compared = /\b(phase|stage)\([^()]*\)\s*(?:==|!=|in\s*\[[^\]]*)\s*$/.exec(lead)
    return { from: open + 1, to, all: compared?.[1] === undefined ? [] : named(v, [compared[1]], written, '"') }
  }
  const word = /[A-Za-z_]+$/.exec(before)?.[0] ?? ''
  if (word === '' && /[A-Za-z0-9_)"]\s*$/.test(before)) return { from: at, to: at, all: [] } // a comparison or a conjunction comes now
  const w = word.toLowerCase()
  const fits = v.functions.filter((f) => f.name.toLowerCase().startsWith(w))
  return {
    from: at - word.length, to: at,
    all: fits.slice(0, most).map((f) => ({ insert: beginning(f), label: f.usage.split(' or ')[0] ?? f.usage, says: f.says })),
  }
}

/** How a function begins: up to the first name that it takes. */
function beginning (f: Vocabulary['functions'][number]): string {
  if (f.name === 'phase') return 'phase() == "'
  if (f.name === 'age' || f.name === 'day_part') return `${f.name}() `
  return (f.takes[0] ?? '') !== '' || f.usage.startsWith(`${f.name}("`) ? `${f.name}("` : `${f.name}(`
}
