// Beside the wall in a workshop: who is here, the time, the votes, and notes that wait until somebody places them.
import { useEffect, useState } from 'react'

import { useDrag } from '../../app/drag'
import { Button, Dropdown, Select, TextInput } from '../../ui'
import { say } from '../../words/words'
import { idOf } from '../drafts/edit'
import type { MapWritten } from '../map/written'
import type { Act, Workshop } from './useWorkshop'
import './workshop.css'

/** The time that is left, by this screen's clock. */
function Clock ({ ends }: { ends: string }) {
  const [now, tick] = useState(() => Date.now())
  useEffect(() => {
    const timer = setInterval(() => tick(Date.now()), 500)
    return () => clearInterval(timer)
  }, [])
  const left = Math.max(0, Math.round((Date.parse(ends) - now) / 1000))
  return <b className={`clock${left === 0 ? ' over' : ''}`} role='timer' aria-live='off'>{left === 0 ? say('Time is over') : `${Math.floor(left / 60)}:${String(left % 60).padStart(2, '0')}`}</b>
}

/** Lets a note be dragged to a cell of the wall. */
function useNotes (drop: (note: string, phase: string, lane: string) => void) {
  const { over, onPointerDown } = useDrag<string>({
    takes: (e) => e.target instanceof Element && e.target.closest('button, input, select') === null ? e.target.closest<HTMLElement>('[data-note]')?.dataset.note : undefined,
    at: (_, under) => under?.closest<HTMLElement>('[data-cell]')?.dataset.cell,
    drop: (note, to) => {
      const [phase, lane] = to.split(' ')
      if (phase !== undefined && lane !== undefined) drop(note, phase, lane)
    },
  })
  useEffect(() => { // the wall is another's, so its cell is marked where it stands
    const cell = over === undefined || over === '' ? null : document.querySelector(`[data-cell="${CSS.escape(over)}"]`)
    cell?.setAttribute('data-over', 'true')
    return () => cell?.removeAttribute('data-over')
  }, [over])
  return onPointerDown
}

export function Tray ({ is, act, map, program, near, today }: {
  is: Workshop
  act: (a: Act) => Promise<boolean>
  map: MapWritten
  program: string
  /** The cell where a note goes if nobody says otherwise. */
  near: { phase: string, lane: string } | undefined
  today: () => void
}) {
  const [text, setText] = useState('')
  const [placing, setPlacing] = useState<{ note: string, phase: string, lane: string }>()
  // The field is free at once for whoever writes fast; what was not taken comes back, unless the next is begun.
  const write = () => {
    if (text.trim() === '') return
    setText('')
    void act({ do: 'note', text }).then((ok) => { if (!ok) setText((begun) => begun === '' ? text : begun) })
  }
  const place = (note: { note: string, text: string }, phase: string, lane: string) => {
    setPlacing(undefined)
    void act({ do: 'place', note: note.note, phase, lane, id: idOf(note.text, map.moments.map((m) => m.id)) })
  }
  const take = useNotes((note, phase, lane) => {
    const n = is.notes.find((x) => x.note === note)
    if (n !== undefined) place(n, phase, lane)
  })
  if (!is.on) {
    return (
      <section className='workshop-bar' aria-label={say('Workshop')}>
        <b>{say('Workshop')}</b>
        <span className='quiet'>{is.ended === undefined ? say('Notes, votes and a timer for everybody who has this draft open.') : say('The workshop has ended.')}</span>
        <span className='grow' />
        {is.ended !== undefined && <Button onClick={today}>{say('What changed today')}</Button>}
        <Button variant='filled' onClick={() => void act({ do: 'begin', program })}>{say('Begin a workshop')}</Button>
      </section>
    )
  }
  const waiting = is.notes.filter((n) => n.moment === undefined || n.moment === '' || !map.moments.some((m) => m.id === n.moment))
  const given = Object.values(is.mine).reduce((a, b) => a + b, 0)
  return (
    <section className='workshop-bar' aria-label={say('Workshop')} data-workshop={is.notes.length}>
      <b>{say('Workshop')}</b>
      <span className='here'>{is.here.length === 0 ? '' : say('Here: {names}', { names: is.here.join(', ') })}</span>
      {is.ends !== undefined && is.ends !== '' ? <><Clock ends={is.ends} /><Button onClick={() => void act({ do: 'stop_timer' })}>{say('Stop the timer')}</Button></>
        : <Dropdown label={say('Timer')} items={[3, 5, 10, 15, 30].map((n) => ({ key: String(n), text: say('{n} minutes', { n }), act: () => void act({ do: 'timer', minutes: n }) }))} />}
      {is.voting
        ? <><span className='quiet' data-dots-left={is.dots - given}>{say('{n, plural, one {# dot} other {# dots}} left', { n: is.dots - given })} · {say('{n, plural, one {# has voted} other {# have voted}}', { n: is.voters })} <kbd>+</kbd> <kbd>−</kbd></span><Button onClick={() => void act({ do: 'close_votes' })}>{say('Close the voting')}</Button></>
        : <Button onClick={() => void act({ do: 'open_votes', dots: 3 })}>{say('Vote with dots')}</Button>}
      <span className='grow' />
      <Button onClick={today}>{say('What changed today')}</Button>
      <Button onClick={() => void act({ do: 'end' }).then((ok) => { if (ok) today() })}>{say('End the workshop')}</Button>
      <div className='tray'>
        <form onSubmit={(e) => { e.preventDefault(); write() }}>
          <TextInput size='xs' aria-label={say('A note')} placeholder={say('Write a note and press Enter. Nobody’s name.')} value={text} maxLength={280} onChange={(e) => setText(e.currentTarget.value)} />
        </form>
        <ul onPointerDown={take}>
          {waiting.map((n) => (
            <li key={n.note} className='sticky' data-note={n.note}>
              <p>{n.text}</p><span className='quiet'>{n.by}</span>
              {placing?.note === n.note
                ? <form onSubmit={(e) => { e.preventDefault(); place(n, placing.phase, placing.lane) }}>
                    <Select size='xs' aria-label={say('Phase')} value={placing.phase} onChange={(e) => setPlacing({ ...placing, phase: e.currentTarget.value })} data={map.phases.map((p) => ({ value: p.id, label: p.name ?? p.id }))} />
                    <Select size='xs' aria-label={say('Whose moment')} value={placing.lane} onChange={(e) => setPlacing({ ...placing, lane: e.currentTarget.value })} data={map.stakeholders.map((s) => ({ value: s.id, label: s.name ?? s.id }))} />
                    <Button type='submit'>{say('Place it')}</Button>
                  </form>
                : <p className='row'>
                    <Button onClick={() => setPlacing({ note: n.note, phase: near?.phase ?? map.phases[0]?.id ?? '', lane: near?.lane ?? map.stakeholders[0]?.id ?? '' })}>{say('Place')}<span className='unseen'> {n.text}</span></Button>
                    <Button onClick={() => void act({ do: 'drop', note: n.note })}>{say('Away')}<span className='unseen'> {n.text}</span></Button>
                  </p>}
            </li>
          ))}
        </ul>
      </div>
    </section>
  )
}
