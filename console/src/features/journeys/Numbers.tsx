import { say, whole } from '../../words/words'
import { useCount, type Counts, type JourneyLived } from './counts'
import type { End } from './ends'

type N = number | null | undefined

/** Numbers in a row, each of which leads to its people where open is given. What is hidden leads nowhere. */
function Row ({ all, open, first = 0, ...data }: { all: Array<[End, N, string]>, open: ((end: End) => void) | undefined, first?: -1 | 0, 'data-numbers'?: string, 'data-on'?: string }) {
  return (
    <span className='numbers' {...data}>{all.map(([end, n, words]) => {
      const looks = { here: 'strong', stuck: 'bad strong' }[end as string]
      const says = <><span data-count={end}>{n === null || n === undefined ? say('hidden') : whole(n)}</span> {words}</>
      return open === undefined || n === null || n === undefined ? <span key={end} className={looks}>{says}</span> : <button key={end} type='button' className={looks} tabIndex={first} onClick={() => open(end)}>{says}</button>
    })}</span>
  )
}

const stuck = (n: N): Array<[End, N, string]> => (n ?? 0) > 0 ? [['stuck', n, say('cannot go on')]] : []

/** Who stands on a step, passed it, or left there; nothing where the step is not live. By keys, O leads to the people. */
export function Numbers ({ counts, step, open }: { counts: Counts, step: string, open?: ((step: string, end: End) => void) | undefined }) {
  const n = useCount(counts, step)
  if (n === undefined) return null
  return <Row data-numbers={step} first={-1} open={open === undefined ? undefined : (end) => open(step, end)} all={[['here', n.here, say('here')], ['passed', n.passed, say('passed')], ['left', n.left, say('left')], ...stuck(n.stuck)]} />
}

/** How a journey does: who is on it, finished or left it, and who cannot go on. */
export function Health ({ journey, open }: { journey: JourneyLived | undefined, open: ((end: End) => void) | undefined }) {
  if (journey === undefined) return null
  return <Row data-on={journey.journey} open={open} all={[['here', journey.here, say('here')], ['passed', journey.finished, say('finished')], ['left', journey.left, say('left')], ...stuck(journey.stuck)]} />
}
