// Beside the wall: where to act first, or what is known of one moment.
import type { JourneyMap, Leverage, LeveragePoint } from '../../api/client'
import { Button } from '../../ui'
import { days, percent, say, whole } from '../../words/words'
import { copy } from '../../app/copy'
import { cardText } from './handed'
import { heatWords, inDays, waitsIn, type Column } from './model'
import { Num } from './Number'

interface Interval { value: number, lo95: number, hi95: number }

/** A number with its interval, in words and as a bar on a scale that others beside it share. */
function Between ({ name, is, most, unit }: { name: string, is: Interval, most: number, unit: string }) {
  const at = (n: number) => `${Math.max(0, Math.min(100, n / most * 100))}%`
  return (
    <div className='between'>
      <span>{name}</span>
      <span className='bar' aria-hidden><i style={{ left: at(is.lo95), width: `calc(${at(is.hi95)} - ${at(is.lo95)})` }} /><b style={{ left: at(is.value) }} /></span>
      <span>{say('{value} ({lo}–{hi}) {unit}', { value: whole(is.value), lo: whole(is.lo95), hi: whole(is.hi95), unit })}</span>
    </div>
  )
}

function Meter ({ heat }: { heat: number }) {
  return <span className='meter' aria-hidden>{[1, 2, 3, 4, 5].map((n) => <i key={n} className={`h${n}${n <= heat ? ' on' : ''}`} />)}</span>
}

/** Of what a point's heat is made: how long people wait too long, what could be gained and by whom, and what they tell; each with its interval. */
export function Parts ({ leverage, point }: { leverage: Leverage, point: LeveragePoint }) {
  const answer = leverage.answer
  const t = answer?.transitions[point.at]
  if (answer == null || t === undefined) return null
  const losses = answer.losses.filter((l) => l.at === point.at && l.attribute === undefined)
  const gains = t.gains.filter((g) => g.shown && g.gain.hi95 > 0)
  const unsaid = t.gains.filter((g) => !g.shown)
  const voices = answer.voices.filter((v) => v.at === point.at)
  const most = (all: Interval[]) => Math.max(1e-9, ...all.map((i) => i.hi95))
  const p = t.passage
  return (
    <>
      {p.withheld !== true && <p>
        {p.interval === undefined
          ? say('{converted} of {entered} went on.', { converted: whole(p.converted), entered: whole(p.entered) })
          : say('{converted} of {entered} went on; within {horizon} days {share} ({lo}–{hi}) do.', { converted: whole(p.converted), entered: whole(p.entered), horizon: p.horizon, share: percent(p.share), lo: percent(p.interval.lo), hi: percent(p.interval.hi) })}
      </p>}
      {losses.length > 0 && <><h3>{say('Time lost')}</h3>{losses.map((l, k) => <Between key={k} name={say('{late} of {n} wait too long', { late: whole(l.late), n: whole(l.n) })} is={l.days} most={most(losses.map((x) => x.days))} unit={say('days a year')} />)}</>}
      {gains.length > 0 && <><h3>{say('What could be gained, if all were as the best quarter')}</h3>{gains.map((g) => <Between key={g.attribute} name={g.attribute} is={g.gain} most={most(gains.map((x) => x.gain))} unit={p.outcomes ?? ''} />)}</>}
      {voices.length > 0 && <><h3>{say('What people tell')}</h3>{voices.map((v) => <p key={v.moment}>{say('{moment}: {negative} of {count} told incidents were bad ones, {share} ({lo}–{hi})', { moment: v.moment, negative: whole(v.negative), count: whole(v.count), share: percent(v.share.value), lo: percent(v.share.lo), hi: percent(v.share.hi) })}</p>)}</>}
      {unsaid.length > 0 && <details><summary>{say('Not said of {n, plural, one {# attribute} other {# attributes}}, and why', { n: unsaid.length })}</summary><ul>{unsaid.map((g) => <li key={g.attribute}>{g.attribute}: {g.why}</li>)}</ul></details>}
    </>
  )
}

/** What the parts of trials show that chance drew: only of these it is said that something was changed. */
export function Trials ({ leverage }: { leverage: Leverage }) {
  const trials = leverage.answer?.trials ?? []
  if (trials.length === 0) return null
  return <section className='trials'><h2>{say('What chance shows')}</h2><ul>{trials.map((x) => <li key={x.sentence}>{x.sentence}</li>)}</ul></section>
}

