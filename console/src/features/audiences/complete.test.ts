import { describe, expect, it } from 'vitest'

import { complete, type Vocabulary } from './complete'

const v: Vocabulary = {
  functions: [
    { name: 'count', usage: 'count("event.name", "7d")', says: 'how many', example: '', takes: ['event', ''] },
    { name: 'consented', usage: 'consented("purpose")', says: 'whether', example: '', takes: ['', '', ''] },
    { name: 'phase', usage: 'phase() == "treatment"', says: 'where', example: '', takes: [] },
    { name: 'stage', usage: 'stage("behavior") == "action"', says: 'the stage', example: '', takes: ['behavior'] },
    { name: 'absent', usage: 'absent("event.name", "after.event", days(14))', says: 'whether', example: '', takes: ['event', 'event', ''] },
    { name: 'days', usage: 'days(3)', says: 'a duration', example: '', takes: [''] },
  ],
  names: [
    { kind: 'phase', name: 'referral', says: 'Referral' }, { kind: 'phase', name: 'treatment', says: 'Starting treatment' }, { kind: 'stage', name: 'action' },
    { kind: 'event', name: 'portal.visited', says: 'looked into the portal' }, { kind: 'event', name: 'visit.held', says: 'came' }, { kind: 'behavior', name: 'adherence' }, { kind: 'purpose', name: 'treatment_support' },
  ],
}

describe('what can be written next', () => {
  const cases: Array<[string, string, string[], string?]> = [
    ['a function, by how it begins', 'co|', ['count("event.name", "7d")', 'consented("purpose")'], 'count("'],
    ['a function after a conjunction', 'age() > 3 && pha|', ['phase() == "treatment"'], 'phase() == "'],
    ['nothing after a whole part', 'phase()|', []],
    ['events where one is taken', 'count("|', ['portal.visited', 'visit.held'], 'portal.visited"'],
    ['events that have what is written, those that begin with it first', 'count("vis|', ['visit.held', 'portal.visited'], 'visit.held"'],
    ['the second of two events', 'absent("visit.held", "por|', ['portal.visited'], 'portal.visited"'],
    ['nothing where a span is taken', 'count("visit.held", "7|', []],
    ['phases where one is compared with', 'phase() == "|', ['referral', 'treatment'], 'referral"'],
    ['phases in a list', 'phase() in ["referral", "t|', ['treatment'], 'treatment"'],
    ['stages of change where one is compared with', 'stage("adherence") == "a|', ['action'], 'action"'],
    ['a name by what it means', 'phase() == "starting|', ['treatment'], 'treatment"'],
    ['purposes of consent', 'consented("t|', ['treatment_support'], 'treatment_support"'],
  ]
  it.each(cases)('is %s', (_, written, labels, insert) => {
    const at = written.indexOf('|')
    const { all } = complete(written.replace('|', ''), at, v)
    expect(all.map((o) => o.label)).toEqual(labels)
    if (insert !== undefined) expect(all[0]?.insert).toBe(insert)
  })

  it('takes the place of the name that stands there', () => {
    const text = 'phase() == "trea" && true'
    const { from, to, all } = complete(text, 16, v)
    expect(text.slice(0, from) + (all[0]?.insert ?? '') + text.slice(to)).toBe('phase() == "treatment" && true')
  })
})
