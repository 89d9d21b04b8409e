// map.yaml as it is written, and the map that the wall draws of it. What a draft says of a map is shown even while something in it is wrong.
import type { JourneyMap } from '../../api/client'
import type { Value } from '../drafts/edit'

export type Trigger = string | { on?: string, where?: string, [more: string]: Value | undefined }
export interface Evidence { quote?: string, from?: string }
export interface PhaseWritten { id: string, name?: string, says?: string, enter?: Trigger, leave?: Trigger, expect?: string, horizon?: string, goal?: number }
export interface StakeholderWritten { id: string, name?: string, kind?: string, routine?: string, sources?: string | string[], wants?: string | string[], fears?: string | string[], quotes?: string | string[], evidence?: Evidence[] }
export interface MomentWritten { id: string, phase?: string, by?: string, name?: string, to?: string, seen?: Trigger, then?: { moment?: string, within?: string, key?: string }, need?: string, feeling?: string, evidence?: Evidence[], respond?: string | string[] }
export interface MapWritten { phases: PhaseWritten[], stakeholders: StakeholderWritten[], moments: MomentWritten[], lifecycle: Record<string, string | string[]> }

export const feelings = ['desperate', 'anxious', 'frustrated', 'confused', 'neutral', 'hopeful', 'relieved', 'confident', 'grateful']
export const kinds = ['patient', 'caregiver', 'clinician', 'staff', 'payer']

/** A field that is a text or a list of texts, as a list. */
export const list = (v: string | string[] | undefined): string[] => v === undefined || v === null ? [] : Array.isArray(v) ? v : [v]

/** The values of a map.yaml; what is missing is empty, since somebody may be writing it. */
export function written (value: Value | undefined): MapWritten {
  const is = (typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {}) as Partial<MapWritten>
  const items = <T extends { id: string }>(v: T[] | undefined | null): T[] => Array.isArray(v) ? v.filter((i) => typeof i?.id === 'string') : []
  return { phases: items(is.phases), stakeholders: items(is.stakeholders), moments: items(is.moments), lifecycle: is.lifecycle ?? {} }
}

/** The map as the wall draws it. */
export function mapOf (program: string, name: string, is: MapWritten): JourneyMap {
  return {
    program, name, exits: [],
    phases: is.phases.map((p) => ({ id: p.id, name: p.name ?? p.id, words: [], ...(p.says === undefined ? {} : { says: p.says }), ...(p.expect === undefined ? {} : { expect: String(p.expect) }) })),
    stakeholders: is.stakeholders.map((s) => ({ id: s.id, name: s.name ?? s.id, kind: s.kind ?? '' })),
    moments: is.moments.map((m) => ({
      id: m.id, name: m.name ?? m.id, phase: m.phase ?? '', by: m.by ?? '', guess: m.seen === undefined || m.seen === null, words: [], respond: list(m.respond),
      ...(m.to === undefined ? {} : { to: m.to }), ...(m.need === undefined ? {} : { need: m.need }), ...(m.feeling === undefined ? {} : { feeling: m.feeling }),
      ...(m.then?.moment === undefined ? {} : { then: m.then.moment, within: String(m.then.within ?? '') }),
    })),
    lifecycle: Object.entries(is.lifecycle).map(([id, phases]) => ({ id, phases: list(phases) })),
  }
}

/** What differs between two maps: by id, what came, what went, and what is said otherwise, by its fields. */
export interface Difference { kind: 'phase' | 'stakeholder' | 'moment', id: string, name: string, how: 'added' | 'removed' | 'changed', fields: string[] }

export function differences (was: MapWritten, is: MapWritten): Difference[] {
  const of = (kind: Difference['kind'], a: Array<{ id: string, name?: string }>, b: Array<{ id: string, name?: string }>): Difference[] => [
    ...b.flatMap((x): Difference[] => {
      const before = a.find((y) => y.id === x.id) as Record<string, unknown> | undefined
      if (before === undefined) return [{ kind, id: x.id, name: x.name ?? x.id, how: 'added', fields: [] }]
      const now = x as Record<string, unknown>
      const fields = [...new Set([...Object.keys(before), ...Object.keys(now)])].filter((f) => JSON.stringify(before[f]) !== JSON.stringify(now[f]))
      return fields.length === 0 ? [] : [{ kind, id: x.id, name: x.name ?? x.id, how: 'changed', fields }]
    }),
    ...a.filter((x) => !b.some((y) => y.id === x.id)).map((x): Difference => ({ kind, id: x.id, name: x.name ?? x.id, how: 'removed', fields: [] })),
  ]
  return [...of('phase', was.phases, is.phases), ...of('stakeholder', was.stakeholders, is.stakeholders), ...of('moment', was.moments, is.moments)]
}
