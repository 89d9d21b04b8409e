// The wall: phases from left to right, who takes part from top to bottom, and what happens where they meet.
import { IconArrowDown, IconArrowUp, IconBuildingHospital, IconHeart, IconStethoscope, IconUser, IconUsers } from '@tabler/icons-react'
import { Fragment, useEffect, useLayoutEffect, useMemo, useState } from 'react'

import type { JourneyMap, Lived } from '../../api/client'
import type { End } from '../../api/queries'
import { useDrag } from '../../app/drag'
import { days, percent, say, whole } from '../../words/words'
import { hows } from '../drafts/hows'
import { feelings, heatWords, inDays, next, ribbon, smooth, type Card, type Column, type HandOff } from './model'
import { Num } from './Number'

const icons: Record<string, typeof IconUser> = { patient: IconUser, caregiver: IconHeart, clinician: IconStethoscope, payer: IconBuildingHospital, staff: IconUsers }
const bandHeight = 64

export interface WallProps {
  map: JourneyMap
  lived: Lived | undefined
  cols: Column[]
  heat: boolean
  lifecycle: boolean
  selected: string | undefined
  /** Where the focus goes when it comes into the grid. */
  current: string | undefined
  select: (moment: string | undefined) => void
  focus: (moment: string) => void
  /** Opens the people behind a number; undefined where whoever looks may not list people. */
  people: ((phase: string, end: End) => void) | undefined
  /** Opens the card of somebody who takes part. */
  meet?: (stakeholder: string) => void
  /** How moments, phases and stakeholders differ from another version of the map, by kind and id. */
  differs?: Map<string, string>
  edit?: Edit | undefined
  /** A vote with dots that is under way, or what came of it. */
  dots?: Dots
}

export interface Dots { voting: boolean, mine: Record<string, number>, sums: Record<string, number>, left: number, vote: (moment: string) => void, unvote: (moment: string) => void }

function DotsOf ({ moment, name, dots }: { moment: string, name: string, dots: Dots }) {
  const [mine, sum] = [dots.mine[moment] ?? 0, dots.sums[moment] ?? 0]
  if (!dots.voting) return sum === 0 ? null : <p className='dots' data-dots={sum}><b aria-hidden>{'●'.repeat(Math.min(sum, 12))}</b> {say('{n, plural, one {# dot} other {# dots}}', { n: sum })}</p>
  return (
    <p className='dots' data-mine={mine}>
      <b aria-hidden>{'●'.repeat(mine)}</b>
      {dots.left > 0 && <button type='button' aria-label={say('A dot for {name}', { name })} onClick={() => dots.vote(moment)}>+</button>}
      {mine > 0 && <button type='button' aria-label={say('A dot back from {name}', { name })} onClick={() => dots.unvote(moment)}>−</button>}
    </p>
  )
}

/** What can be done to a draft's map on the wall. */
export interface Edit {
  add: (phase: string, lane: string) => void
  move: (moment: string, phase: string, lane: string) => void
  promise: (moment: string, then: string) => void
  open: (phase: string) => void
  /** Moments, phases and stakeholders in which something is wrong, by their paths. */
  wrong: Set<string>
}

/** A card that is dragged: to a cell, or with Alt to the card that it promises. The form beside the wall does the same. */
function useCards (edit: Edit | undefined) {
  return useDrag<{ moment: string, promise: boolean }>({
    takes: (e) => {
      const moment = edit !== undefined && e.target instanceof Element ? e.target.closest<HTMLElement>('[data-moment]')?.dataset.moment : undefined
      return moment === undefined ? undefined : { moment, promise: e.altKey }
    },
    at: (is, under) => is.promise ? under?.closest<HTMLElement>('[data-moment]')?.dataset.moment : under?.closest<HTMLElement>('[data-cell]')?.dataset.cell,
    drop: (is, to) => {
      if (is.promise) { if (to !== is.moment) edit?.promise(is.moment, to); return }
      const [phase, lane] = to.split(' ')
      if (phase !== undefined && lane !== undefined) edit?.move(is.moment, phase, lane)
    },
  })
}

function Meter ({ heat }: { heat: number }) {
  return <span className='meter' aria-hidden>{[1, 2, 3, 4, 5].map((n) => <i key={n} className={`h${n}${n <= heat ? ' on' : ''}`} />)}</span>
}

