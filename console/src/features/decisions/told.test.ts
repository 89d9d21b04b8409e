import { describe, expect, it } from 'vitest'

import { inputs, isId, outcomeOf, weighed, type Candidate, type Option, type Round } from './told'

const option = (engagement: string, score: number, more: Partial<Option> = {}): Option => ({ engagement, variant: 'plain', channel: 'email', due: '', effect: 0, sd: 0, value: 1, fit: 1, context: 1, lever: 0, hazard: 0, burden: 0, score, probability: 0.5, ...more })
const round = (options: Option[], drawn: number): Round => ({ policy: 'learned', explore: 0, least: 0, most: 1, options, nothing: 0.2, place: 0.3, drawn, again: true })
const candidate = (engagement: string, more: Partial<Candidate> = {}): Candidate => ({ program: 'p', engagement, value: 1, because: '', ...more })

describe('a decision', () => {
  it('shows of what was chosen the option that was drawn, and of what was not the one that was worth most', () => {
    const d = { rounds: [round([option('a', 1), option('a', 3), option('b', 2), option('b', 5)], 0)] }
    expect(weighed(d, candidate('a', { touch: 't' }))?.option.score).toBe(1)
    expect(weighed(d, candidate('b'))?.option.score).toBe(5)
    expect(weighed(d, candidate('a', { touch: 't' }))?.chance, 'of all its options').toBe(1)
    expect(weighed(d, candidate('c'))).toBeUndefined()
    expect(weighed({}, candidate('a'))).toBeUndefined()
  })

  it('names each input once', () => {
    const part = { feature: 'f', says: 'how old', value: 3, effect: 0.1, sd: 0.1 }
    expect(inputs({ rounds: [round([option('a', 1, { parts: [part] }), option('b', 1, { parts: [part, { ...part, feature: 'g', says: 'how far' }] })], 0)] })).toEqual([{ says: 'how old', value: 3 }, { says: 'how far', value: 3 }])
  })

  it('tells what is chosen, held out, not chosen, and vetoed by any other rule', () => {
    expect([candidate('a', { touch: 't' }), candidate('a', { reason: 'held_out' }), candidate('a', { reason: 'nothing_now' }), candidate('a', { reason: 'not_chosen' }), candidate('a', { reason: 'no_consent' })].map(outcomeOf)).toEqual(['chosen', 'held_out', 'not_chosen', 'not_chosen', 'vetoed'])
  })

  it('takes for an id what is one, and no name', () => {
    expect(['pp8r6pvery74qbdtd37bx5sswar', 'Patel', 'p', ''].map(isId)).toEqual([true, false, false, false])
  })
})
