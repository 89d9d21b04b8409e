// What is known of pieces of work without asking anybody: how they can go, whose they are, and what they are called.
import type { Schemas } from '@attune/client'

import type { Me } from '../../api/client'
import { csv } from '../../app/csv'
import { outcomeNames } from '../../app/outcomes'
import { say, text } from '../../words/words'

export type Work = Schemas['Work']
export type Sheet = Schemas['Sheet']

/** Kinds of work, as they are called. */
export const kinds: Record<string, string> = {
  task: text('Task'), contact: text('Call or visit'), refer: text('Referral'), ask: text('Questionnaire'), call: text('Another system'),
}

/** What comes of a call or visit that went so; after all else the journey goes on. */
const comes: Record<string, string> = {
  reached: text('It is over.'), no_answer: text('It comes back a day later, three times in all.'), refused: text('It is over. The program hears that they refused.'),
  call_back: text('It comes back at the time that they asked for.'), wrong_person: text('It is over. Nobody is reached there any more.'),
}

/** What an outcome is called, and what comes of it, as texts to be said; a program's own word stands for itself. */
export function told (kind: string, outcome: string): { name: string, own: boolean, then: string } {
  const name = outcomeNames[outcome]
  return { name: name ?? outcome.replaceAll('_', ' '), own: name === undefined, then: (kind === 'contact' ? comes[outcome] : undefined) ?? text('The journey goes on.') }
}

const referrals = ['accepted', 'scheduled', 'declined', 'closed']

/** How a piece of work can go, in the order of their keys. */
export function outcomesOf (w: Pick<Work, 'kind' | 'outcomes'>): string[] {
  switch (w.kind) {
    case 'refer': return referrals
    case 'ask': return ['answered']
    case 'task': return ['done', ...(w.outcomes ?? []).filter((o) => o !== 'done')]
    case 'contact': return w.outcomes ?? []
    default: return []
  }
}

/** What whoever asks is called where claims are told. */
export const called = (me: Me): string => me.name === '' ? me.id : me.name

export type Holder = 'nobody' | 'me' | 'other'

export const holder = (w: Pick<Work, 'by'>, me: Me): Holder => w.by === undefined || w.by === '' ? 'nobody' : w.by === called(me) ? 'me' : 'other'

/** Whether a piece of work can be taken now: what waits, is over, or is another system's cannot. */
export const open = (w: Work): boolean => w.kind !== 'call' && w.waits === undefined && w.ended === undefined

/** What is to be done, asked or said. A contact's work is called by its channel and engagement: the channel is its kind. */
export const what = (w: Work): string => w.kind === 'contact' ? w.what.slice(w.what.indexOf(': ') + 1).trim().replaceAll('_', ' ') : w.what.replaceAll('_', ' ')

/** What kind of work it is, in words. */
export const kindOf = (w: Work): string => w.kind !== 'contact' ? say(kinds[w.kind] ?? w.kind) : w.what.startsWith('visit:') ? say('Visit') : say('Call')

/** The next of a list, or the one before, from where one is; it stays within. */
export function step (ids: string[], at: string | undefined, by: 1 | -1): string | undefined {
  const k = at === undefined ? -1 : ids.indexOf(at)
  return ids[k < 0 ? (by > 0 ? 0 : ids.length - 1) : Math.min(ids.length - 1, Math.max(0, k + by))]
}

/** Which piece of work comes next once this one is done: the one below that can be taken, or the first. */
export function after (all: Work[], done: string, me: Me): string | undefined {
  const k = all.findIndex((w) => w.request === done)
  const free = (w: Work) => w.request !== done && open(w) && holder(w, me) !== 'other'
  return (all.slice(k + 1).find(free) ?? all.find(free))?.request
}

/** A table of work for a spreadsheet: ids of people, and nobody's name. What could be taken for a formula is not one. */
export function table (all: Work[]): string {
  const columns: Array<[string, (w: Work) => string]> = [
    ['work', (w) => w.request], ['kind', (w) => w.kind], ['what', (w) => w.what], ['for', (w) => w.for ?? ''], ['person', (w) => w.person], ['program', (w) => w.program],
    ['journey', (w) => w.journey ?? ''], ['step', (w) => w.step ?? ''], ['priority', (w) => w.priority === undefined ? '' : String(w.priority)], ['urgency', (w) => w.urgency ?? ''],
    ['since', (w) => w.since], ['due', (w) => w.due], ['overdue', (w) => w.overdue === true ? 'yes' : 'no'], ['by', (w) => w.by ?? ''], ['claimed_until', (w) => w.claimed_until ?? ''],
  ]
  return csv([columns.map(([name]) => name), ...all.map((w) => columns.map(([, of]) => of(w)))])
}
