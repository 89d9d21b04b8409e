// A small map for tests, of nobody: two phases, three lanes, four moments. Everything in it is of the contract's shapes.
import type { JourneyMap, Leverage, Lived, Me, PhaseLived, Program } from './api/client'

type Stay = PhaseLived['wait']
export const noStay: Stay = { n: 0, events: 0, others: 0, open: 0, p25: null, median: null, p75: null, p90: null, median_low: null, median_high: null }
export const stay = (median: number, low: number, high: number): Stay => ({ ...noStay, n: 40, events: 30, median, median_low: low, median_high: high })

export const sampleMe: Me = { kind: 'account', id: 'a1', name: 'Kim Lee', roles: ['care-coordinator'], programs: [], may: ['people.report', 'people.list', 'person.read', 'program.read'], sees: [] }

const stakeholders: JourneyMap['stakeholders'] = [{ id: 'patient', name: 'Patient', kind: 'patient' }, { id: 'gp', name: 'GP practice', kind: 'clinician' }, { id: 'group', name: 'Support group', kind: 'staff' }]

export const samplePrograms: Program[] = [{ id: 'ra', name: 'Sample program', languages: ['en'], phases: [{ id: 'before', name: 'Before' }], stakeholders: [], moments: [], journeys: [], audiences: [], behaviors: [], outcomes: [], engagements: [], texts: [] }]

export const sampleMap: JourneyMap = {
  program: 'ra', name: 'Sample program', exits: [], stakeholders,
  phases: [{ id: 'before', name: 'Before', says: 'Is it something?', words: [], expect: '42d' }, { id: 'after', name: 'After', words: [] }],
  moments: [
    { id: 'notices', name: 'Notices it', phase: 'before', by: 'patient', guess: false, respond: [], words: ['When it is told.'] },
    { id: 'asks', name: 'Asks the practice', phase: 'before', by: 'patient', to: 'gp', guess: false, respond: [], words: [], then: 'helped', within: '5d' },
    { id: 'helped', name: 'Is helped', phase: 'after', by: 'gp', guess: false, respond: [], words: [] },
    { id: 'meets', name: 'Meets others', phase: 'after', by: 'group', guess: true, respond: [], words: [] },
  ],
  lifecycle: [{ id: 'need', phases: ['before'] }, { id: 'use', phases: ['after'] }],
}

const phase = (id: string, name: string, n: Partial<PhaseLived>): PhaseLived => ({
  phase: id, name, here: 0, overdue: 0, entered: 0, moved_on: 0, left: 0, waiting: 0, exits: {}, left_program: 0, ended: 0, skipped: 0, again: 0, back: 0, back_days: null, wait: noStay, stay: noStay, ...n,
})
const moment = (id: string, name: string, people: number | null, more: Partial<Lived['moments'][number]> = {}): Lived['moments'][number] => ({ moment: id, name, guess: false, seen: people, people, made: 0, kept: 0, kept_late: 0, late: 0, open: 0, wait: noStay, ...more })

export const sampleLived: Lived = {
  program: 'ra', name: 'Sample program',
  basis: { release: '0123456789abcdef', as_of: '2026-03-01T09:00:00Z', people: 120, censored: 20, withheld: 0, filter: 'everybody', smallest: 0 },
  phases: [
    phase('before', 'Before', { here: 21, overdue: 7, entered: 120, moved_on: 80, left: 19, waiting: 21, expected: '42d', back: 3, wait: stay(20.25, 16, 24.5) }),
    phase('after', 'After', { here: 80, entered: 80, waiting: 80 }),
  ],
  flows: [{ from: '', to: 'before', count: 120, wait: noStay }, { from: 'before', to: 'after', count: 80, wait: stay(20.25, 16, 24.5) }],
  moments: [moment('notices', 'Notices it', 118), moment('asks', 'Asks the practice', 90, { promised: 'helped', within: '5d', made: 90, kept: 41, kept_late: 23, late: 17, open: 9 }), moment('helped', 'Is helped', 64), moment('meets', 'Meets others', 0, { guess: true })],
  hand_offs: [{ moment: 'asks', from: 'patient', to: 'gp', sent: 90, received: 64, waiting: 13, left: 13, target: '5d', wait: stay(6.5, 5, 8) }],
  lifecycle: [{ part: 'need', phases: ['before'], here: 21 }, { part: 'use', phases: ['after'], here: 80 }],
  feelings: [{ moment: 'notices', phase: 'before', word: 'anxious', planned: -0.75, asked: -0.4, n: 33 }, { moment: 'helped', phase: 'after', word: 'relieved', planned: 0.5, asked: null, n: 0 }],
}

export const sampleLeverage: Leverage = {
  program: 'ra', basis: sampleLived.basis,
  answer: {
    min_cell: 11, trials: [], trials_withheld: 0, contrasts: [], fairness: [], tested: 3, withheld: 0,
    voices: [{ moment: 'Asks the practice', at: 0, count: 30, negative: 24, share: { value: 0.8, lo: 0.63, hi: 0.91 } }],
    losses: [{ at: 0, n: 120, late: 31, days: { value: 410, lo80: 350, hi80: 470, lo95: 320, hi95: 500 } }],
    transitions: [{
      passage: { from: 'Before', to: 'After', horizon: 60, window: 365, outcomes: 'people helped', entered: 120, converted: 80, exited: 19, waiting: 21, presumed_lost: 2, lost_after: 60, share: 0.66, interval: { value: 0.66, lo: 0.57, hi: 0.74 }, followed: true, waits: [10, 20, null], late: 31, days_lost: 400, excess: 3, steady: { expected: 20, waiting: 21, off: false } },
      gains: [{ attribute: 'Practice', shown: true, gain: { value: 14, lo80: 5, hi80: 20, lo95: 2, hi95: 24 }, half: { value: 7, lo80: 2, hi80: 10, lo95: 1, hi95: 12 }, rank: 5, m: 0, chance: 0.01 }, { attribute: 'Age', shown: false, why: 'too few segments', gain: { value: 0, lo80: 0, hi80: 0, lo95: 0, hi95: 0 }, half: { value: 0, lo80: 0, hi80: 0, lo95: 0, hi95: 0 }, rank: 0, m: 0, chance: 0 }],
    }],
    points: [{ name: 'Before → After', at: 0, heat: 4, star: true, sentence: 'Practice: 14 (2–24) more a year.', reasons: [{ kind: 'gain', sentence: 'Practice: 14 (2–24) more a year.' }, { kind: 'time', sentence: '31 people wait over 42 days.' }] }],
  },
}
