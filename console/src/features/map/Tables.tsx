// The whole map as tables: the same numbers, for whoever reads by ear, by row, or with a spreadsheet beside.
import type { ReactNode } from 'react'

import type { JourneyMap, Leverage, Lived } from '../../api/client'
import type { End } from '../../api/queries'
import { days, say, whole } from '../../words/words'
import { heatWords, inDays } from './model'
import { Num } from './Number'

function Table ({ title, head, children }: { title: string, head: string[], children: ReactNode }) {
  return (
    <div className='tabled' role='region' aria-label={title} tabIndex={0}>
      <table><caption>{title}</caption><thead><tr>{head.map((h) => <th key={h} scope='col'>{h}</th>)}</tr></thead><tbody>{children}</tbody></table>
    </div>
  )
}

const stay = (w: { median: number | null, median_low: number | null, median_high: number | null }) => w.median === null ? '–' : days(w.median) + (w.median_low !== null && w.median_high !== null ? ` (${days(w.median_low)}–${days(w.median_high)})` : '')

export function Tables ({ map, lived, leverage, people }: { map: JourneyMap, lived: Lived, leverage: Leverage | undefined, people: ((phase: string, end: End) => void) | undefined }) {
  const phase = (id: string) => map.phases.find((p) => p.id === id)?.name ?? id
  const lane = (id: string) => map.stakeholders.find((s) => s.id === id)?.name ?? id
  const moment = (id: string) => map.moments.find((m) => m.id === id)?.name ?? id
  const open = (p: string, end: End) => people === undefined ? undefined : () => people(p, end)
  const promise = (within: string | undefined) => within === undefined ? '–' : say('{n} days', { n: days(inDays(within) ?? 0) })
  return (
    <div className='tables'>
      <Table title={say('Phases')} head={[say('phase'), say('came in'), say('moved on'), say('left'), say('not yet'), say('here now'), say('over time'), say('should last'), say('days until half moved on'), say('came back'), say('came again'), say('skipped it')]}>
        {lived.phases.map((p) => (
          <tr key={p.phase}>
            <th scope='row'>{p.name}</th>
            <td><Num value={p.entered} open={open(p.phase, 'entered')} id={`table.${p.phase}.entered`} /></td><td><Num value={p.moved_on} open={open(p.phase, 'on')} id={`table.${p.phase}.moved_on`} /></td>
            <td><Num value={p.left} open={open(p.phase, 'left')} id={`table.${p.phase}.left`} /></td><td><Num value={p.waiting} open={open(p.phase, 'waiting')} id={`table.${p.phase}.waiting`} /></td>
            <td><Num value={p.here} open={open(p.phase, 'here')} id={`table.${p.phase}.here`} /></td><td><Num value={p.overdue} /></td><td>{promise(p.expected)}</td><td>{stay(p.wait)}</td>
            <td><Num value={p.back} /></td><td><Num value={p.again} /></td><td><Num value={p.skipped} /></td>
          </tr>
        ))}
      </Table>
      <Table title={say('Moments')} head={[say('moment'), say('phase'), say('who'), say('people'), say('times'), say('promised within'), say('promises made'), say('kept in time'), say('kept, and late'), say('late and not kept yet'), say('still in time')]}>
        {lived.moments.map((m) => {
          const is = map.moments.find((x) => x.id === m.moment)
          return (
            <tr key={m.moment}>
              <th scope='row'>{m.name}{m.guess && <> ({say('our guess')})</>}</th><td>{phase(is?.phase ?? '')}</td><td>{lane(is?.by ?? '')}</td>
              <td><Num value={m.people} /></td><td><Num value={m.seen} /></td><td>{promise(m.within)}</td>
              {m.promised === undefined ? <td colSpan={5}>–</td> : [m.made, m.kept, m.kept_late, m.late, m.open].map((n, k) => <td key={k}><Num value={n} /></td>)}
            </tr>
          )
        })}
      </Table>
      <Table title={say('Ways from phase to phase')} head={[say('from'), say('to'), say('times'), say('days until half')]}>
        {lived.flows.map((f) => <tr key={f.from + ' ' + f.to}><th scope='row'>{f.from === '' ? say('outside') : phase(f.from)}</th><td>{phase(f.to)}</td><td><Num value={f.count} /></td><td>{stay(f.wait)}</td></tr>)}
      </Table>
      <Table title={say('Hand-offs')} head={[say('moment'), say('from'), say('to'), say('sent'), say('received'), say('wait'), say('left'), say('days until half'), say('promised within')]}>
        {lived.hand_offs.map((h) => <tr key={h.moment + h.to}><th scope='row'>{moment(h.moment)}</th><td>{lane(h.from)}</td><td>{lane(h.to)}</td><td><Num value={h.sent} /></td><td><Num value={h.received} /></td><td><Num value={h.waiting} /></td><td><Num value={h.left} /></td><td>{stay(h.wait)}</td><td>{promise(h.target)}</td></tr>)}
      </Table>
      <Table title={say('How it feels')} head={[say('moment'), say('phase'), say('as the map supposes'), say('asked'), say('answers')]}>
        {lived.feelings.map((f) => <tr key={f.moment}><th scope='row'>{moment(f.moment)}</th><td>{phase(f.phase)}</td><td>{f.planned === null ? '–' : `${f.word ?? ''} ${f.planned}`}</td><td>{f.asked ?? '–'}</td><td>{f.n === null ? say('hidden') : whole(f.n)}</td></tr>)}
      </Table>
      <Table title={say('Life cycle')} head={[say('part'), say('phases'), say('here now')]}>
        {lived.lifecycle.map((l) => <tr key={l.part}><th scope='row'>{l.part}</th><td>{l.phases.map(phase).join(', ')}</td><td><Num value={l.here} /></td></tr>)}
      </Table>
      {leverage?.answer != null && <Table title={say('Where to act first')} head={[say('point'), say('heat'), say('why')]}>
        {leverage.answer.points.map((p) => <tr key={p.name}><th scope='row'>{p.name}</th><td>{p.heat} ({say(heatWords[p.heat] ?? 'not known')})</td><td>{p.reasons.length === 0 ? p.sentence : p.reasons.map((r) => r.sentence).join(' ')}</td></tr>)}
      </Table>}
    </div>
  )
}
