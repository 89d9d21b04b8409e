// What everybody sees, on every screen, while nothing is handed over.
import type { Me } from '../api/client'
import { ofAll, usePauses } from '../api/pauses'
import { instant, say } from '../words/words'

export function Paused ({ me }: { me: Me | undefined }) {
  const { pauses } = usePauses(me)
  return (pauses.data ?? []).filter(ofAll).map((p) => <p key={p.at} className='banner' role='status' data-paused>{say('Everything is paused since {time} by {who}: {why}', { time: instant(p.at), who: p.by, why: p.why })} {p.but_safety === true ? say('Safety messages go on.') : say('Nothing goes out.')} {say('What is due waits, and nothing is lost.')}</p>)
}
