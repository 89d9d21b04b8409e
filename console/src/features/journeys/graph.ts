// A journey as a graph: what each step is called, and where it may lead. What a draft says is drawn even while something in it is wrong.
import type { Value } from '../drafts/edit'
import { kinds } from './steps'

export type Fields = { [name: string]: Value }

/** A way from a step to another: how it is written (next, else, a case, an arm or an outcome), and what it says. */
export interface Way { to: string, by: 'next' | 'else' | 'case' | 'arm' | 'outcome', says: string }

export interface Step {
  /** What it is called: its id, or what the program calls a step without one. */
  label: string
  index: number
  /** Its own id, where it has one. */
  id: string | undefined
  kind: string | undefined
  raw: Fields
  value: Value | undefined
  ways: Way[]
}

export interface Journey { id: string, name: string, enter: Value | undefined, steps: Step[], interrupts: Fields[], goals: Fields[], moves: Fields }

export const isFields = (v: Value | undefined): v is Fields => typeof v === 'object' && v !== null && !Array.isArray(v)
export const textOf = (v: Value | undefined): string => v === undefined || v === null || typeof v === 'object' ? '' : String(v)
const name = /^[a-z][a-z0-9_]*$/

/** Where a step leads by what it says itself. */
function waysOf (kind: string | undefined, raw: Fields, value: Value | undefined): Way[] {
  const out: Way[] = []
  const push = (to: Value | undefined, by: Way['by'], says: string) => { if (textOf(to) !== '') out.push({ to: textOf(to), by, says }) }
  if (kind === 'branch' && Array.isArray(value)) for (const c of value) if (isFields(c)) push(c.then, 'case', textOf(c.if))
  if (kind === 'split' && Array.isArray(value)) for (const a of value) if (isFields(a)) push(a.then, 'arm', textOf(a.arm))
  if (isFields(value)) {
    for (const [is, then] of Object.entries(isFields(value.outcomes) ? value.outcomes : {})) push(then, 'outcome', is)
    push(value.else, 'else', textOf(value.within))
  }
  push(raw.else, 'else', '')
  push(raw.next, 'next', '')
  return out
}

/** What steps are called: as core/program calls them, in either format. */
export function journeyOf (value: Value | undefined, format: number): Journey {
  const is = isFields(value) ? value : {}
  const called = new Map<string, number>()
  const list = Array.isArray(is.steps) ? is.steps : []
  const steps = list.map((item, index): Step => {
    const raw: Fields = isFields(item) ? item : item === 'exit' ? { exit: 'finished' } : {}
    const kind = kinds.find((k) => k.kind in raw)?.kind
    const v = kind === undefined ? undefined : raw[kind]
    const id = typeof raw.id === 'string' && raw.id !== '' ? raw.id : undefined
    let label = id ?? `${kind ?? 'step'}-${index + 1}`
    if (id === undefined && format >= 2) {
      const o = isFields(v) ? v : {}
      const subject = kind === 'send' || kind === 'goal' ? textOf(v) : textOf({ ask: o.questionnaire, task: o.for, refer: o.to, call: o.service }[kind ?? ''])
      label = `${kind ?? 'step'}${name.test(subject) ? `-${subject}` : ''}`
      const n = (called.get(label) ?? 0) + 1
      called.set(label, n)
      if (n > 1) label += `-${n}`
    }
    return { label, index, id, kind, raw, value: v, ways: waysOf(kind, raw, v) }
  })
  for (const [k, s] of steps.entries()) { // whoever is not led elsewhere goes on to the step that follows
    const after = steps[k + 1]
    const all = s.kind === 'split' && Array.isArray(s.value) && s.value.every((a) => isFields(a) && textOf(a.then) !== '')
    const closed = s.kind === 'exit' || all || s.ways.some((w) => w.by === 'next') || (s.kind === 'branch' && s.ways.some((w) => w.by === 'else'))
    if (!closed && after !== undefined) s.ways = [...s.ways, { to: after.label, by: 'next', says: '' }]
  }
  const items = (v: Value | undefined): Fields[] => Array.isArray(v) ? v.filter(isFields) : []
  return { id: textOf(is.journey), name: textOf(is.name) || textOf(is.journey), enter: is.enter, steps, interrupts: items(is.interrupts), goals: items(is.goals), moves: isFields(is.moves) ? is.moves : {} }
}

/** A journey whose steps are called what the server calls them, wherever they are named. */
export function labelled (journey: Journey, labels: string[]): Journey {
  const now = new Map(journey.steps.map((s, k) => [s.label, labels[k] ?? s.label]))
  return { ...journey, steps: journey.steps.map((s) => ({ ...s, label: now.get(s.label) ?? s.label, ways: s.ways.map((w) => ({ ...w, to: now.get(w.to) ?? w.to })) })) }
}
