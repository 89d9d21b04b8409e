// What is done to a journey's steps that other steps lead to: taken away, and led on to. The outline and the canvas do it alike.
import type { Change, Value } from '../drafts/edit'
import { isFields, textOf, type Fields, type Journey, type Step } from './graph'

export interface Where { program: string, file: string }

/** How a step is found in its file: by its id, or by its place. */
export const pathOf = (s: Step): string => `/steps/${s.id ?? s.index}`

const set = (w: Where, path: string, value: Value): Change => ({ ...w, do: 'set', path, value })
const take = (w: Where, path: string): Change => ({ ...w, do: 'remove', path })

/** Changes every mention of a step; a mention that leads nowhere any more is taken away where the form lets it be. */
function mentions (w: Where, j: Journey, from: string, to: string | undefined): Change[] {
  const out: Change[] = []
  for (const s of j.steps) {
    const base = pathOf(s)
    if (textOf(s.raw.next) === from) out.push(to === undefined ? take(w, `${base}/next`) : set(w, `${base}/next`, to))
    if (textOf(s.raw.else) === from) out.push(to === undefined ? take(w, `${base}/else`) : set(w, `${base}/else`, to))
    if (s.kind === undefined) continue
    const v = s.value
    if (isFields(v)) {
      const now: Fields = { ...v }
      let changed = false
      if (textOf(v.else) === from) { changed = true; if (to === undefined) delete now.else; else now.else = to }
      if (isFields(v.outcomes) && Object.values(v.outcomes).some((t) => textOf(t) === from)) {
        changed = true
        const left = Object.entries(v.outcomes).flatMap(([is, t]): [string, Value][] => textOf(t) !== from ? [[is, t]] : to === undefined ? [] : [[is, to]])
        if (left.length === 0) delete now.outcomes
        else now.outcomes = Object.fromEntries(left)
      }
      if (changed) out.push(set(w, `${base}/${s.kind}`, now))
    }
    if (Array.isArray(v) && v.some((c) => isFields(c) && textOf(c.then) === from)) {
      const left = v.map((c) => {
        if (!isFields(c) || textOf(c.then) !== from) return c
        if (to !== undefined) return { ...c, then: to }
        return Object.fromEntries(Object.entries(c).filter(([f]) => f !== 'then'))
      })
      out.push(set(w, `${base}/${s.kind}`, left))
    }
  }
  for (const [k, i] of j.interrupts.entries()) if (textOf(i.then) === from) out.push(set(w, `/interrupts/${textOf(i.id) || k}/then`, to ?? 'exit'))
  return out
}

/** Where people are moved to who stood on steps of former versions, once a step is none any more. */
function elsewhere (j: Journey, gone: string, to: string | undefined): Fields {
  return Object.fromEntries(Object.entries(j.moves).flatMap(([old, t]): [string, Value][] => textOf(t) !== gone ? [[old, t]] : to === undefined ? [] : [[old, to]]))
}

/** Takes a step away: what led to it leads to where it went on, and whoever stands on it in what is live goes on where it is said. */
export function remove (w: Where, j: Journey, s: Step, to: string, live: string[]): Change[] {
  const onward = s.ways.find((x) => x.by === 'next')?.to
  const follows = j.steps[s.index + 1]?.label
  const changes = mentions(w, j, s.label, onward === s.label ? undefined : onward ?? follows)
  const before = j.steps[s.index - 1]
  const next = textOf(s.raw.next)
  if (before !== undefined && next !== '' && next !== s.label && textOf(before.raw.next) === '' && before.ways.some((x) => x.by === 'next' && x.to === s.label)) changes.push(set(w, `${pathOf(before)}/next`, next))
  const moves = live.includes(s.label) && to !== '' ? [set(w, '/moves', { ...elsewhere(j, s.label, onward ?? follows), [s.label]: to })] : []
  const former = moves.length === 0 && Object.values(j.moves).some((t) => textOf(t) === s.label) ? [set(w, '/moves', elsewhere(j, s.label, onward ?? follows))] : []
  return [...changes, ...moves, ...former, take(w, pathOf(s))]
}

/** Leads a step on to another one. */
export function connect (w: Where, j: Journey, from: Step, to: string): Change[] {
  const path = `${pathOf(from)}/next`
  if (from.kind === 'exit' || to === textOf(from.raw.next)) return []
  if (j.steps[from.index + 1]?.label === to) return from.raw.next === undefined ? [] : [take(w, path)]
  return [set(w, path, to)]
}
