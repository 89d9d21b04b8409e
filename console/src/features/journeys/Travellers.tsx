// The people behind a number of a journey or of one of its steps.
import type { Schemas } from '@attune/client'

import { api, wanted, type Me } from '../../api/client'
import { Behind } from '../../app/Behind'
import { Segments } from '../../ui'
import { instant, say } from '../../words/words'
import { called, ends, type End } from './ends'

const travellers = (program: string, journey: string, step: string | undefined, end: End, cursor: string) => ({
  queryKey: ['travellers', program, journey, step, end, cursor],
  queryFn: ({ signal }: { signal: AbortSignal }) => wanted(api.GET('/v1/programs/{program}/journeys/{journey}/people', { params: { path: { program, journey }, query: { end, limit: 50, ...(step === undefined ? {} : { step }), ...(cursor === '' ? {} : { cursor }) } }, signal })),
})

export function Travellers ({ program, journey, name, step, end, choose, me, close }: {
  program: string
  journey: string
  name: string
  /** The step; the whole journey without it. */
  step: string | undefined
  end: End
  choose: (end: End) => void
  me: Me
  close: () => void
}) {
  return (
    <Behind
      which={end} title={step === undefined ? name : `${name} · ${step}`} ask={(cursor) => travellers(program, journey, step, end, cursor)} me={me} close={close}
      columns={[
        ...(step === undefined ? [{ head: say('step'), of: (t: Schemas['TravellerOf']) => t.step ?? say('a step that there is no more') }] : []),
        { head: say('came there'), of: (t) => instant(t.since) },
        { head: say('until'), of: (t) => t.until === undefined ? '' : instant(t.until) },
        { head: say('then'), of: (t) => t.stuck === true ? say('cannot go on') : say(called[t.end as End]) },
      ]}
    >
      <Segments label={say('Which number')} value={end} choose={(v) => choose(v as End)} of={ends.map((e) => ({ value: e, label: say(called[e]) }))} />
    </Behind>
  )
}
