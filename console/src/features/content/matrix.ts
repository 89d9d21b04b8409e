// What of the matrix is shown, and the same for a spreadsheet.
import type { Schemas } from '@attune/client'

import { csv } from '../../app/csv'
import type { Search } from './search'

export type Matrix = Schemas['ContentMatrix']
export type Row = Schemas['ContentRow']
export type Cell = Schemas['ContentCell']
export type Preview = Schemas['TextPreview']

export const keyOf = (r: Row): string => `${r.engagement}/${r.variant}`

/** A gap: a language that lacks on a channel on which the variant speaks, or a channel for which it is not written at all. */
export const isGap = (c: Cell): boolean => c.state === 'missing' || c.state === 'none'

export const findings = (c: Cell): number => c.problems.length + c.warnings.length

/** The columns that are shown: each channel in each language. */
export function columns (m: Matrix, s: Search): Array<{ channel: string, language: string }> {
  return m.channels.filter((c) => s.channel === undefined || c === s.channel).flatMap((channel) => m.languages.filter((l) => s.only === undefined || l === s.only).map((language) => ({ channel, language })))
}

/** The cells of a row in the columns that are shown. */
export const cellsOf = (r: Row, shown: Array<{ channel: string, language: string }>): Cell[] =>
  shown.flatMap(({ channel, language }) => r.cells.filter((c) => c.channel === channel && c.language === language))

/** Rows that say nothing of a phase or stage are not of one: "-" asks for them. */
const of = (asked: string | undefined, has: string[]): boolean => asked === undefined || (asked === '-' ? has.length === 0 : has.includes(asked))

export function rowsOf (m: Matrix, s: Search): Row[] {
  const shown = columns(m, s)
  return m.rows.filter((r) => of(s.phase, r.phases) && of(s.stage, r.stages) && (s.gaps !== true || cellsOf(r, shown).some(isGap)))
}

/** How many texts stand how, each counted once though several variants may say it. */
export function counts (m: Matrix): { texts: number, approved: number, draft: number, missing: number, unwritten: number, found: number } {
  const texts = new Map<string, Cell>()
  let unwritten = 0
  for (const c of m.rows.flatMap((r) => r.cells)) {
    if (c.content !== undefined) texts.set(c.content, c)
    else unwritten++
  }
  const all = [...texts.values()]
  const are = (state: string) => all.filter((c) => c.state === state).length
  const rows = new Map(m.rows.map((r) => [r.engagement, r.problems.length])) // all variants of an engagement stand in one file
  return { texts: all.length - are('missing'), approved: are('approved'), draft: are('draft'), missing: are('missing'), unwritten, found: all.reduce((n, c) => n + findings(c), 0) + [...rows.values()].reduce((n, k) => n + k, 0) }
}

/** What is shown, as a table of one line for each text. */
export function table (m: Matrix, s: Search): string {
  const shown = columns(m, s)
  const lines = [['engagement', 'variant', 'phases', 'stages', 'channel', 'language', 'state', 'content', 'hash', 'approved_by', 'problems', 'warnings', 'reading']]
  for (const r of rowsOf(m, s)) {
    for (const c of cellsOf(r, shown)) {
      if (s.gaps === true && !isGap(c)) continue
      lines.push([
        r.engagement, r.variant, r.phases.join(' '), r.stages.join(' '), c.channel, c.language, c.state, c.content ?? '', c.hash ?? '',
        c.approvals.filter((a) => a.state === 'holds').map((a) => `${a.name} (${a.role}, ${a.when})`).join('; '),
        c.problems.map((p) => p.what).join('; '), c.warnings.map((p) => p.what).join('; '), c.reading === undefined ? '' : `${c.reading.formula} ${c.reading.value.toFixed(1)}`,
      ])
    }
  }
  return csv(lines)
}

/** What a story knows of its person. */
export function traitsOf (events: Array<{ traits?: unknown }>): Record<string, never> {
  return Object.assign({}, ...events.map((e) => e.traits ?? {})) as Record<string, never>
}
