// What came of a run, as a table can show it: each version that lived is a column. Simulations and backtests count different things; here both are the same shape.
import * as z from 'zod/mini'

const n = z.number()
const s = z.string()
const named = z.array(z.object({ name: s, count: n }))
const phase = z.object({ program: s, phase: s, name: s, entered: n, moved_on: n, left: n, still_here: n, days_median: n })
const difference = z.object({ outcome: s, with: n, without: n, difference: n, low: n, high: n })

const counts = z.object({
  people: n, events: n, decisions: n, touches: n, opted_out: n,
  touches_by_engagement: named, touches_by_channel: named, outcomes: named, moments: named,
  people_by_touches: z.array(z.object({ touches: n, people: n })),
  refusals: z.array(z.object({ program: s, engagement: s, says: s, count: n })),
  phases: z.array(phase),
})

const simulation = z.extend(counts, {
  note: s, world: z.object({ name: s, says: z.optional(s), derived: z.boolean() }), release: s, seed: n, start: s, end: s, days: n,
  rules: z.array(z.object({ program: s, rule: s, fired: n })),
  with_and_without_messages: z.array(difference),
  other: z.optional(z.extend(counts, { release: s, differences: z.array(difference) })),
})

const played = z.object({
  decisions: n, people_touched: n, messages: n,
  engagements: z.array(z.object({ program: s, engagement: s, channel: s, touches: n, people: n })),
  refusals: z.array(z.object({ program: s, engagement: s, says: s, count: n })),
  phases: z.nullable(z.array(z.object({ program: s, phase: s, entered: n, at_the_end: n }))),
})
const side = z.extend(played, { release: s, number: z.optional(n) })
const engaged = z.object({ program: z.optional(s), engagement: z.optional(s), newly: n, no_more: n, still: n })

const backtest = z.object({
  note: s, limits: z.array(s), from: s, to: s, people: n, arrived: n, events: n, people_replayed_differently: n,
  candidate: side, against: side, happened: played, people_engaged: engaged, people_by_engagement: z.array(engaged),
})

export type Simulation = z.infer<typeof simulation>
export type Backtest = z.infer<typeof backtest>
export type Difference = z.infer<typeof difference>
export type Result = { kind: 'simulation', is: Simulation } | { kind: 'backtest', is: Backtest }

/** Takes what the server answered for what it is; throws where it is something else. */
export const read = (kind: string, answer: unknown): Result => kind === 'backtest' ? { kind: 'backtest', is: z.parse(backtest, answer) } : { kind: 'simulation', is: z.parse(simulation, answer) }

/** A version that lived: its numbers, by what they are of. */
export interface Arm {
  name: string
  /** Headline numbers, by their key; absent where this kind of run does not count them. */
  counts: Partial<Record<Headline, number>>
  /** Numbers of one kind, by name. */
  lists: Record<List, Map<string, number>>
  phases: Map<string, { name: string, entered: number, moved?: number, left?: number, here: number, median?: number }>
}

export const headlines = ['people', 'reached', 'messages', 'decisions', 'opted_out'] as const
export type Headline = typeof headlines[number]
export const lists = ['outcomes', 'engagements', 'channels', 'refusals', 'moments'] as const
export type List = typeof lists[number]

const counted = (all: Array<[string, number]>): Map<string, number> => {
  const out = new Map<string, number>()
  for (const [name, count] of all) out.set(name, (out.get(name) ?? 0) + count)
  return out
}
const of = (all: Array<{ name: string, count: number }>) => counted(all.map((x) => [x.name, x.count]))
const refused = (all: Array<{ engagement: string, says: string, count: number }>) => counted(all.map((x) => [`${x.engagement}: ${x.says}`, x.count]))

function lived (name: string, c: z.infer<typeof counts>): Arm {
  return {
    name,
    counts: { people: c.people, reached: c.people - c.people_by_touches.filter((x) => x.touches === 0).reduce((sum, x) => sum + x.people, 0), messages: c.touches, decisions: c.decisions, opted_out: c.opted_out },
    lists: { outcomes: of(c.outcomes), engagements: of(c.touches_by_engagement), channels: of(c.touches_by_channel), refusals: refused(c.refusals), moments: of(c.moments) },
    phases: new Map(c.phases.filter((p) => p.phase !== '').map((p) => [`${p.program}/${p.phase}`, { name: p.name, entered: p.entered, moved: p.moved_on, left: p.left, here: p.still_here, median: p.days_median }])),
  }
}

function wouldHave (name: string, c: z.infer<typeof played>): Arm {
  return {
    name,
    counts: { reached: c.people_touched, messages: c.messages, decisions: c.decisions },
    lists: { outcomes: new Map(), engagements: counted(c.engagements.map((e) => [e.engagement, e.touches])), channels: counted(c.engagements.map((e) => [e.channel, e.touches])), refusals: refused(c.refusals), moments: new Map() },
    phases: new Map((c.phases ?? []).map((p) => [`${p.program}/${p.phase}`, { name: p.phase, entered: p.entered, here: p.at_the_end }])),
  }
}

/** The columns of a run: what was tried first. Names say which version each is. */
export function arms (r: Result, names: { tried: string, beside: string, happened: string }): Arm[] {
  if (r.kind === 'backtest') return [wouldHave(names.tried, r.is.candidate), wouldHave(names.beside, r.is.against), wouldHave(names.happened, r.is.happened)]
  return [lived(names.tried, r.is), ...(r.is.other === undefined ? [] : [lived(names.beside, r.is.other)])]
}

/** The rows of a list over all columns: the largest first, and what only one has too. */
export function rows (all: Arm[], list: List, most = 12): Array<{ name: string, counts: number[] }> {
  const names = [...new Set(all.flatMap((a) => [...a.lists[list].keys()]))]
  return names.map((name) => ({ name, counts: all.map((a) => a.lists[list].get(name) ?? 0) })).sort((a, b) => Math.max(...b.counts) - Math.max(...a.counts) || a.name.localeCompare(b.name)).slice(0, most)
}

/** Differences worth reading first: those whose interval leaves zero out, the largest first. */
export const clear = (d: Difference): boolean => d.low > 0 || d.high < 0
export const ordered = (all: Difference[]): Difference[] => [...all].sort((a, b) => Number(clear(b)) - Number(clear(a)) || Math.abs(b.difference) - Math.abs(a.difference))
