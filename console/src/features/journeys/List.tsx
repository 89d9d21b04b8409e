// The journeys of a program: who is on each, whether it does well, and whether what it says is held back.
import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'

import { api, wanted, type Me } from '../../api/client'
import { usePauses, type Pause } from '../../api/pauses'
import { why } from '../../app/why'
import { Button, Dialog, TextInput, toast } from '../../ui'
import { instant, say } from '../../words/words'
import type { JourneyLived } from './counts'
import type { End } from './ends'
import { Health } from './Numbers'

export interface Listed {
  file: string
  name: string
  /** Its id where it is live. */
  live: string | undefined
  lived: JourneyLived | undefined
  wrong: boolean
}

/** The pause of a journey by itself, or of its whole program, or of all. */
export const heldBy = (pauses: Pause[] | undefined, program: string, journey: string | undefined): Pause | undefined => {
  const own = (p: Pause) => p.journey === journey && journey !== undefined && (p.program === program || (p.program ?? '') === '')
  const all = (p: Pause) => (p.journey ?? '') === '' && ((p.program ?? '') === '' || p.program === program)
  return pauses?.find((p) => (p.engagement ?? '') === '' && (p.channel ?? '') === '' && (own(p) || all(p)))
}

export function List ({ all, selected, program, me, choose, people }: {
  all: Listed[]
  selected: string | undefined
  program: string
  me: Me
  choose: (file: string) => void
  /** Shows the people behind a number of a journey. */
  people: ((file: string, end: End) => void) | undefined
}) {
  const { pauses } = usePauses(me)
  return (
    <ul>{all.map((j) => {
      const held = heldBy(pauses.data, program, j.live)
      return (
        <li key={j.file}>
          <button type='button' className='plain' aria-current={j.file === selected ? 'true' : undefined} onClick={() => choose(j.file)}>
            {j.name}{j.wrong && <b className='bad'> {say('something is wrong')}</b>}
            {held !== undefined && <span className='held'>{say('paused')}</span>}
          </button>
          <Health journey={j.lived} open={people === undefined ? undefined : (end) => people(j.file, end)} />
        </li>
      )
    })}</ul>
  )
}

/** Whether what a journey says is held back, and the way to hold it back or let it go on. */
export function Held ({ program, journey, name, me, dialog, setDialog }: { program: string, journey: string, name: string, me: Me, dialog: boolean, setDialog: (open: boolean) => void }) {
  const client = useQueryClient()
  const { may, pauses } = usePauses(me)
  const [reason, setReason] = useState('')
  const [safety, setSafety] = useState(false)
  const controls = me.may.includes('delivery.control')
  const held = heldBy(pauses.data, program, journey)
  const itself = held !== undefined && held.journey === journey
  if (!may) return null
  const done = (said: string) => { setDialog(false); setReason(''); toast(said); return client.invalidateQueries({ queryKey: ['pauses'] }) }
  const pause = () => {
    wanted(api.POST('/v1/pauses', { body: { channel: '', program, engagement: '', journey, but_safety: safety, why: reason.trim() } }))
      .then(() => done(say('What {name} says is held back now. Whoever waits for a message waits at that step.', { name })), (err: unknown) => toast(why(err)))
  }
  const resume = () => {
    if (held === undefined) return
    wanted(api.POST('/v1/pauses/end', { body: { channel: '', program: held.program ?? '', engagement: '', journey } })).then(() => done(say('{name} goes on.', { name })), (err: unknown) => toast(why(err)))
  }
  return (
    <>
      {held !== undefined && <p className='note held-back' role='status'>
        {itself ? say('Held back since {when}, by {who}: {why}', { when: instant(held.at), who: held.by, why: held.why }) : say('All that this program says is held back since {when}, by {who}: {why}', { when: instant(held.at), who: held.by, why: held.why })}
        {itself && controls && <> <Button onClick={resume}>{say('Let it go on')}</Button></>}
      </p>}
      <Dialog open={dialog} close={() => setDialog(false)} title={say('Hold back what “{name}” says?', { name })}>
        {!controls
          ? <p>{say('It takes the permission delivery.control to hold something back, which operators, publishers and safety officers have.')}</p>
          : itself
            ? <><p>{say('It is held back already.')}</p><p><Button variant='filled' onClick={resume}>{say('Let it go on')}</Button></p></>
            : <form className='fields' onSubmit={(e) => { e.preventDefault(); pause() }}>
              <p>{say('Nothing is lost: what is due waits, and is asked again when it goes on. What the same engagements say for other reasons goes out.')}</p>
              <TextInput label={say('Why? Everybody sees it.')} value={reason} onChange={(e) => setReason(e.currentTarget.value)} required data-autofocus />
              <label className='check'><input type='checkbox' checked={safety} onChange={(e) => setSafety(e.target.checked)} /> {say('What is about safety goes out all the same')}</label>
              <p className='row'><Button type='submit' variant='filled' disabled={reason.trim() === ''}>{say('Hold it back')}</Button><Button onClick={() => setDialog(false)}>{say('Not now')}</Button></p>
            </form>}
      </Dialog>
    </>
  )
}
