// What decisions are in words, and what of them stands beside each other.
import type { Schemas } from '@attune/client'

import { api, quietApi, wanted } from '../../api/client'
import { tidy } from '../../app/address'
import { csv } from '../../app/csv'
import { text } from '../../words/words'
import { type Search } from './search'

export type Fate = Schemas['Fate']
export type Told = Schemas['DecisionTold']
export type Candidate = Schemas['WhyCandidate']
export type Round = Schemas['WhyRound']
export type Option = Schemas['WhyOption']

/** What outcomes are called. */
export const called: Record<string, string> = {
  chosen: text('Chosen to be said'), sent: text('Handed over'), withheld: text('Withheld after that'), vetoed: text('Vetoed by a rule'), held_out: text('Held out'), not_chosen: text('Not chosen'),
}

/** A page of what was decided. What the page asks by itself, since something came, keeps no session alive. */
export const fates = (s: Search, cursor: string, signal: AbortSignal, quiet = false) =>
  wanted((quiet ? quietApi : api).GET('/v1/decisions', { params: { query: { ...tidy(s), limit: 50, ...(cursor === '' ? {} : { cursor }) } }, signal }))

/** How a candidate was weighed: its option that was drawn, or else the one that was worth most, and the chance of all its options in that draw. */
export function weighed (d: { rounds?: Round[] }, c: Candidate): { option: Option, chance: number } | undefined {
  let best: { option: Option, chance: number } | undefined
  for (const round of d.rounds ?? []) {
    const of = (round.options ?? []).filter((o) => o.engagement === c.engagement)
    const chance = of.reduce((sum, o) => sum + o.probability, 0)
    const drawn = round.options[round.drawn]
    if (c.touch !== undefined && drawn !== undefined && of.includes(drawn)) return { option: drawn, chance }
    for (const option of of) if (best === undefined || option.score > best.option.score) best = { option, chance }
  }
  return best
}

/** The inputs that options were weighed by, each once. */
export function inputs (d: { rounds?: Round[] }): Array<{ says: string, value: number }> {
  const seen = new Map<string, { says: string, value: number }>()
  for (const r of d.rounds ?? []) for (const o of r.options ?? []) for (const p of o.parts ?? []) if (!seen.has(p.feature)) seen.set(p.feature, { says: p.says, value: p.value })
  return [...seen.values()]
}

/** How a candidate ended, of the outcomes that the list has. */
export const outcomeOf = (c: Candidate): string => c.touch !== undefined && c.touch !== '' ? 'chosen' : c.reason === 'held_out' ? 'held_out' : c.reason === 'not_chosen' || c.reason === 'nothing_now' ? 'not_chosen' : 'vetoed'

/** A person's id as it is written. */
export const isId = (written: string): boolean => /^p[0-9a-z]{26}$/.test(written)

/** Decisions as a table, a line each; people are their ids, as on the screen. */
export const table = (all: Fate[]): string => csv([
  ['at', 'person', 'program', 'engagement', 'channel', 'outcome', 'reason', 'says', 'decision', 'touch'],
  ...all.map((f) => [f.at, f.person, f.program, f.engagement, f.channel ?? '', f.outcome, f.reason ?? '', f.says ?? '', f.decision ?? '', f.touch ?? '']),
])
