import { Refused } from '../api/client'
import { say } from '../words/words'

/** Why something was not done, and what to do about it, in a sentence. */
export const why = (err: unknown): string => err instanceof Refused ? [err.problem.detail ?? err.problem.title, err.problem.remedy].filter(Boolean).join(' — ') : say('The server cannot be reached just now')
