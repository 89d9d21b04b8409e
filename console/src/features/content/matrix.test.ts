import { describe, expect, it } from 'vitest'

import { columns, counts, rowsOf, table, traitsOf, type Cell, type Matrix } from './matrix'

const cell = (channel: string, language: string, state: string, more: Partial<Cell> = {}): Cell => ({
  channel, language, state, missing: [], approvals: [], problems: [], warnings: [], ...(state === 'none' ? {} : { content: `${channel}/hello.${language}`, file: `content/${channel}/hello.${language}.liquid` }), ...more,
})
const row = (variant: string, cells: Cell[], more = {}) => ({ engagement: 'hello', variant, phases: ['referral'], moments: [], journeys: [], stages: ['action'], purpose: 'care', file: 'engagements/hello.yaml', problems: [], cells, ...more })
const problem = { file: 'content/sms/hello.en.liquid', line: 1, column: 1, what: '=too, "long"' }
const m: Matrix = {
  program: 'p', languages: ['en', 'es'], channels: ['email', 'sms'], required: true, roles: [], spare: [], elsewhere: 0,
  rows: [
    row('a', [cell('email', 'en', 'approved', { approvals: [{ by: 'ana', name: 'Dr Ana', role: 'medical', when: '2027-01-01T00:00:00Z', demo: false, state: 'holds' }] }), cell('email', 'es', 'missing'), cell('sms', 'en', 'draft', { problems: [problem] }), cell('sms', 'es', 'draft')]),
    row('b', [cell('email', 'en', 'approved'), cell('email', 'es', 'missing'), cell('sms', 'en', 'none'), cell('sms', 'es', 'none')], { phases: [], stages: [] }),
  ],
}

describe('the matrix of what is said', () => {
  it('counts a text once, whoever says it', () => {
    expect(counts(m)).toEqual({ texts: 3, approved: 1, draft: 2, missing: 1, unwritten: 2, found: 1 })
    expect(counts({ ...m, rows: m.rows.map((r) => ({ ...r, problems: [problem] })) }).found).toBe(2)
  })

  it('shows what one asks for', () => {
    const shown = (s: object) => rowsOf(m, s).map((r) => r.variant)
    expect(shown({})).toEqual(['a', 'b'])
    expect(shown({ phase: 'referral' })).toEqual(['a'])
    expect(shown({ phase: '-' })).toEqual(['b'])
    expect(shown({ stage: 'action' })).toEqual(['a'])
    expect(shown({ stage: 'maintenance' })).toEqual([])
    expect(shown({ gaps: true })).toEqual(['a', 'b'])
    expect(shown({ gaps: true, channel: 'sms' })).toEqual(['b'])
    expect(shown({ gaps: true, channel: 'email', only: 'en' })).toEqual([])
    expect(columns(m, { only: 'es' })).toEqual([{ channel: 'email', language: 'es' }, { channel: 'sms', language: 'es' }])
  })

  it('is a table in which nothing is taken for a formula', () => {
    const lines = table(m, {}).trimEnd().split('\r\n')
    expect(lines).toHaveLength(1 + 8)
    expect(lines[1]).toContain('"Dr Ana (medical, 2027-01-01T00:00:00Z)"')
    expect(lines[3]).toContain('"\'=too, ""long"""')
    expect(table(m, { gaps: true }).trimEnd().split('\r\n')).toHaveLength(1 + 4)
  })

  it('knows of a story’s person what the story tells, the last word on each', () => {
    expect(traitsOf([{ traits: { first_name: 'Owen', phone: '1' } }, {}, { traits: { phone: '2' } }])).toEqual({ first_name: 'Owen', phone: '2' })
  })
})
