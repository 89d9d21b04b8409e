// What stands where on the map. Nothing is counted or hidden here: numbers are the API's, and a null is one that is hidden.
import type { JourneyMap, Leverage, LeveragePoint, Lived, PhaseLived } from '../../api/client'

export type MomentRead = JourneyMap['moments'][number]
export type MomentLived = Lived['moments'][number]
export type HandOff = Lived['hand_offs'][number]

export interface Card {
  moment: MomentRead
  lived: MomentLived | undefined
  /** From 1 to 5; 0 where nothing is known of it. */
  heat: number
  point: LeveragePoint | undefined
}

export interface Column {
  id: string
  name: string
  says: string
  lived: PhaseLived | undefined
  /** Cards by lane, in the map's order. */
  lanes: Map<string, Card[]>
  /** Hand-offs of moments of this phase, by the lane that receives. */
  received: Map<string, HandOff[]>
  point: LeveragePoint | undefined
}

/** The words that go with a heat, so that neither colour nor bars have to be seen. */
export const heatWords = ['not known', 'low', 'some', 'raised', 'high', 'highest'] as const

/** The moment of a phase that its heat is shown on: the first that promises another, else the first of the patient's lane, else the first. The poster does the same. */
export function waitsIn (moments: MomentRead[], phase: string): string | undefined {
  const here = moments.filter((m) => m.phase === phase)
  return (here.find((m) => m.then !== undefined) ?? here.find((m) => m.by === 'patient') ?? here[0])?.id
}

export function columns (map: JourneyMap, lived: Lived | undefined, leverage: Leverage | undefined): Column[] {
  const points = leverage?.answer?.points ?? []
  return map.phases.map((p, at) => {
    const point = points.find((x) => x.at === at)
    const hot = waitsIn(map.moments, p.id)
    const lanes = new Map<string, Card[]>()
    const received = new Map<string, HandOff[]>()
    for (const m of map.moments.filter((x) => x.phase === p.id)) {
      const is = m.id === hot ? point : undefined
      const card = { moment: m, lived: lived?.moments.find((x) => x.moment === m.id), heat: is?.heat ?? 0, point: is }
      lanes.set(m.by, [...lanes.get(m.by) ?? [], card])
      for (const h of lived?.hand_offs.filter((x) => x.moment === m.id) ?? []) received.set(h.to, [...received.get(h.to) ?? [], h])
    }
    return { id: p.id, name: p.name, says: p.says ?? '', lived: lived?.phases.find((x) => x.phase === p.id), lanes, received, point }
  })
}

/** A duration of a map in days: "42d" is 42, "36h" is 1.5. */
export function inDays (text: string | undefined): number | undefined {
  const m = /^(\d+(?:\.\d+)?)(w|d|h|m)$/.exec(text ?? '')
  if (m === null) return undefined
  return Number(m[1]) * { w: 7, d: 1, h: 1 / 24, m: 1 / 1440 }[m[2] as 'w' | 'd' | 'h' | 'm']
}

export interface Band { x: number, w: number, y: number, stay: number, left: number, on: number, drawn: boolean }

/** The ribbon: as thick as people came in; those who are still here, who left and who moved on are its parts. A phase with a hidden part is not drawn, since it could be measured. */
export function ribbon (phases: Array<PhaseLived | undefined>, width: number, height: number): Band[] {
  const most = Math.max(1, ...phases.map((p) => p?.entered ?? 0))
  return phases.map((p, k) => {
    const drawn = p !== undefined && [p.entered, p.moved_on, p.left, p.waiting].every((n) => n !== null)
    const thick = (n: number | null | undefined) => drawn ? (n ?? 0) / most * height : 0
    return { x: k * width, w: width, y: 0, on: thick(p?.moved_on), stay: thick(p?.waiting), left: thick(p?.left), drawn }
  })
}

export interface Feeling { moment: string, name: string, phase: string, x: number, planned: number | null, asked: number | null, n: number | null, word: string }

/** How it feels, from left to right: each moment that has a feeling, within the width of its phase. From -1 to 1. */
export function feelings (map: JourneyMap, lived: Lived, width: number): Feeling[] {
  return map.phases.flatMap((p, k) => {
    const here = lived.feelings.filter((f) => f.phase === p.id && (f.planned !== null || f.asked !== null))
    return here.map((f, n) => ({
      moment: f.moment, name: map.moments.find((m) => m.id === f.moment)?.name ?? f.moment, phase: p.id, word: f.word ?? '',
      planned: f.planned, asked: f.asked, n: f.n, x: (k + (n + 0.5) / here.length) * width,
    }))
  })
}

/** A line through points that never swings beyond them. */
export function smooth (points: Array<{ x: number, y: number }>): string {
  return points.map((p, k) => {
    const was = points[k - 1]
    if (was === undefined) return `M${p.x},${p.y}`
    const mid = (was.x + p.x) / 2
    return `C${mid},${was.y} ${mid},${p.y} ${p.x},${p.y}`
  }).join(' ')
}

/** Where a key leads in the grid: the next card that way, in the same lane or the same phase. */
export function next (map: JourneyMap, cols: Column[], from: string, key: 'ArrowLeft' | 'ArrowRight' | 'ArrowUp' | 'ArrowDown'): string | undefined {
  const is = map.moments.find((m) => m.id === from)
  if (is === undefined) return undefined
  const col = cols.findIndex((c) => c.id === is.phase)
  const lane = map.stakeholders.findIndex((s) => s.id === is.by)
  const cell = (c: number, l: number) => cols[c]?.lanes.get(map.stakeholders[l]?.id ?? '') ?? []
  const place = cell(col, lane).findIndex((c) => c.moment.id === from)
  const down = key === 'ArrowDown'
  if (key === 'ArrowUp' || down) {
    const within = cell(col, lane)[place + (down ? 1 : -1)]
    if (within !== undefined) return within.moment.id
    for (let l = lane + (down ? 1 : -1); l >= 0 && l < map.stakeholders.length; l += down ? 1 : -1) {
      const there = cell(col, l).at(down ? 0 : -1)
      if (there !== undefined) return there.moment.id
    }
    return undefined
  }
  const step = key === 'ArrowRight' ? 1 : -1
  // In the lane if it has a card that way, and else in the nearest lane of the next phase that has one.
  for (let c = col + step; c >= 0 && c < cols.length; c += step) {
    const there = cell(c, lane)[Math.min(place, cell(c, lane).length - 1)]
    if (there !== undefined) return there.moment.id
  }
  for (let c = col + step; c >= 0 && c < cols.length; c += step) {
    const near = map.stakeholders.map((_, l) => l).sort((a, b) => Math.abs(a - lane) - Math.abs(b - lane)).map((l) => cell(c, l)[0]).find((x) => x !== undefined)
    if (near !== undefined) return near.moment.id
  }
  return undefined
}
