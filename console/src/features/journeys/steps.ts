// The kinds of steps that a journey has, and the fields of each, as docs/reference/program.md has them. One table for every form.
import { text } from '../../words/words'
import type { Value } from '../drafts/edit'

export type FieldKind = 'text' | 'long' | 'duration' | 'time' | 'number' | 'rule' | 'event' | 'engagement' | 'engagements' | 'step' | 'words' | 'choice' | 'answers'
export interface Field { name: string, label: string, kind: FieldKind, choices?: string[], needed?: boolean }
export interface Kind { kind: string, name: string, says: string, fields: Field[], begin: Value }

const within: Field = { name: 'within', label: text('Within'), kind: 'duration', needed: true }
const otherwise: Field = { name: 'else', label: text('And at the deadline, go to'), kind: 'step' }
const answers: Field = { name: 'outcomes', label: text('By what was answered, go to: one answer: step on each line'), kind: 'answers' }

/** A field named '' is the step's whole value; one that begins with / stands beside it in the step. */
export const kinds: Kind[] = [
  { kind: 'send', name: text('Say something'), says: text('Proposes an engagement, and goes on when it was handed over or ended.'), begin: '', fields: [{ name: '', label: text('Engagement'), kind: 'engagement', needed: true }] },
  { kind: 'decide', name: text('Say the best of several'), says: text('Proposes several engagements, of which the best one that may go out does.'), begin: [], fields: [{ name: '', label: text('Engagements, one on each line'), kind: 'engagements', needed: true }] },
  {
    kind: 'wait', name: text('Wait'), says: text('Lets time pass: a span, until a time of day, or until a date that is known.'), begin: '3d',
    fields: [{ name: 'for', label: text('How long'), kind: 'duration' }, { name: 'until', label: text('Until a time of day'), kind: 'time' }, { name: 'on', label: text('On these weekdays'), kind: 'words' }, { name: 'date', label: text('Until a date: a rule'), kind: 'rule' }, { name: 'before', label: text('So long before it'), kind: 'duration' }, { name: 'after', label: text('So long after it'), kind: 'duration' }, { name: 'else', label: text('Without a date, go to'), kind: 'step' }],
  },
  {
    kind: 'await', name: text('Wait for something'), says: text('Goes on when an event happens or a state is so, or at its deadline.'), begin: { on: '', within: '7d' },
    fields: [{ name: 'on', label: text('Event'), kind: 'event' }, { name: 'where', label: text('Only where'), kind: 'rule' }, { name: 'when', label: text('Or when this is so of the person'), kind: 'rule' }, { name: 'absent', label: text('Or when this event is missed'), kind: 'event' }, { name: 'after', label: text('missed after this event'), kind: 'event' }, { name: 'for', label: text('for so long'), kind: 'rule' }, { ...within, needed: false }, otherwise],
  },
  { kind: 'branch', name: text('Go different ways'), says: text('Goes to the step of the first case that is true.'), begin: [{ if: 'true', then: '' }], fields: [{ name: '/else', label: text('And where no case is true, go to'), kind: 'step' }] },
  { kind: 'split', name: text('Draw lots'), says: text('Draws one arm, once for each person and for ever.'), begin: [{ arm: 'one', weight: 1 }, { arm: 'two', weight: 1 }], fields: [] },
  { kind: 'ask', name: text('Ask'), says: text('Puts a questionnaire to the person and waits for its answers.'), begin: { questionnaire: 'readiness_ruler', within: '7d' }, fields: [{ name: 'questionnaire', label: text('Questionnaire'), kind: 'text', needed: true }, { name: 'by', label: text('The engagement that invites to answer'), kind: 'engagement' }, within, otherwise] },
  {
    kind: 'task', name: text('A task for somebody'), says: text('Gives a human something to do and waits until it is done.'), begin: { for: 'nurse', do: '', within: '3d' },
    fields: [{ name: 'for', label: text('Who does it'), kind: 'choice', choices: ['nurse', 'call_centre', 'rep', 'coordinator'], needed: true }, { name: 'do', label: text('What is to be done'), kind: 'long', needed: true }, { name: 'priority', label: text('Rank among tasks, larger first'), kind: 'number' }, answers, within, otherwise],
  },
  {
    kind: 'refer', name: text('Refer'), says: text('Asks another service to see the person, and waits for its answer.'), begin: { to: '', reason: '', within: '14d' },
    fields: [{ name: 'to', label: text('The service'), kind: 'text', needed: true }, { name: 'reason', label: text('Why, in a sentence'), kind: 'long', needed: true }, { name: 'priority', label: text('How pressing it is'), kind: 'choice', choices: ['', 'routine', 'urgent', 'asap', 'stat'] }, answers, within, otherwise],
  },
  { kind: 'update', name: text('Write down'), says: text('Writes down what is now known of the person.'), begin: { traits: {} }, fields: [{ name: 'traits', label: text('Traits: one name: value on each line'), kind: 'answers' }, { name: 'story', label: text('Of their story: one name: value on each line'), kind: 'answers' }] },
  { kind: 'call', name: text('Ask another system'), says: text('Asks another system and waits for its answer.'), begin: { service: '', within: '1h' }, fields: [{ name: 'service', label: text('Its name in the configuration'), kind: 'text', needed: true }, { name: 'send', label: text('Traits that it is told'), kind: 'words' }, answers, within, otherwise] },
  { kind: 'goal', name: text('Come this far'), says: text('Marks that the person came this far, and goes on.'), begin: 'reached', fields: [{ name: '', label: text('Name'), kind: 'text', needed: true }] },
  { kind: 'exit', name: text('End'), says: text('Ends the passage, with a reason for people.'), begin: '', fields: [{ name: '', label: text('Reason'), kind: 'text' }] },
]

export type StepWritten = { [name: string]: Value }

/** The kind of a step as it is written; "exit" alone is a step too. */
export const kindOf = (s: StepWritten | string): Kind | undefined => typeof s === 'string' ? kinds.find((k) => k.kind === s) : kinds.find((k) => k.kind in s)

/** How a step is addressed: by its id, or else its place. */
export const nameOf = (s: StepWritten | string, at: number): string => typeof s !== 'string' && typeof s.id === 'string' ? s.id : String(at)

const short = (v: Value | undefined): string => v === undefined || v === null ? '' : typeof v === 'string' || typeof v === 'number' || typeof v === 'boolean' ? String(v) : Array.isArray(v) ? v.map(short).join(', ') : Object.entries(v).map(([k, x]) => `${k} ${short(x)}`).join(', ')

/** What a step does, as it is written, on one line. */
export function summary (s: StepWritten | string): string {
  const kind = kindOf(s)
  if (kind === undefined || typeof s === 'string') return ''
  return short(s[kind.kind])
}

/** Where a step leads: the path of each reference within it, and the name there. */
export function references (s: StepWritten | string): Array<{ path: string, to: string }> {
  const out: Array<{ path: string, to: string }> = []
  const look = (v: Value | undefined, path: string, key: string): void => {
    if (Array.isArray(v)) v.forEach((x, k) => look(x, `${path}/${k}`, key))
    else if (typeof v === 'object' && v !== null) for (const [k, x] of Object.entries(v)) look(x, `${path}/${k}`, key === 'outcomes' ? 'then' : k)
    else if (typeof v === 'string' && ['then', 'else', 'next'].includes(key)) out.push({ path, to: v })
  }
  if (typeof s !== 'string') look(s, '', '')
  return out
}

/** The names of steps that others lead to. */
export const targets = (steps: Array<StepWritten | string>): string[] => [...new Set(steps.flatMap((s) => references(s).map((r) => r.to)))]
