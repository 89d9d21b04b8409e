import { describe, expect, it } from 'vitest'

import { sampleMe } from '../../test-sample'
import type { Work } from '../work/model'
import { ofAll, paused } from '../../api/pauses'
import { drops, mine, next, type Changes } from './model'

const work = (request: string, more: Partial<Work> = {}): Work => ({ request, kind: 'task', what: 'Ask', person: 'p1', program: 'ra', since: '2027-03-01T09:00:00Z', due: '2027-03-02T09:00:00Z', ...more })

describe('today', () => {
  it('begins with what is mine, then what is late, then what was asked for now; what others have is not there', () => {
    const all = [work('a'), work('b', { wished: true }), work('c', { overdue: true }), work('d', { by: 'Lee' }), work('e', { by: 'Kim Lee' }), work('f', { waits: 'later' }), work('g', { kind: 'call' })]
    expect(mine(all, sampleMe).map((w) => w.request)).toEqual(['e', 'c', 'b', 'a'])
  })

  it('tells when work comes only where that is known', () => {
    expect(next([work('a', { waits: 'x' }), work('b', { waits_until: '2027-03-02T09:00:00Z' }), work('c', { waits_until: '2027-03-01T09:00:00Z' }), work('d', { waits_until: '2027-02-01T09:00:00Z', ended: 'x' })])).toBe('2027-03-01T09:00:00Z')
    expect(next([work('a')])).toBeUndefined()
  })

  it('tells a pause of everything from one of a part', () => {
    const p = { why: 'w', by: 'Kim', at: 'x' }
    expect([ofAll(p), ofAll({ ...p, channel: '' }), ofAll({ ...p, journey: 'a_b' }), paused({ ...p, program: 'ra', journey: 'a_b' })]).toEqual([true, true, false, 'ra · a b'])
  })

  it('lists falls alone, the largest first', () => {
    const phase = (id: string, changed: string | undefined, difference: number) => ({ phase: id, name: id, entered: 60, moved_on: 5, entered_before: 60, moved_on_before: 40, difference, low: difference - 0.1, high: difference + 0.1, ...(changed === undefined ? {} : { changed }) })
    const one: Changes = { program: 'ra', name: 'RA', days: 28, before: 'x', until: 'y', since: 'z', reached: [], phases: [phase('a', 'fell', -0.2), phase('b', 'rose', 0.3), phase('c', undefined, -0.5), phase('d', 'fell', -0.4)] }
    expect(drops([one]).map((d) => d.phase.phase)).toEqual(['d', 'a'])
  })
})