function CardOf ({ card, heat, selected, tab, open, focus, differs, edit, held }: { card: Card, heat: boolean, selected: boolean, tab: boolean, open: () => void, focus: () => void, differs: string | undefined, edit: Edit | undefined, held: boolean }) {
  const { moment: m, lived: l } = card
  const shown = heat ? Math.max(card.heat, 1) : 1
  const promised = m.then !== undefined && l !== undefined && !m.guess
  const more = card.point === undefined ? undefined : say('Leverage {word}.', { word: say(heatWords[card.heat] ?? 'not known') })
  return (
    <button
      type='button' className={`card heat${shown}`} data-guess={m.guess} data-held={held ? true : undefined} data-moment={m.id} aria-pressed={selected} tabIndex={tab ? 0 : -1}
      onClick={open} onFocus={focus} data-differs={differs} data-wrong={edit?.wrong.has(`/moments/${m.id}`) === true ? true : undefined}
      {...(edit === undefined ? {} : { 'aria-keyshortcuts': 'Shift+ArrowLeft Shift+ArrowRight Shift+ArrowUp Shift+ArrowDown Delete F2' })}
    >
      <span className='title'>{m.name}{edit?.wrong.has(`/moments/${m.id}`) === true && <b className='bad'> {say('something is wrong')}</b>}{differs !== undefined && <small className='differs'> {say(hows[differs] ?? differs)}</small>}</span>
      <span className='row'>
        {m.guess
          ? <span className='small'>{say('our guess')}</span>
          : <><span className='count'><Num value={l?.people} id={`moment.${m.id}.people`} /></span>
              <span className='small'>{say('people')}{promised && <b><Num value={l.late} of={say('late')} id={`moment.${m.id}.late`} /></b>}</span></>}
        {card.heat > 0 && heat && <Meter heat={card.heat} />}
        {more !== undefined && <span className='unseen'>{more}</span>}
      </span>
    </button>
  )
}

function HandOffOf ({ h, from, name, below }: { h: HandOff, from: string, name: string, below: boolean }) {
  const target = inDays(h.target)
  const Arrow = below ? IconArrowDown : IconArrowUp
  const late = h.wait.median !== null && target !== undefined && h.wait.median > target
  return (
    <div className='handoff' data-handoff={h.moment} role='note' aria-label={say('Handed over from {from}: {name}', { from, name })}>
      <Arrow size={14} aria-hidden />
      <span>
        {h.wait.median === null ? say('half have not got it yet, or it is hidden') : say('half within {n} days', { n: days(h.wait.median) })}
        {target !== undefined && <> · <span className={late ? 'bad' : 'quiet'}>{late ? say('later than {n} days', { n: days(target) }) : say('promised in {n}', { n: days(target) })}</span></>}
        {' · '}<Num value={h.waiting} of={say('wait')} id={`handoff.${h.moment}.waiting`} />
      </span>
    </div>
  )
}

/** Arrows from cards to what was handed over, in the gutter of their column. */
function Arrows ({ box, of }: { box: HTMLDivElement | null, of: unknown }) {
  const [paths, set] = useState<string[]>([])
  useLayoutEffect(() => {
    if (box === null) return
    const draw = () => {
      const zero = box.getBoundingClientRect()
      set([...box.querySelectorAll<HTMLElement>('[data-handoff]')].flatMap((to) => {
        const card = box.querySelector(`[data-moment="${to.dataset.handoff}"]`)
        if (card === null) return []
        const a = card.getBoundingClientRect()
        const b = to.getBoundingClientRect()
        const [x, ax, ay, bx, by] = [a.left - zero.left - 5, a.left - zero.left, a.top + a.height / 2 - zero.top, b.left - zero.left, b.top + b.height / 2 - zero.top]
        return [`M${ax},${ay} H${x} V${by} H${bx}`]
      }))
    }
    draw()
    const watch = new ResizeObserver(draw)
    watch.observe(box)
    return () => watch.disconnect()
  }, [box, of])
  return (
    <svg className='arrows' aria-hidden>
      <defs><marker id='tip' viewBox='0 0 6 6' refX='5.5' refY='3' markerWidth='6' markerHeight='6' orient='auto'><path d='M0,0 6,3 0,6z' fill='var(--ink-3)' /></marker></defs>
      {paths.map((d) => <path key={d} d={d} markerEnd='url(#tip)' />)}
    </svg>
  )
}

