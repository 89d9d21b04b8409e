import { text } from '../../words/words'

/** A number of a step, or of a journey, that people stand behind. */
export const ends = ['here', 'stuck', 'passed', 'left', 'entered'] as const
export type End = typeof ends[number]

export const called: Record<End, string> = { here: text('here'), stuck: text('cannot go on'), passed: text('passed'), left: text('left'), entered: text('came in') }
