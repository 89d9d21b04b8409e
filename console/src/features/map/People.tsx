// The people behind a number of a phase.
import type { Me } from '../../api/client'
import { passages, type End, type Filter } from '../../api/queries'
import { Behind } from '../../app/Behind'
import { instant, say } from '../../words/words'
import { ends } from './search'

export function People ({ program, phase, phaseName, end, filter, me, close }: { program: string, phase: string, phaseName: string, end: End, filter: Filter, me: Me, close: () => void }) {
  return <Behind
    title={say('{phase}: who {end}', { phase: phaseName, end: say(ends[end]) })} ask={(cursor) => passages(program, phase, end, filter, cursor)} me={me} close={close}
    columns={[
      { head: say('came in'), of: (p) => instant(p.entered) },
      { head: say('until'), of: (p) => p.until === undefined ? '' : instant(p.until) },
      { head: say('then'), of: (p) => p.end === 'waiting' ? (p.here ? say('here') : say('not known')) : p.to },
    ]}
  />
}
