// The releases of the programs: to look at one as it was, and to hold it against what is live.
import { useQuery } from '@tanstack/react-query'

import { Waiting, Wrong } from '../../app/states'
import { Button, Dialog } from '../../ui'
import { instant, say, whole } from '../../words/words'
import { releases } from './ask'
import { hows } from '../drafts/hows'
import type { Difference } from './written'

export function Versions ({ close, look }: { close: () => void, look: (release: string | undefined) => void }) {
  const all = useQuery(releases)
  return (
    <Dialog open close={close} title={say('Versions')} wide>
      {all.isPending && <Waiting what={say('Versions are being fetched')} />}
      {all.isError && <Wrong error={all.error} again={() => void all.refetch()} />}
      {all.data !== undefined && <div className='tabled' tabIndex={0} role='region' aria-label={say('Versions')}><table>
        <thead><tr><th scope='col'>{say('version')}</th><th scope='col'>{say('published')}</th><th scope='col'>{say('people who live under it')}</th><th scope='col'><span className='unseen'>{say('Look')}</span></th></tr></thead>
        <tbody>{all.data.map((r) => (
          <tr key={r.number} data-release={r.number}>
            <th scope='row'>{r.number} <span className='quiet'>{r.release.slice(0, 8)}</span>{r.live && <b> {say('live')}</b>}{r.undoes !== undefined && r.undoes > 0 && <span className='quiet'> {say('takes {n} back', { n: r.undoes })}</span>}{r.upgrade && <span className='quiet'> {say('by a new version of Attune')}</span>}</th>
            <td>{instant(r.published)}</td><td>{whole(r.people)}</td>
            <td>{r.live ? <Button onClick={() => look(undefined)}>{say('Show it')}</Button> : <Button onClick={() => look(String(r.number))}>{say('Hold it against what is live')}</Button>}</td>
          </tr>
        ))}</tbody>
      </table></div>}
    </Dialog>
  )
}

/** What differs, in words. */
export function Differences ({ all, select }: { all: Difference[], select: (d: Difference) => void }) {
  if (all.length === 0) return <p>{say('Nothing on the map differs.')}</p>
  const kinds: Record<Difference['kind'], string> = { phase: say('phase'), stakeholder: say('who takes part'), moment: say('moment') }
  return (
    <ul className='changes' data-differences={all.length}>{all.map((d) => (
      <li key={d.kind + d.id}><b>{say(hows[d.how] ?? d.how)}</b><span>{d.how === 'removed' ? d.name : <button type='button' className='plain' onClick={() => select(d)}>{d.name}</button>} <span className='quiet'>{kinds[d.kind]}{d.fields.length > 0 && `: ${d.fields.join(', ')}`}</span></span></li>
    ))}</ul>
  )
}
