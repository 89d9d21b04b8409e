import { Link } from '@tanstack/react-router'

import type { Me } from '../../api/client'
import { instant, say } from '../../words/words'
import { called, type Fate } from './told'

/** Moves from line to line. */
function keys (e: React.KeyboardEvent<HTMLElement>): void {
  if (!['ArrowDown', 'ArrowUp', 'j', 'k'].includes(e.key)) return
  const links = [...e.currentTarget.querySelectorAll<HTMLElement>('a.when')]
  const at = links.indexOf((document.activeElement?.closest('tr')?.querySelector('a.when') ?? null) as HTMLElement)
  e.preventDefault()
  links[Math.min(Math.max(at + (e.key === 'ArrowDown' || e.key === 'j' ? 1 : -1), 0), links.length - 1)]?.focus()
}

/** What was decided, a line each; a line opens its decision. */
export function FateTable ({ items, me, whose = true }: { items: Fate[], me: Me, whose?: boolean }) {
  const opens = me.may.includes('person.read')
  return (
    <div className='tabled fates' tabIndex={0} role='region' aria-label={say('Decisions')} onKeyDown={keys}>
      <table>
        <thead><tr><th scope='col'>{say('when')}</th>{whose && <th scope='col'>{say('person')}</th>}<th scope='col'>{say('what')}</th><th scope='col'>{say('by')}</th><th scope='col'>{say('what became of it')}</th><th scope='col'>{say('why not')}</th></tr></thead>
        <tbody>{items.map((f, k) => (
          <tr key={`${f.decision ?? f.touch} ${f.engagement} ${f.outcome} ${k}`} data-outcome={f.outcome}>
            <th scope='row'>{opens ? <Link className='when' to='/decisions/$person/$decision' params={{ person: f.person, decision: f.decision ?? f.touch ?? '' }}>{instant(f.at)}</Link> : instant(f.at)}</th>
            {whose && <td><Link to='/decisions/of/$person' params={{ person: f.person }} search={{}}>{f.person}</Link></td>}
            <td>{f.engagement} <span className='quiet'>{f.program}</span></td>
            <td>{f.channel ?? ''}</td>
            <td><span className={`fate ${f.outcome}`}>{say(called[f.outcome] ?? f.outcome)}</span></td>
            <td>{f.says ?? ''}</td>
          </tr>
        ))}</tbody>
      </table>
    </div>
  )
}