function Ribbon ({ cols, lived, people }: { cols: Column[], lived: Lived | undefined, people: WallProps['people'] }) {
  const bands = ribbon(cols.map((c) => c.lived), 100, bandHeight)
  const wide = cols.length * 100
  return (
    <>
      <div className='lane head'>{say('Moving through')}<small>{lived === undefined || lived.basis.filter === 'everybody' ? say('all who ever came') : lived.basis.filter}</small></div>
      <div className='flow' style={{ gridColumn: `span ${cols.length}` }}>
        <svg viewBox={`0 0 ${wide} ${bandHeight}`} preserveAspectRatio='none' aria-hidden>
          <defs><pattern id='hatch' width='5' height='5' patternUnits='userSpaceOnUse' patternTransform='rotate(45)'><rect width='5' height='5' fill='var(--lost-wash)' /><path d='M0,0V5' stroke='var(--lost)' strokeWidth='4' /></pattern></defs>
          {bands.map((b, k) => b.drawn && (
              <g key={cols[k]?.id}>
                {b.on > 0 && <path d={`M${b.x},0 H${b.x + b.w} V${b.on} H${b.x}z`} fill='var(--flow-2)' />}
                {b.stay > 0 && <path d={`M${b.x},${b.on} h${b.w * 0.6} v${b.stay} h${-b.w * 0.6}z`} fill='var(--flow)' />}
                {b.left > 0 && <path d={`M${b.x},${b.on + b.stay} h${b.w * 0.5} q${b.w * 0.2},0 ${b.w * 0.2},${Math.max(4, bandHeight - b.on - b.stay)} h${-Math.max(4, b.left / bandHeight * 40)} q0,${-Math.max(1, bandHeight - b.on - b.stay - b.left)} ${-b.w * 0.1},${-Math.max(1, bandHeight - b.on - b.stay - b.left)} h${-Math.max(0, b.w * 0.6 - Math.max(4, b.left / bandHeight * 40))}z`} fill='url(#hatch)' />}
              </g>
          ))}
        </svg>
        <div className='figures' style={{ gridTemplateColumns: `repeat(${cols.length}, minmax(var(--column), 1fr))` }}>
          {cols.map((c, k) => {
            const p = c.lived
            const open = (end: End) => people === undefined ? undefined : () => people(c.id, end)
            const id = `phase.${c.id}`
            return (
              <div key={c.id} role='group' aria-label={say('{phase}: numbers', { phase: c.name })}>
                <div className='entered'><Num value={p?.entered} of={say('came in')} open={open('entered')} id={`${id}.entered`} /></div>
                {p !== undefined && bands[k]?.drawn === false && <div className='undrawn'>{say('not drawn: numbers are hidden')}</div>}
                <div className='parts'>
                  <span><i className='swatch on' aria-hidden /><Num value={p?.moved_on} of={say('moved on')} open={open('on')} id={`${id}.moved_on`} /></span>
                  <span><i className='swatch stay' aria-hidden /><Num value={p?.waiting} of={say('not yet')} open={open('waiting')} id={`${id}.waiting`} /></span>
                  <span><i className='swatch left' aria-hidden /><Num value={p?.left} of={p?.left != null && p.entered != null && p.entered > 0 ? say('left, {share}', { share: percent(p.left / p.entered) }) : say('left')} open={open('left')} id={`${id}.left`} /></span>
                </div>
                <div className='here'>
                  <b><Num value={p?.here} of={say('here now')} open={open('here')} id={`${id}.here`} /></b>
                  {p?.expected !== undefined && <span className={p.overdue !== null && p.overdue > 0 ? 'bad' : 'quiet'}><Num value={p.overdue} of={say('over {n} days', { n: days(inDays(p.expected) ?? 0) })} id={`${id}.overdue`} /></span>}
                  {p?.wait.median != null && <span className='quiet' data-number={`${id}.wait`}>{say('half moved on in {n} days', { n: days(p.wait.median) })}{p.wait.median_low !== null && p.wait.median_high !== null && ` (${days(p.wait.median_low)}–${days(p.wait.median_high)})`}</span>}
                  {p !== undefined && typeof p.back === 'number' && p.back > 0 && <span className='quiet'>↺ <Num value={p.back} of={say('came back')} id={`${id}.back`} /></span>}
                  {p !== undefined && typeof p.again === 'number' && p.again > 0 && <span className='quiet'>↻ <Num value={p.again} of={say('came again')} id={`${id}.again`} /></span>}
                  {p !== undefined && typeof p.skipped === 'number' && p.skipped > 0 && <span className='quiet'>⇥ <Num value={p.skipped} of={say('skipped it')} id={`${id}.skipped`} /></span>}
                </div>
              </div>
            )
          })}
        </div>
      </div>
    </>
  )
}

