// Where the steps of a journey stand and how its ways run, for the canvas and for its picture.
import { graphlib, layout } from '@dagrejs/dagre'

import type { Journey, Way } from './graph'

/** How large a step is drawn. */
export const size = { width: 236, height: 84 }

export interface Point { x: number, y: number }

/** A way as it is drawn: around the steps that it does not lead to, with its words at a place that is free. */
export interface Laid { from: string, to: string, by: Way['by'], points: Point[], label: string, at: Point | undefined }

/** A journey as it is drawn; the places of steps are their upper left corners. */
export interface Layout { steps: Map<string, Point>, ways: Laid[], width: number, height: number }

const letter = 6.4
const short = (says: string): string => says.length > 26 ? `${says.slice(0, 25)}…` : says

/** Steps in ranks from above to below, as they lead on. */
export function laidOut (journey: Journey): Layout {
  const g = new graphlib.Graph({ multigraph: true })
  g.setGraph({ rankdir: 'TB', nodesep: 28, ranksep: 48, marginx: 12, marginy: 12 })
  for (const s of journey.steps) g.setNode(s.label, { ...size })
  for (const s of journey.steps) {
    for (const [k, w] of s.ways.entries()) {
      if (g.hasNode(w.to)) g.setEdge(s.label, w.to, w.says === '' ? {} : { width: short(w.says).length * letter + 8, height: 18, labelpos: 'c' }, String(k))
    }
  }
  layout(g)
  const { width = 0, height = 0 } = g.graph() as { width?: number, height?: number }
  const centre = (label: string) => g.node(label) as Point
  const wordsBeside = (s: Journey['steps'][number], k: number): number | undefined => { // where the words are of another way to the same step
    const other = s.ways.findIndex((x, n) => n !== k && x.to === s.ways[k]?.to && x.says !== '')
    return other < 0 ? undefined : (g.edge(s.label, s.ways[other]?.to ?? '', String(other)) as { x?: number }).x
  }
  const ranks = [...new Set(journey.steps.map((s) => centre(s.label).y))]
  return {
    width, height,
    steps: new Map(journey.steps.map((s) => { const at = centre(s.label); return [s.label, { x: at.x - size.width / 2, y: at.y - size.height / 2 }] })),
    ways: journey.steps.flatMap((s) => s.ways.flatMap((w, k): Laid[] => {
      if (!g.hasNode(w.to)) return []
      const { points, x, y } = g.edge(s.label, w.to, String(k)) as { points: Point[], x?: number, y?: number }
      return [{ from: s.label, to: w.to, by: w.by, points: s.label === w.to ? points : between(centre(s.label), centre(w.to), points, ranks, w.says === '', wordsBeside(s, k)), label: short(w.says), at: x === undefined || y === undefined ? undefined : { x, y } }]
    })),
  }
}

/** How far from steps a way turns. */
const air = 8

/** A way from below one step to above another, or back: it crosses a rank upright, where the layout left it room, and turns between ranks alone. One without words to the next rank goes straight there, on the other side of the words of another that leads there too. */
function between (from: Point, to: Point, points: Point[], ranks: number[], bare: boolean, words: number | undefined): Point[] {
  const down = from.y < to.y ? 1 : -1
  const half = size.height / 2
  const crosses = (p: Point) => ranks.some((y) => Math.abs(p.y - y) < half)
  const straight = bare && !points.slice(1, -1).some(crosses)
  const inner = straight ? [] : points.slice(1, -1)
  const aside = down < 0 ? 40 : straight && words !== undefined ? (words < (from.x + to.x) / 2 ? 40 : -40) : 0 // what leads back does not lie over what leads on
  return [
    { x: from.x + aside, y: from.y + down * half },
    ...inner.flatMap((p) => {
      const rank = ranks.find((y) => Math.abs(p.y - y) < half)
      return rank === undefined ? [p] : [{ x: p.x, y: rank - down * (half + air) }, { x: p.x, y: rank + down * (half + air) }]
    }),
    { x: to.x + aside, y: to.y - down * half },
  ]
}

/** A line by points, its corners rounded. */
export function curve (points: Point[]): string {
  const n = (x: number) => String(Math.round(x * 10) / 10)
  const to = (p: Point) => `${n(p.x)},${n(p.y)}`
  const towards = (p: Point, q: Point) => {
    const far = Math.hypot(q.x - p.x, q.y - p.y)
    const part = far === 0 ? 0 : Math.min(air, far / 2) / far
    return { x: p.x + (q.x - p.x) * part, y: p.y + (q.y - p.y) * part }
  }
  return points.map((p, k) => {
    const [was, then] = [points[k - 1], points[k + 1]]
    if (was === undefined) return `M${to(p)}`
    return then === undefined ? `L${to(p)}` : `L${to(towards(p, was))} Q${to(p)} ${to(towards(p, then))}`
  }).join(' ')
}
