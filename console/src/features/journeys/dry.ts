// What a dry-run lives through, line by line, and stories as files.
import type { Schemas } from '@attune/client'

export type Heard = Schemas['HeardLineInput']
export type DryRun = Schemas['DryRun']

/** The lines of a story's events, and what it says about itself. */
export function ofStory (story: string): { says: string, events: Heard[] } {
  const [says = '', rest = ''] = story.split(/^-- events\.jsonl --\n/m)
  const [events = ''] = rest.split(/^-- \S+ --\n/m)
  return { says: says.trim(), events: events.split('\n').filter((l) => l.trim() !== '').map((l) => JSON.parse(l) as Heard) }
}

/** Somebody to begin with who does not exist. */
export const somebody = (language: string): Heard => ({ at: '2027-03-01T09:00:00Z', traits: { first_name: 'Asha', email: 'asha@example.org', phone: '+447700900123', timezone: 'Europe/London', language } })

/** The lines with one more, which stands behind all that are not later. */
export function withLine (events: Heard[], line: Heard): Heard[] {
  const at = events.findIndex((e) => Date.parse(e.at) > Date.parse(line.at))
  return at < 0 ? [...events, line] : [...events.slice(0, at), line, ...events.slice(at)]
}

/** The lines once time has gone on to an instant: a last line that only lets time pass goes on with it. */
export function until (events: Heard[], at: string): Heard[] {
  const last = events.at(-1)
  return last?.tick === true ? [...events.slice(0, -1), { at, tick: true }] : [...events, { at, tick: true }]
}

/** An instant some days on. */
export const daysOn = (at: string, days: number): string => new Date(Date.parse(at) + days * 86_400_000).toISOString().replace('.000Z', 'Z')