function Feels ({ map, lived, count }: { map: JourneyMap, lived: Lived, count: number }) {
  const all = useMemo(() => feelings(map, lived, 100), [map, lived])
  if (all.length === 0) return null
  const y = (v: number) => 60 - v * 42
  const asked = all.filter((f) => f.asked !== null)
  const planned = all.filter((f) => f.planned !== null)
  const number = (n: number) => (n > 0 ? '+' : '') + n.toFixed(2)
  return (
    <>
      <div className='lane head'>{say('How it feels')}<small>{say('solid: asked; dashed: as the map supposes')}</small></div>
      <div className='feels' style={{ gridColumn: `span ${count}` }} role='img' aria-label={all.map((f) => `${f.name}: ${f.asked === null ? say('supposed {n}', { n: number(f.planned ?? 0) }) : say('asked {n}', { n: number(f.asked) })}`).join('. ')}>
        <svg viewBox={`0 0 ${count * 100} 120`} preserveAspectRatio='none' aria-hidden>
          <path className='zero' d={`M0,60H${count * 100}`} />
          <path className='planned' d={smooth(planned.map((f) => ({ x: f.x, y: y(f.planned ?? 0) })))} />
          <path className='asked' d={smooth(asked.map((f) => ({ x: f.x, y: y(Math.max(-1, Math.min(1, f.asked ?? 0))) })))} />
        </svg>
        {planned.map((f) => <span key={`p${f.moment}`} className='dot planned' style={{ left: `${f.x / count}%`, top: y(f.planned ?? 0) }} title={`${f.name}: ${f.word}`}>{f.word !== '' && f.asked === null && <em className={(f.planned ?? 0) < 0 ? 'below' : ''}>{f.word}</em>}</span>)}
        {asked.map((f) => <span key={`a${f.moment}`} className='dot asked' style={{ left: `${f.x / count}%`, top: y(Math.max(-1, Math.min(1, f.asked ?? 0))) }} title={f.name}><b>{number(f.asked ?? 0)}{f.n !== null && <small> n={whole(f.n)}</small>}</b></span>)}
      </div>
    </>
  )
}

