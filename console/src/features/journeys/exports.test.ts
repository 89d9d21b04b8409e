// What leaves the journeys' screen as a file, and how a journey is laid out for it.
import { describe, expect, it } from 'vitest'

import type { Value } from '../drafts/edit'
import type { JourneyLived, StepLived } from './counts'
import { table } from './exports'
import { journeyOf } from './graph'
import { laidOut, size, type Point } from './layout'
import { picture } from './picture'

const lived: JourneyLived = { journey: 'way', name: 'A way', version: 1, entered: 40, here: 12, finished: 20, left: null, stuck: 0, steps: [] } as unknown as JourneyLived

describe('the journeys as a table', () => {
  it('have a line each, in which what is hidden says so and what is not live has no numbers', () => {
    const rows = table([
      { file: 'journeys/way.yaml', name: '=A way', live: 'way', lived, held: true, wrong: false },
      { file: 'journeys/new.yaml', name: 'New', live: undefined, lived: undefined, held: false, wrong: true },
    ], '2027-03-01T09:00:00Z').split('\r\n')
    expect(rows[1]).toBe("way,'=A way,journeys/way.yaml,yes,yes,no,40,12,20,hidden,0,2027-03-01T09:00:00Z")
    expect(rows[2]).toBe(',New,journeys/new.yaml,no,no,yes,,,,,,')
  })
})

/** Where a line by points runs, at 60 places of each part; its rounded corners are within these. */
const along = (points: Point[]): Point[] => points.slice(1).flatMap((to, k) => {
  const from = points[k] as Point
  return Array.from({ length: 61 }, (_, n) => ({ x: from.x + (to.x - from.x) * n / 60, y: from.y + (to.y - from.y) * n / 60 }))
})

/** Journeys of every size whose steps lead forth and back at random, the same each time. */
function some (n: number, seed: number): Value {
  let is = seed
  const next = (of: number) => { is = (is * 1103515245 + 12345) % 2147483648; return is % of }
  return {
    journey: 'some', name: 'Some & <others>',
    steps: Array.from({ length: n }, (_, k) => k === n - 1 ? { id: `s${k}`, exit: 'over' } : next(3) === 0
      ? { id: `s${k}`, branch: [{ if: `person.traits.age > ${next(90)}`, then: `s${next(n)}` }, { if: 'true', then: `s${next(n)}` }] }
      : { id: `s${k}`, wait: '3d' }),
  } as Value
}

describe('the ways of a journey', () => {
  it('never run behind a step that they neither leave nor reach', () => {
    for (let seed = 1; seed <= 40; seed++) {
      const journey = journeyOf(some(3 + seed % 12, seed), 2)
      const laid = laidOut(journey)
      expect(laid.ways.length).toBe(journey.steps.reduce((sum, s) => sum + s.ways.length, 0))
      for (const w of laid.ways) {
        if (w.from === w.to) continue
        for (const [step, at] of laid.steps) {
          if (step === w.from || step === w.to) continue
          const behind = along(w.points).filter((p) => p.x > at.x + 1 && p.x < at.x + size.width - 1 && p.y > at.y + 1 && p.y < at.y + size.height - 1)
          expect(behind, `seed ${seed}: ${w.from} to ${w.to} behind ${step}`).toEqual([])
        }
      }
    }
  })
})

describe('the picture of a journey', () => {
  it('is a drawing by itself with every step, way and number', () => {
    const journey = journeyOf(some(9, 7), 2)
    const drawn = new DOMParser().parseFromString(picture(journey, (step) => step === 's1' ? { step, here: 5, passed: null, left: 0, stuck: 2, entered: 9 } as unknown as StepLived : undefined, 'as of <now>'), 'image/svg+xml')
    expect(drawn.querySelector('parsererror')).toBeNull()
    expect(drawn.querySelectorAll('g > title').length).toBe(9)
    expect(drawn.querySelectorAll('path[marker-end]').length).toBe(journey.steps.reduce((sum, s) => sum + s.ways.length, 0))
    expect(drawn.documentElement.textContent).toContain('5 here · hidden passed · 0 left · 2 cannot go on')
    expect(drawn.documentElement.textContent).toContain('as of <now>')
  })
})
