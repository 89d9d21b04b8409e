// What is taken from the map to be handed on, and back: a moment as a card of plain text, and the map as it is written, as JSON.
import type { JourneyMap } from '../../api/client'
import { days, instant, say, whole } from '../../words/words'
import type { Change, Value } from '../drafts/edit'
import { heatWords, inDays, type Card, type Column } from './model'

/** A moment as a card: what it is, its numbers and since when they stand, and why it is a leverage point. It names nobody. */
export function cardText (map: JourneyMap, col: Column, { moment: m, lived: l, point }: Card, asOf: string | undefined): string {
  const told = (n: number | null | undefined) => n === null || n === undefined ? say('hidden') : whole(n)
  const lines = [m.name, `${map.name} · ${col.name} · ${map.stakeholders.find((s) => s.id === m.by)?.name ?? m.by}`]
  if (m.guess) lines.push(say('Our guess: nothing shows yet that it happens.'))
  if (!m.guess && l !== undefined) {
    lines.push('', `${say('people')}: ${told(l.people)}`, `${say('times')}: ${told(l.seen)}`)
    if (m.then !== undefined) {
      const then = map.moments.find((x) => x.id === m.then)?.name ?? m.then
      lines.push(say('“{then}” within {n} days.', { then, n: days(inDays(m.within) ?? 0) }))
      for (const [name, n] of [[say('promises made'), l.made], [say('kept in time'), l.kept], [say('kept, and late'), l.kept_late], [say('late and not kept yet'), l.late], [say('still in time'), l.open]] as const) lines.push(`${name}: ${told(n)}`)
    }
    if (asOf !== undefined) lines.push(say('as of {when}', { when: instant(asOf) }))
  }
  if (point !== undefined) lines.push('', say('heat {heat} of 5: {word}', { heat: point.heat, word: say(heatWords[point.heat] ?? 'not known') }), ...(point.reasons.length === 0 ? [point.sentence] : point.reasons.map((r) => r.sentence)))
  if (m.need !== undefined) lines.push('', say('What the person needs'), m.need)
  return lines.join('\n')
}

/** The parts of a map.yaml. */
const parts = ['phases', 'stakeholders', 'moments', 'lifecycle', 'exits', 'attributes'] as const

/** The map as it is written, as JSON that bringIn takes. */
export const asJSON = (value: Value | undefined): string => `${JSON.stringify(value ?? {}, null, 2)}\n`

/** What makes a draft's map the one that a text of JSON says, or what is wrong with the text. What is wrong within the map is told by the draft's check, in place. */
export function bringIn (text: string, now: Value | undefined, file: { program: string, file: string }): Change[] | string {
  let is: unknown
  try {
    is = JSON.parse(text)
  } catch (err) {
    return say('This file is not JSON: {why}', { why: err instanceof Error ? err.message : '' })
  }
  if (typeof is !== 'object' || is === null || Array.isArray(is)) return say('This file is JSON, but not a map: a map has the fields {fields}.', { fields: parts.join(', ') })
  const fields = is as Record<string, Value>
  const strange = Object.keys(fields).filter((f) => !parts.some((p) => p === f))
  if (strange.length > 0) return say('A map has no field “{field}”: it has {fields}.', { field: strange[0] ?? '', fields: parts.join(', ') })
  const was = (typeof now === 'object' && now !== null && !Array.isArray(now) ? now : {}) as Record<string, Value>
  const changes = parts.flatMap((p): Change[] => {
    const [before, then] = [was[p], fields[p]]
    if (JSON.stringify(before) === JSON.stringify(then)) return []
    return then === undefined ? [{ ...file, do: 'remove', path: `/${p}` }] : [{ ...file, do: 'set', path: `/${p}`, value: then as never }]
  })
  return changes.length === 0 ? say('The draft’s map is the same as this file.') : changes
}
