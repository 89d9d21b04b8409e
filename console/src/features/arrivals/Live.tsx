import { Notice } from '../../app/states'
import { ChoiceField } from '../../ui/fields'
import { instant, say } from '../../words/words'
import { became, curl, type Now } from './ask'
import type { Search } from './search'

/** When, to the second. */
const second = (at: string): string => `${instant(at).replace(/ UTC$/, '')}:${at.slice(17, 19)} UTC`

/** The newest arrivals, the newest first. */
export function Live ({ now, source, go }: { now: Now, source: string | undefined, go: (s: Search) => void }) {
  const lines = Object.entries(now.lines).map(([n, l]) => ({ n: Number(n), ...l })).sort((a, b) => b.n - a.n)
  const shown = source === undefined ? lines : lines.filter((l) => l.source === source)
  return (
    <>
      <div className='arrivals-filter'><ChoiceField label={say('Source')} value={source ?? ''} commit={(s) => go({ source: s === '' ? undefined : s })} data={[{ value: '', label: say('any') }, ...Object.keys(now.sources).sort().map((s) => ({ value: s, label: s }))]} /></div>
      {shown.length === 0
        ? <Notice title={source === undefined ? say('Nothing arrived yet') : say('Nothing of it arrived lately')}><p>{say('Send the first event with this line, with the key of a source in it:')}</p><pre className='secret' tabIndex={0} aria-label={say('A line that sends an event')}>{curl('KEY', 'portal.visited')}</pre></Notice>
        : <div className='tabled tail' tabIndex={0} role='region' aria-label={say('Newest arrivals')}>
            <table>
              <thead><tr><th scope='col'>{say('when')}</th><th scope='col'>{say('source')}</th><th scope='col'>{say('event')}</th><th scope='col'>{say('what became of it')}</th><th scope='col'>{say('why')}</th></tr></thead>
              <tbody>{shown.map((l) => (
                <tr key={l.n} data-n={l.n} data-became={l.became}>
                  <td className='when'>{second(l.at)}</td>
                  <td>{l.source}</td>
                  <th scope='row'>{l.event === '' ? <span className='quiet'>{say('no name that can be shown')}</span> : l.event}</th>
                  <td>{l.became === 'quarantined' || l.became === 'undeclared'
                    ? <button type='button' data-line className={`plain fate ${l.became}`} onClick={() => go(l.became === 'quarantined' ? { part: 'quarantine', source: l.source } : { part: 'unknown' })}>{say(became[l.became] ?? l.became)}</button>
                    : <span className={`fate ${l.became}`} tabIndex={-1} data-line>{say(became[l.became] ?? l.became)}</span>}</td>
                  <td>{[l.field, l.reason].filter(Boolean).join(': ')}</td>
                </tr>
              ))}</tbody>
            </table>
          </div>}
      <p className='quiet'>{say('The newest hundred at most. They are kept in memory, and forgotten when the server stops.')}</p>
    </>
  )
}