export function Wall (props: WallProps) {
  const { map, lived, cols, heat, lifecycle, selected, select, focus, people, meet, differs, edit, dots } = props
  const [grid, setGrid] = useState<HTMLDivElement | null>(null)
  const drag = useCards(edit)
  const laneOf = (id: string) => map.stakeholders.findIndex((s) => s.id === id)
  const nameOf = (id: string) => map.stakeholders.find((s) => s.id === id)?.name ?? id
  const current = props.current ?? cols.flatMap((c) => [...c.lanes.values()].flat())[0]?.moment.id
  const keys = (e: React.KeyboardEvent) => {
    if (current === undefined || !(e.target instanceof HTMLElement) || e.target.dataset.moment === undefined) return
    if (e.key !== 'ArrowLeft' && e.key !== 'ArrowRight' && e.key !== 'ArrowUp' && e.key !== 'ArrowDown') return
    e.preventDefault()
    if (e.shiftKey) {
      const is = map.moments.find((m) => m.id === current)
      if (edit === undefined || is === undefined) return
      const step = e.key === 'ArrowRight' || e.key === 'ArrowDown' ? 1 : -1
      const across = e.key === 'ArrowLeft' || e.key === 'ArrowRight'
      const phase = across ? map.phases[map.phases.findIndex((p) => p.id === is.phase) + step]?.id : is.phase
      const lane = across ? is.by : map.stakeholders[laneOf(is.by) + step]?.id
      if (phase !== undefined && lane !== undefined) edit.move(is.id, phase, lane)
      return
    }
    const to = next(map, cols, e.target.dataset.moment, e.key)
    if (to !== undefined) grid?.querySelector<HTMLElement>(`[data-moment="${CSS.escape(to)}"]`)?.focus()
  }
  useEffect(() => { // what an address names is brought into view
    if (selected !== undefined) grid?.querySelector(`[data-moment="${CSS.escape(selected)}"]`)?.scrollIntoView({ block: 'nearest', inline: 'nearest' })
  }, [grid, selected])
  return (
    <div className='scroll' tabIndex={0} role='region' aria-label={say('Journey map')}>
      <div className={`wall${drag.over === undefined ? '' : ' dragging'}`} ref={setGrid} onKeyDown={keys} onPointerDown={drag.onPointerDown} style={{ gridTemplateColumns: `var(--lanes) repeat(${cols.length}, minmax(var(--column), 1fr))` }}>
        {lifecycle && lived !== undefined && <>
          <div className='lane head'>{say('Life cycle')}</div>
          <div className='cycle' style={{ gridColumn: `span ${cols.length}`, gridTemplateColumns: `repeat(${cols.length}, minmax(var(--column), 1fr))` }}>
            {lived.lifecycle.map((part) => {
              const at = part.phases.map((p) => cols.findIndex((c) => c.id === p)).filter((n) => n >= 0)
              return at.length > 0 && <div key={part.part} style={{ gridColumn: `${Math.min(...at) + 1} / ${Math.max(...at) + 2}` }}><b>{part.part}</b> <Num value={part.here} of={say('here now')} id={`lifecycle.${part.part}`} /></div>
            })}
          </div>
        </>}
        <div className='corner' />
        {cols.map((c) => (
          <div className='phase' key={c.id} data-differs={differs?.get(`phase ${c.id}`)}>
            <h2>{edit === undefined ? c.name : <button type='button' className='plain' onClick={() => edit.open(c.id)}>{c.name}</button>}{edit?.wrong.has(`/phases/${c.id}`) === true && <b className='bad'> {say('something is wrong')}</b>}</h2>
            {c.says !== '' && <q>“{c.says}”</q>}
          </div>
        ))}
        <Ribbon cols={cols} lived={lived} people={people} />
        {map.stakeholders.map((s) => {
          const Icon = icons[s.kind] ?? IconUser
          return (
            <Fragment key={s.id}>
              <div className='lane' data-differs={differs?.get(`stakeholder ${s.id}`)}><Icon size={17} stroke={1.8} aria-hidden /><h3>{meet === undefined ? s.name : <button type='button' className='plain' onClick={() => meet(s.id)}>{s.name}</button>}{edit?.wrong.has(`/stakeholders/${s.id}`) === true && <b className='bad'> {say('something is wrong')}</b>}</h3></div>
              {cols.map((c) => (
                <div
                  className='cell' key={c.id} data-cell={`${c.id} ${s.id}`}
                  data-over={drag.over === `${c.id} ${s.id}` ? true : undefined}
                >
                  {(c.received.get(s.id) ?? []).map((h) => <HandOffOf key={h.moment} h={h} from={nameOf(h.from)} name={map.moments.find((m) => m.id === h.moment)?.name ?? h.moment} below={laneOf(h.to) > laneOf(h.from)} />)}
                  {(c.lanes.get(s.id) ?? []).map((card) => <Fragment key={card.moment.id}><CardOf card={card} heat={heat} selected={card.moment.id === selected} tab={card.moment.id === current} open={() => select(card.moment.id)} focus={() => focus(card.moment.id)} differs={differs?.get(`moment ${card.moment.id}`)} edit={edit} held={drag.what?.moment === card.moment.id} />{dots !== undefined && <DotsOf moment={card.moment.id} name={card.moment.name} dots={dots} />}</Fragment>)}
                  {edit !== undefined && <button type='button' className='add' tabIndex={-1} aria-label={say('Add a moment: {phase}, {lane}', { phase: c.name, lane: s.name })} onClick={() => edit.add(c.id, s.id)}>+</button>}
                </div>
              ))}
            </Fragment>
          )
        })}
        {lived !== undefined && <Feels map={map} lived={lived} count={cols.length} />}
        <Arrows box={grid} of={cols} />
      </div>
      <div className='legend'>
        <span>{say('Leverage')}</span><span className='steps' aria-hidden>{[1, 2, 3, 4, 5].map((n) => <i key={n} className={`heat${n}`} />)}</span><span>{say('low to highest')}</span>
        <span className='guess'>{say('dashed: our guess')}</span><span><i className='swatch left' aria-hidden /> {say('hatched: people who left')}</span>
        <span><kbd>←↑↓→</kbd> {say('move')}</span><span><kbd>L</kbd> {say('top leverage point')}</span><span><kbd>?</kbd> {say('all keys')}</span>
      </div>
    </div>
  )
}
