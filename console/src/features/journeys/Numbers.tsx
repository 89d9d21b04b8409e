import { say, whole } from '../../words/words'
import { useCount, type Counts } from './counts'

/** Who stands on a step, passed it, or left there; nothing where the step is not live. */
export function Numbers ({ counts, step }: { counts: Counts, step: string }) {
  const n = useCount(counts, step)
  if (n === undefined) return null
  const told = (x: number | null | undefined) => x === null || x === undefined ? say('hidden') : whole(x)
  return (
    <span className='numbers' data-numbers={step}>
      <b data-count='here'>{told(n.here)}</b> {say('here')} · <span data-count='passed'>{told(n.passed)}</span> {say('passed')} · <span data-count='left'>{told(n.left)}</span> {say('left')}
      {(n.stuck ?? 0) > 0 && <b className='bad'> · {say('{n} cannot go on', { n: n.stuck })}</b>}
    </span>
  )
}