export function Points ({ map, leverage, select }: { map: JourneyMap, leverage: Leverage, select: (moment: string) => void }) {
  const points = leverage.answer?.points ?? []
  if (points.length === 0) return <p>{say('Nothing to say yet: a leverage point needs people who went on, and people who waited.')}</p>
  return (
    <ol className='points'>
      {points.map((p) => {
        const phase = map.phases[p.at]
        const moment = phase === undefined ? undefined : waitsIn(map.moments, phase.id)
        return (
          <li key={p.name} data-point={p.name} data-heat={p.heat} {...(p.guess === true ? { className: 'guess' } : {})}>
            <h3>{moment === undefined ? p.name : <button type='button' className='plain' onClick={() => select(moment)}>{p.name}</button>}</h3>
            <p className='quiet'><Meter heat={p.heat} /> {say('heat {heat} of 5: {word}', { heat: p.heat, word: say(heatWords[p.heat] ?? 'not known') })}{p.star === true && <> · {say('two lists agree')}</>}{p.guess === true && <> · {say('our guess, without data')}</>}</p>
            {p.reasons.length === 0 ? <p>{p.sentence}</p> : p.reasons.map((r) => <p key={r.sentence}>{r.sentence}</p>)}
          </li>
        )
      })}
    </ol>
  )
}

export function MomentPanel ({ map, cols, leverage, moment, asOf, close }: { map: JourneyMap, cols: Column[], leverage: Leverage | undefined, moment: string, asOf: string | undefined, close: () => void }) {
  const col = cols.find((c) => [...c.lanes.values()].flat().some((x) => x.moment.id === moment))
  const card = col === undefined ? undefined : [...col.lanes.values()].flat().find((x) => x.moment.id === moment)
  if (col === undefined || card === undefined) return <><p>{say('The map has no such moment any more.')}</p><Button onClick={close}>{say('Close')}</Button></>
  const { moment: m, lived: l, point } = card
  const lane = map.stakeholders.find((s) => s.id === m.by)?.name ?? m.by
  const then = map.moments.find((x) => x.id === m.then)?.name ?? m.then
  return (
    <>
      <div className='tags'><span>{col.name}</span><span>{lane}</span></div>
      <h2>{m.name}</h2>
      {m.guess && <p className='guess'>{say('Our guess: nothing shows yet that it happens.')}</p>}
      {!m.guess && l !== undefined && <div className='bigs'>
        <div><div className='big'><Num value={l.people} id={`panel.${m.id}.people`} /></div>{say('people')}</div>
        <div><div className='big'><Num value={l.seen} id={`panel.${m.id}.seen`} /></div>{say('times')}</div>
        {m.then !== undefined && <div><div className={`big${(l.late ?? 0) > 0 ? ' bad' : ''}`}><Num value={l.late} id={`panel.${m.id}.late`} /></div>{say('late')}</div>}
      </div>}
      {m.then !== undefined && l !== undefined && <>
        <h3>{say('What it promises')}</h3>
        <p>{say('“{then}” within {n} days.', { then: then ?? '', n: days(inDays(m.within) ?? 0) })}</p>
        <table className='figures-table'><tbody>
          {([['made', say('promises made'), l.made], ['kept', say('kept in time'), l.kept], ['kept_late', say('kept, and late'), l.kept_late], ['late', say('late and not kept yet'), l.late], ['open', say('still in time'), l.open]] as const).map(([key, name, n]) => <tr key={key}><th scope='row'>{name}</th><td><Num value={n} id={`panel.${m.id}.${key}`} /></td></tr>)}
        </tbody></table>
        {l.wait.median !== null && <p className='quiet'>{say('Half got it within {n} days', { n: days(l.wait.median) })}{l.wait.median_low !== null && l.wait.median_high !== null && ` (${days(l.wait.median_low)}–${days(l.wait.median_high)})`}.</p>}
      </>}
      {point !== undefined && leverage !== undefined && <>
        <h3>{say('Why this is a leverage point')}</h3>
        <p className='quiet'><Meter heat={point.heat} /> {say('heat {heat} of 5: {word}', { heat: point.heat, word: say(heatWords[point.heat] ?? 'not known') })}</p>
        {point.reasons.length === 0 ? <p>{point.sentence}</p> : point.reasons.map((r) => <p key={r.sentence}>{r.sentence}</p>)}
        <Parts leverage={leverage} point={point} />
      </>}
      {m.need !== undefined && <><h3>{say('What the person needs')}</h3><p>{m.need}</p></>}
      <details><summary>{say('When it is so')}</summary>{m.words.map((w) => <p key={w}>{w}</p>)}</details>
      <p className='row'><Button onClick={() => copy(cardText(map, col, card, asOf))}>{say('Copy as a card')}</Button><Button onClick={close}>{say('Close')} <kbd>Esc</kbd></Button></p>
    </>
  )
}
