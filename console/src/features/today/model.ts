// What of all that is known needs somebody today.
import type { Schemas } from '@attune/client'

import type { Me } from '../../api/client'
import { holder, open, type Work } from '../work/model'

export type Changes = Schemas['Changes']
export type PhaseChange = Changes['phases'][number]
export type Pause = Schemas['Pause']
export type ChannelState = Schemas['ChannelState']

/** What is mine, then what is late, then what a person asked for at this time, then the rest in its order; nothing that somebody else has. */
export function mine (all: Work[], me: Me): Work[] {
  const rank = (w: Work) => holder(w, me) === 'me' ? 0 : w.overdue === true ? 1 : w.wished === true ? 2 : 3
  return all.filter((w) => open(w) && holder(w, me) !== 'other').map((w, k) => ({ w, k })).sort((a, b) => rank(a.w) - rank(b.w) || a.k - b.k).map(({ w }) => w)
}

/** When the next piece of work comes that waits for its time; undefined where none is known to. */
export function next (all: Work[]): string | undefined {
  return all.flatMap((w) => w.ended === undefined && w.waits_until !== undefined ? [w.waits_until] : []).sort()[0]
}

/** Where fewer people move on than before, the largest fall first. */
export const drops = (all: Changes[]): Array<{ program: Changes, phase: PhaseChange }> => all.flatMap((program) => program.phases.filter((p) => p.changed === 'fell').map((phase) => ({ program, phase }))).sort((a, b) => a.phase.difference - b.phase.difference)

/** What of a channel is not as it should be. */
export const troubled = (c: ChannelState): boolean => c.breaker !== 'closed' || (c.above_ceiling ?? 0) > 0 || (c.held ?? 0) > 0
