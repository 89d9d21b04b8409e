import { describe, expect, it } from 'vitest'

import { daysOn, ofStory, until, withLine } from './dry'
import { kindOf, kinds, nameOf, references, summary, targets } from './steps'

describe('a story', () => {
  it('is read as what it lives through', () => {
    const s = ofStory('Ana is welcomed.\n\n-- events.jsonl --\n{"at":"2027-03-01T10:00:00Z","traits":{"first_name":"Ana"}}\n{"at":"2027-03-02T10:00:00Z","tick":true}\n-- touches.jsonl --\n{"at":"x"}\n')
    expect(s).toEqual({ says: 'Ana is welcomed.', events: [{ at: '2027-03-01T10:00:00Z', traits: { first_name: 'Ana' } }, { at: '2027-03-02T10:00:00Z', tick: true }] })
  })

  it('goes on', () => {
    const a = { at: '2027-03-01T10:00:00Z', traits: {} }
    expect(until([a], '2027-03-02T10:00:00Z')).toEqual([a, { at: '2027-03-02T10:00:00Z', tick: true }])
    expect(until([a, { at: '2027-03-02T10:00:00Z', tick: true }], '2027-03-05T10:00:00Z')).toEqual([a, { at: '2027-03-05T10:00:00Z', tick: true }])
    const e = { at: '2027-03-03T10:00:00Z', event: 'portal.visited' }
    expect(withLine([a, { at: '2027-03-05T10:00:00Z', tick: true }], e).map((x) => x.at)).toEqual([a.at, e.at, '2027-03-05T10:00:00Z'])
    expect(daysOn('2027-02-28T10:00:00Z', 1)).toBe('2027-03-01T10:00:00Z')
  })
})

describe('steps', () => {
  const steps = [{ id: 'a', await: { on: 'x.done', within: '3d', else: 'chase' } }, { branch: [{ if: 'true', then: 'c' }], else: 'chase' }, { id: 'c', task: { for: 'nurse', do: 'Ring', outcomes: { reached: 'a' }, within: '1d' } }, { id: 'chase', exit: 'over' }, 'exit']
  it('are of a kind, have a name and a summary', () => {
    expect(steps.map((s) => kindOf(s as never)?.kind)).toEqual(['await', 'branch', 'task', 'exit', 'exit'])
    expect(steps.map((s, k) => nameOf(s as never, k))).toEqual(['a', '1', 'c', 'chase', '4'])
    expect(summary(steps[0] as never)).toBe('on x.done, within 3d, else chase')
  })
  it('lead to others, each at its place', () => {
    expect(targets(steps as never).sort()).toEqual(['a', 'c', 'chase'])
    expect(steps.flatMap((s) => references(s as never)).map((r) => r.path)).toEqual(['/await/else', '/branch/0/then', '/else', '/task/outcomes/reached'])
  })
  it('of every kind have a name and words', () => {
    expect(kinds.map((k) => k.kind)).toEqual(['send', 'decide', 'wait', 'await', 'branch', 'split', 'ask', 'task', 'refer', 'update', 'call', 'goal', 'exit'])
    for (const k of kinds) expect(k.name + k.says).not.toBe('')
  })
})
