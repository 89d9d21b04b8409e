import { text } from '../words/words'

/** What outcomes of work are called. Words that a program has of its own are said as it has them. */
export const outcomeNames: Record<string, string> = {
  reached: text('Reached'), no_answer: text('No answer'), refused: text('Refused'), call_back: text('Call back'), wrong_person: text('Wrong person'),
  done: text('Done'), accepted: text('Accepted'), declined: text('Declined'), scheduled: text('Scheduled'), closed: text('Closed'), answered: text('Answered'),
}
