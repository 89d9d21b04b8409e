import { describe, expect, it } from 'vitest'

import { sampleMe } from '../../test-sample'
import { after, holder, outcomesOf, step, table, told, type Work } from './model'

const work = (request: string, more: Partial<Work> = {}): Work => ({ request, kind: 'task', what: 'Ask', person: 'p1', program: 'ra', since: '2027-03-01T09:00:00Z', due: '2027-03-02T09:00:00Z', ...more })

describe('a piece of work', () => {
  it('has the outcomes that its kind takes, done first for a task', () => {
    expect(outcomesOf({ kind: 'task', outcomes: ['no_answer', 'done'] })).toEqual(['done', 'no_answer'])
    expect(outcomesOf({ kind: 'contact', outcomes: ['reached', 'no_answer'] })).toEqual(['reached', 'no_answer'])
    expect(outcomesOf({ kind: 'refer', outcomes: ['declined'] })).toEqual(['accepted', 'scheduled', 'declined', 'closed'])
    expect(outcomesOf({ kind: 'call' })).toEqual([])
    expect(told('task', 'moved_house')).toMatchObject({ name: 'moved house', own: true })
    expect(told('task', 'no_answer').then).toBe('The journey goes on.')
    expect(told('contact', 'no_answer').then).toBe('It comes back a day later, three times in all.')
  })

  it('is mine by what claims call me', () => {
    expect([holder(work('a'), sampleMe), holder(work('a', { by: 'Kim Lee' }), sampleMe), holder(work('a', { by: 'Lee' }), sampleMe), holder(work('a', { by: 'a1' }), { ...sampleMe, name: '' })]).toEqual(['nobody', 'me', 'other', 'me'])
  })

  it('is followed by the next that can be taken', () => {
    const all = [work('a'), work('b', { by: 'Lee' }), work('c'), work('d', { waits: 'not yet' })]
    expect([after(all, 'a', sampleMe), after(all, 'c', sampleMe), after([work('a')], 'a', sampleMe)]).toEqual(['c', 'a', undefined])
    expect([step(['a', 'b'], undefined, 1), step(['a', 'b'], 'b', 1), step(['a', 'b'], 'b', -1), step([], 'b', 1)]).toEqual(['a', 'b', 'a', undefined])
  })

  it('is a line of a table that no spreadsheet runs', () => {
    const lines = table([work('a', { what: '=1+1', for: 'nurse, ward "3"', overdue: true })]).split('\r\n')
    expect(lines[0]).toBe('work,kind,what,for,person,program,journey,step,priority,urgency,since,due,overdue,by,claimed_until')
    expect(lines[1]).toBe(`a,task,'=1+1,"nurse, ward ""3""",p1,ra,,,,,2027-03-01T09:00:00Z,2027-03-02T09:00:00Z,yes,,`)
  })
})
