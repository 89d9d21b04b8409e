// While everything is paused, every screen says so.
import { Link } from '@tanstack/react-router'

import type { Me } from '../api/client'
import { ofAll, usePauses } from '../api/pauses'
import { instant, say } from '../words/words'

/** Says that everything is paused, to everybody who may know, and leads whoever may end it there. */
export function Paused ({ me }: { me: Me }) {
  const { pauses } = usePauses(me)
  return (pauses.data ?? []).filter(ofAll).map((p) => (
    <p key={p.at} className='banner' role='status' data-paused>
      {say('Everything is paused since {time} by {who}: {why}', { time: instant(p.at), who: p.by, why: p.why })} {p.but_safety === true ? say('Safety messages go on.') : say('Nothing goes out.')} {say('What is due waits, and nothing is lost.')}
      {me.may.includes('delivery.control') && <> <Link to='/settings/$part' params={{ part: 'health' }} search={{}}>{say('To where it goes on')}</Link></>}
    </p>
  ))
}
