import { describe, expect, it } from 'vitest'

import { merge } from '../../api/merge'
import { withNews } from '../../api/queries'
import { sampleLeverage, sampleLived, sampleMap } from '../../test-sample'
import { tidy } from '../../app/address'
import { columns, feelings, inDays, next, ribbon, smooth, waitsIn } from './model'
import { address, search } from './search'

const cols = columns(sampleMap, sampleLived, sampleLeverage)

describe('what stands where', () => {
  it('shows a phase’s heat on the moment that promises another, as the poster does', () => {
    expect(waitsIn(sampleMap.moments, 'before')).toBe('asks')
    expect(waitsIn(sampleMap.moments, 'after')).toBe('helped')
    expect(waitsIn(sampleMap.moments, 'nowhere')).toBeUndefined()
    const cards = cols.flatMap((c) => [...c.lanes.values()].flat())
    expect(cards.map((c) => [c.moment.id, c.heat])).toEqual([['notices', 0], ['asks', 4], ['helped', 0], ['meets', 0]])
  })

  it('puts a hand-off into the lane that receives it', () => {
    expect(cols[0]?.received.get('gp')?.map((h) => h.moment)).toEqual(['asks'])
  })

  it('reads durations as the map writes them', () => {
    expect(['42d', '36h', '2w', '90m', undefined, 'soon'].map(inDays)).toEqual([42, 1.5, 14, 0.0625, undefined, undefined])
  })
})

describe('the ribbon', () => {
  it('is as thick as people came in, and its parts are all of them', () => {
    const bands = ribbon(sampleLived.phases, 100, 60)
    for (const [k, b] of bands.entries()) {
      expect(b.on + b.stay + b.left).toBeCloseTo((sampleLived.phases[k]?.entered ?? 0) / 120 * 60, 9)
    }
    expect(bands[1]?.x).toBe(100)
  })

  it('is not drawn where a part is hidden: it could be measured', () => {
    const [first] = sampleLived.phases
    if (first === undefined) throw new Error('there is a first phase')
    expect(ribbon([{ ...first, left: null }], 100, 60)[0]).toMatchObject({ drawn: false, on: 0, stay: 0, left: 0 })
  })
})

describe('how it feels', () => {
  it('gives each moment with a feeling a place within its phase', () => {
    expect(feelings(sampleMap, sampleLived, 100).map((f) => [f.moment, f.x, f.planned, f.asked])).toEqual([['notices', 50, -0.75, -0.4], ['helped', 150, 0.5, null]])
    expect(smooth([{ x: 0, y: 1 }, { x: 10, y: 3 }])).toBe('M0,1 C5,1 5,3 10,3')
  })
})

describe('keys in the grid', () => {
  it('lead down a cell and a lane, and to the next phase in the nearest lane', () => {
    const all = (from: string) => (['ArrowUp', 'ArrowDown', 'ArrowLeft', 'ArrowRight'] as const).map((k) => next(sampleMap, cols, from, k))
    expect(all('notices')).toEqual([undefined, 'asks', undefined, 'helped'])
    expect(all('asks')).toEqual(['notices', undefined, undefined, 'helped'])
    expect(all('helped')).toEqual([undefined, 'meets', 'notices', undefined])
    expect(all('gone')).toEqual([undefined, undefined, undefined, undefined])
  })
})

describe('news', () => {
  it('are merged as RFC 7386 says', () => {
    expect(merge({ a: 1, b: { c: 2, d: 3 } }, { b: { c: null, e: [1] }, f: 4 })).toEqual({ a: 1, b: { d: 3, e: [1] }, f: 4 })
    expect(merge(undefined, { a: null })).toEqual({})
    expect(merge({ a: 1 }, [2])).toEqual([2])
  })

  it('change counts, keep times, and hide what is not told any more', () => {
    const now = withNews(sampleLived, { phases: { before: { ...sampleLived.phases[0], entered: 121, waiting: 22, here: 22, left: undefined } }, moments: { notices: 119 } })
    expect(now.phases[0]).toMatchObject({ entered: 121, waiting: 22, here: 22, left: null, wait: sampleLived.phases[0]?.wait })
    expect(now.moments[0]?.seen).toBe(119)
    expect(now.lifecycle.map((l) => l.here)).toEqual([22, 80])
    expect(withNews(sampleLived, { phases: {}, moments: {} })).toBe(sampleLived)
    expect(withNews(sampleLived, undefined)).toBe(sampleLived)
  })
})

describe('addresses', () => {
  it('say what is filtered, and nothing wrong', () => {
    expect(address('/v1/x', { is: ['sex:female', 'area:1'], saw: 'asks' }, { size: 'a3' })).toBe('/v1/x?size=a3&is=sex%3Afemale&is=area%3A1&saw=asks')
    expect(address('/v1/x', {})).toBe('/v1/x')
    expect(tidy(search.parse({ moment: 3, view: 'pie', end: 'here', saw: '', is: [], heat: false }))).toEqual({ end: 'here', heat: false })
  })
})
