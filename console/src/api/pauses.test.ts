import { describe, expect, it } from 'vitest'

import { ofAll, paused } from './pauses'

describe('what is held back', () => {
  it('tells a pause of everything from one of a part', () => {
    const p = { why: 'w', by: 'Kim', at: 'x' }
    expect([ofAll(p), ofAll({ ...p, channel: '' }), ofAll({ ...p, journey: 'a_b' }), paused({ ...p, program: 'ra', journey: 'a_b' })]).toEqual([true, true, false, 'ra · a b'])
  })
})
