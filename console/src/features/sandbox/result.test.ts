import { describe, expect, it } from 'vitest'

import { arms, clear, ordered, read, rows } from './result'

const counts = {
  people: 10, events: 30, decisions: 8, touches: 5, opted_out: 1,
  touches_by_engagement: [{ name: 'welcome', count: 5 }], touches_by_channel: [{ name: 'sms', count: 5 }], outcomes: [], moments: [],
  people_by_touches: [{ touches: 0, people: 6 }, { touches: 1, people: 3 }, { touches: 2, people: 1 }],
  refusals: [{ program: 'p', engagement: 'welcome', says: 'it was night', count: 2 }, { program: 'p', engagement: 'welcome', says: 'it was night', count: 1 }],
  phases: [{ program: 'p', phase: '', name: '', entered: 10, moved_on: 10, left: 0, still_here: 0, days_median: 0 }, { program: 'p', phase: 'first', name: 'First', entered: 10, moved_on: 4, left: 1, still_here: 5, days_median: 3 }],
}
const simulation = { ...counts, note: 'made up', world: { name: 'w', derived: false }, release: 'r', seed: 1, start: 's', end: 'e', days: 9, rules: [], with_and_without_messages: [], other: { ...counts, touches: 7, touches_by_engagement: [{ name: 'recall', count: 7 }], release: 'q', differences: [] } }
const names = { tried: 'one', beside: 'two', happened: 'real' }

describe('what came of a run', () => {
  it('is a column for each version that lived, of the same people', () => {
    const all = arms(read('simulation', simulation), names)
    expect(all.map((a) => [a.name, a.counts.messages, a.counts.reached])).toEqual([['one', 5, 4], ['two', 7, 4]])
    expect([...all[0]?.phases.entries() ?? []]).toEqual([['p/first', { name: 'First', entered: 10, moved: 4, left: 1, here: 5, median: 3 }]])
  })

  it('has a row for what only one of them says, the largest first, and adds up what is said twice', () => {
    const all = arms(read('simulation', simulation), names)
    expect(rows(all, 'engagements')).toEqual([{ name: 'recall', counts: [0, 7] }, { name: 'welcome', counts: [5, 0] }])
    expect(rows(all, 'refusals')).toEqual([{ name: 'welcome: it was night', counts: [3, 3] }])
  })

  it('is refused where it is something else', () => {
    expect(() => read('backtest', simulation)).toThrow()
    expect(() => read('simulation', { people: 'many' })).toThrow()
  })

  it('is told with what is surely different first, and then by size', () => {
    const d = (outcome: string, difference: number, low: number, high: number) => ({ outcome, with: 0, without: 0, difference, low, high })
    const all = [d('large', 5, -1, 11), d('small and sure', 0.2, 0.1, 0.3), d('sure', -2, -3, -1)]
    expect(all.map(clear)).toEqual([false, true, true])
    expect(ordered(all).map((x) => x.outcome)).toEqual(['sure', 'small and sure', 'large'])
  })
})
