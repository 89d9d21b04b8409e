// Leaving somebody alone, and saying that it is over: what for, what follows, and until when.
import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'

import type { Schemas } from '@attune/client'

import { api, wanted, type Me } from '../../api/client'
import type { Purpose } from '../../app/purpose'
import { why } from '../../app/why'
import { Button, Dialog, Select, TextInput, toast } from '../../ui'
import { instant, say, text } from '../../words/words'
import { recorded, state } from './ask'

type State = Schemas['PersonState']

const reasons: Record<string, string> = { bereavement: text('bereavement'), crisis: text('a crisis'), complaint: text('a complaint'), unsure_stop: text('they may have meant to stop messages') }
const named = (hold: string): string => reasons[hold] === undefined ? hold.replaceAll('_', ' ') : say(reasons[hold])

/** What the dialog is open for: to begin a hold, or to end this one. */
export type Doing = { lift?: string } | undefined

export function Holds ({ person, s, me, purpose, doing, ask }: { person: string, s: State, me: Me, purpose: Purpose, doing: Doing, ask: (d: Doing) => void }) {
  const client = useQueryClient()
  const [hold, setHold] = useState('bereavement')
  const [until, setUntil] = useState('')
  const [note, setNote] = useState('')
  const [wrong, setWrong] = useState('')
  const [busy, setBusy] = useState(false)
  const may = me.may.includes('person.hold')
  const close = () => { ask(undefined); setUntil(''); setNote(''); setWrong('') }
  const act = async () => {
    const lifts = doing?.lift
    const words = note.trim() === '' ? {} : { note: note.trim() }
    setBusy(true)
    try {
      if (lifts === undefined) await wanted(api.PUT('/v1/people/{person}/holds/{hold}', { params: { path: { person: person, hold } }, body: { ...words, ...(until === '' ? {} : { until: `${until}T00:00:00Z` }) } }))
      else await wanted(api.POST('/v1/people/{person}/holds/{hold}/lift', { params: { path: { person: person, hold: lifts } }, body: words }))
    } catch (err) {
      setWrong(why(err))
      setBusy(false)
      return
    }
    const is = lifts ?? hold
    const shown = await recorded(async () => (await client.fetchQuery(state(person, purpose))).holds.some((h) => h.hold === is) === (lifts === undefined))
    void client.invalidateQueries({ queryKey: ['person', person, 'story'] })
    setBusy(false)
    close()
    toast(!shown ? say('It is kept, and not in the record yet. Look again in a moment.') : lifts === undefined ? say('They are left alone now.') : say('It is over. Programs may speak to them again.'))
  }
  return (
    <>
      {s.holds.map((h) => (
        <p key={h.hold} className='warn row' data-hold={h.hold}>
          <span>{h.until === 'never' ? say('Left alone: {hold}, until somebody says that it is over', { hold: named(h.hold) }) : say('Left alone: {hold}, until {until}', { hold: named(h.hold), until: instant(h.until) })}</span>
          {may && h.hold !== 'unsure_stop' && <Button onClick={() => ask({ lift: h.hold })} aria-haspopup='dialog'>{say('It is over')}</Button>}
        </p>
      ))}
      {may && s.died === undefined && <p><Button onClick={() => ask({})} aria-haspopup='dialog'>{say('Leave them alone')} <kbd>H</kbd></Button></p>}
      <Dialog open={doing !== undefined} close={close} title={doing?.lift === undefined ? say('Leave them alone?') : say('Is it over?')}>
        <form className='fields' onSubmit={(e) => { e.preventDefault(); if (!busy) void act() }}>
          {doing?.lift === undefined
            ? <>
                <p>{say('No program says anything to them meanwhile, on any channel. What waits goes on waiting, and journeys stop before their next message. Tasks for the team go on.')}</p>
                <Select label={say('What for')} value={hold} onChange={(e) => setHold(e.currentTarget.value)} data={['bereavement', 'crisis', 'complaint'].map((value) => ({ value, label: named(value) }))} data-autofocus />
                <TextInput type='date' label={say('Until the day begins (UTC), or until somebody says that it is over')} value={until} onChange={(e) => setUntil(e.currentTarget.value)} />
              </>
            : <p>{say('{hold} is over: programs may speak to them again, and what waited is asked again whether it still may go.', { hold: named(doing.lift) })}</p>}
          <TextInput label={say('What there is to remember')} value={note} onChange={(e) => setNote(e.currentTarget.value)} />
          {wrong !== '' && <p className='bad' role='alert'>{wrong}</p>}
          <p className='row'><Button type='submit' variant='filled' loading={busy}>{doing?.lift === undefined ? say('Leave alone') : say('It ended')}</Button><Button onClick={close}>{say('Not now')}</Button></p>
        </form>
      </Dialog>
    </>
  )
}
