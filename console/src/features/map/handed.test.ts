// What is taken from the map and brought back.
import { describe, expect, it } from 'vitest'

import type { JourneyMap } from '../../api/client'
import { apply, type Value } from '../drafts/edit'
import { bringIn, cardText, asJSON } from './handed'
import type { Card, Column } from './model'

const map = { program: 'ra', name: 'Way to care', exits: [], lifecycle: [], phases: [], stakeholders: [{ id: 'gp', name: 'Practice', kind: 'clinician' }], moments: [{ id: 'seen', name: 'A first visit' }] } as unknown as JourneyMap
const col = { id: 'wait', name: 'Waiting' } as Column
const card = {
  moment: { id: 'sent', name: 'Referral is sent', by: 'gp', then: 'seen', within: '42d', guess: false, need: 'To know when.' },
  lived: { people: 120, seen: 130, made: 120, kept: 70, kept_late: null, late: 30, open: 8 },
  heat: 4, point: { heat: 4, reasons: [{ sentence: '30 of 120 wait too long.' }], sentence: '' },
} as unknown as Card

describe('a moment as a card', () => {
  it('tells its numbers, since when they stand, what is hidden, and why it matters', () => {
    expect(cardText(map, col, card, '2027-03-01T09:00:00Z').split('\n')).toEqual([
      'Referral is sent', 'Way to care · Waiting · Practice', '', 'people: 120', 'times: 130', '“A first visit” within 42 days.', 'promises made: 120', 'kept in time: 70',
      'kept, and late: hidden', 'late and not kept yet: 30', 'still in time: 8', 'as of Mar 1, 2027, 09:00 UTC', '', 'heat 4 of 5: high', '30 of 120 wait too long.', '', 'What the person needs', 'To know when.',
    ])
  })

  it('says of a guess that it is one, and has no numbers of it', () => {
    expect(cardText(map, col, { moment: { id: 'x', name: 'A worry', by: 'gp', guess: true }, lived: undefined, heat: 0, point: undefined } as unknown as Card, undefined)).toBe('A worry\nWay to care · Waiting · Practice\nOur guess: nothing shows yet that it happens.')
  })
})

describe('a map as JSON', () => {
  const file = { program: 'ra', file: 'map.yaml' }
  const now: Value = { phases: [{ id: 'a' }, { id: 'b' }], moments: [{ id: 'm', phase: 'a' }], exits: [{ id: 'gone' }] }
  const then: Value = { phases: [{ id: 'a' }], moments: [{ id: 'm', phase: 'a' }], lifecycle: { know: 'a' } }

  it('makes any map of any other, and nothing of the same', () => {
    const changes = bringIn(asJSON(then), now, file)
    if (typeof changes === 'string') throw new Error(changes)
    expect(changes.map((c) => `${c.do} ${c.path}`)).toEqual(['set /phases', 'set /lifecycle', 'remove /exits'])
    expect(changes.reduce<Value>((v, c) => apply(v, c), now)).toEqual(then)
    expect(bringIn(asJSON(now), now, file)).toBe('The draft’s map is the same as this file.')
  })

  it.each([['{', /not JSON/], ['[]', /not a map/], ['null', /not a map/], ['{"phase": []}', /no field “phase”/]])('says what is wrong with %s', (text, says) => {
    expect(bringIn(text, now, file)).toMatch(says)
  })
})
