// The numbers of a run: each version is a column, and what differs is told with its interval.
import { say, text, whole } from '../../words/words'
import { clear, headlines, lists, ordered, rows, type Arm, type Backtest, type Difference, type Headline, type List, type Result } from './result'

const called: Record<Headline, string> = { people: text('people'), reached: text('people who were told anything'), messages: text('messages'), decisions: text('decisions'), opted_out: text('people who took consent back') }
const titles: Record<List, string> = { outcomes: text('Outcomes reached'), engagements: text('Messages by engagement'), channels: text('Messages by channel'), refusals: text('What was not said, and why'), moments: text('Moments of the map') }

const number = (n: number | undefined) => n === undefined ? '–' : whole(n)
const rate = (n: number) => n.toLocaleString(document.documentElement.lang, { maximumFractionDigits: 1 })

export function Numbers ({ r, all }: { r: Result, all: Arm[] }) {
  const columns = all.map((a, k) => <th key={k} scope='col' className='n'>{a.name}</th>)
  const phases = [...new Set(all.flatMap((a) => [...a.phases.keys()]))]
  return (
    <>
      <Table name={say('In all')} head={columns}>{headlines.filter((h) => all.some((a) => a.counts[h] !== undefined)).map((h) => <tr key={h}><th scope='row'>{say(called[h])}</th>{all.map((a, k) => <td key={k} className='n' data-number={`${h} ${k}`}>{number(a.counts[h])}</td>)}</tr>)}</Table>
      {r.kind === 'simulation' && r.is.other !== undefined && <Differences name={say('What the change changes, of 100 people')} first={all[0]?.name ?? ''} second={all[1]?.name ?? ''} all={r.is.other.differences} none={say('Nothing that is counted differs between the two.')} />}
      {r.kind === 'simulation' && <Differences name={say('What messages change, of 100 people')} first={say('with messages')} second={say('without any')} all={r.is.with_and_without_messages} none={say('Messages change nothing that is counted.')} />}
      {r.kind === 'backtest' && <Newly r={r.is} />}
      {phases.length > 0 && <Table name={say('Through the phases: came in, moved on, left, are there; half moved on after days')} head={columns}>{phases.map((p) => <tr key={p}><th scope='row'>{all.map((a) => a.phases.get(p)?.name).find((x) => x !== undefined)}</th>{all.map((a, k) => { const x = a.phases.get(p); return <td key={k} className='n'>{x === undefined ? '–' : [number(x.entered), ...(x.moved === undefined ? [] : [number(x.moved), number(x.left)]), number(x.here)].join(' · ')}{x?.median !== undefined && x.median >= 0 && <span className='quiet'> · {say('{n} days', { n: x.median })}</span>}</td> })}</tr>)}</Table>}
      {lists.map((l) => { const of = rows(all, l); return of.length > 0 && <Table key={l} name={say(titles[l])} head={columns}>{of.map((x) => <tr key={x.name}><th scope='row'>{x.name}</th>{x.counts.map((n, k) => <td key={k} className='n'>{whole(n)}</td>)}</tr>)}</Table> })}
      {r.kind === 'simulation' && r.is.rules.some((x) => x.fired === 0) && <details><summary>{say('{n, plural, one {# rule} other {# rules}} never had a consequence', { n: r.is.rules.filter((x) => x.fired === 0).length })}</summary><ul>{r.is.rules.filter((x) => x.fired === 0).map((x) => <li key={`${x.program} ${x.rule}`}>{x.rule} <span className='quiet'>{x.program}</span></li>)}</ul></details>}
    </>
  )
}

function Table ({ name, head, children }: { name: string, head: React.ReactNode, children: React.ReactNode }) {
  return <div className='tabled' tabIndex={0} role='region' aria-label={name}><table><caption>{name}</caption><thead><tr><th scope='col'>{''}<span className='unseen'>{say('what')}</span></th>{head}</tr></thead><tbody>{children}</tbody></table></div>
}

/** Differences with their 95 % intervals, drawn over one scale: what leaves zero out first. */
function Differences ({ name, first, second, all, none }: { name: string, first: string, second: string, all: Difference[], none: string }) {
  const most = Math.max(1e-9, ...all.flatMap((d) => [Math.abs(d.low), Math.abs(d.high)]))
  const shown = ordered(all).slice(0, 12)
  if (shown.length === 0) return <p>{none}</p>
  return (
    <Table name={name} head={<><th scope='col' className='n'>{first}</th><th scope='col' className='n'>{second}</th><th scope='col' className='n'>{say('difference')}</th><th scope='col'>{say('95 % of what luck of the draw would give')}</th></>}>
      {shown.map((d) => (
        <tr key={d.outcome} data-difference={d.outcome}>
          <th scope='row'>{d.outcome}</th><td className='n'>{rate(d.with)}</td><td className='n'>{rate(d.without)}</td><td className='n'>{clear(d) ? <b>{d.difference > 0 ? '+' : ''}{rate(d.difference)}</b> : rate(d.difference)}</td>
          <td className='interval'>
            <svg viewBox='-100 0 200 14' width='180' height='14' aria-hidden='true' preserveAspectRatio='none'><line x1={0} x2={0} y1={0} y2={14} className='zero' /><line x1={100 * d.low / most} x2={100 * d.high / most} y1={7} y2={7} className={clear(d) ? 'sure' : 'unsure'} /></svg>
            <span>{say('{low} to {high}', { low: rate(d.low), high: rate(d.high) })}{!clear(d) && <span className='quiet'> · {say('may be nothing')}</span>}</span>
          </td>
        </tr>
      ))}
    </Table>
  )
}

/** For how many people something is said that was not, or is said no more. */
function Newly ({ r }: { r: Backtest }) {
  const row = (name: string, x: { newly: number, no_more: number, still: number }) => <tr key={name}><th scope='row'>{name}</th><td className='n' data-number={`newly ${name}`}>{whole(x.newly)}</td><td className='n'>{whole(x.no_more)}</td><td className='n'>{whole(x.still)}</td></tr>
  return <Table name={say('People to whom something is said')} head={<><th scope='col' className='n'>{say('only under what is tried')}</th><th scope='col' className='n'>{say('only under the other')}</th><th scope='col' className='n'>{say('under both')}</th></>}>{[row(say('anything'), r.people_engaged), ...r.people_by_engagement.map((x) => row(x.engagement ?? '', x))]}</Table>
}
