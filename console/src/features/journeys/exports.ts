import { csv } from '../../app/csv'
import type { JourneyLived } from './counts'

/** The journeys of a program as a table, a line each: numbers as they may be seen, and "hidden" for those that may not. */
export function table (all: Array<{ file: string, name: string, live: string | undefined, lived: JourneyLived | undefined, held: boolean, wrong: boolean }>, asOf: string): string {
  const told = (is: JourneyLived | undefined, n: number | null | undefined) => is === undefined ? '' : n === null || n === undefined ? 'hidden' : String(n)
  return csv([
    ['journey', 'name', 'file', 'live', 'paused', 'problems', 'entered', 'here', 'finished', 'left', 'cannot_go_on', 'as_of'],
    ...all.map(({ lived: l, ...j }) => [
      j.live ?? '', j.name, j.file, j.live === undefined ? 'no' : 'yes', j.held ? 'yes' : 'no', j.wrong ? 'yes' : 'no',
      told(l, l?.entered), told(l, l?.here), told(l, l?.finished), told(l, l?.left), told(l, l?.stuck), l === undefined ? '' : asOf,
    ]),
  ])
}
