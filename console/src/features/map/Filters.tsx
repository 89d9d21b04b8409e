// Of whom the numbers are: when they came in, what was known when, what is so of them, and what they saw.
import { useState } from 'react'

import type { JourneyMap } from '../../api/client'
import { tidy } from '../../app/address'
import { Button, Dialog, Select, TextInput } from '../../ui'
import { say } from '../../words/words'
import { type Search } from './search'

/** A day as the field has it, and as the API has it: the beginning of that day in UTC. */
const toDay = (text: string | undefined) => (text ?? '').slice(0, 10)
const toInstant = (day: string) => day === '' ? undefined : `${day}T00:00:00Z`

export function Filters ({ map, search, open, close, apply }: { map: JourneyMap, search: Search, open: boolean, close: () => void, apply: (s: Search) => void }) {
  const [from, setFrom] = useState(toDay(search.from))
  const [to, setTo] = useState(toDay(search.to))
  const [asOf, setAsOf] = useState(toDay(search.as_of))
  const [is, setIs] = useState((search.is ?? []).join(', '))
  const [saw, setSaw] = useState(search.saw ?? '')
  const [not, setNot] = useState(search.not ?? '')
  const moments = [{ value: '', label: say('any') }, ...map.moments.filter((m) => !m.guess).map((m) => ({ value: m.id, label: m.name }))]
  const levels = is.split(',').map((x) => x.trim()).filter((x) => x !== '')
  const wrong = levels.find((x) => !/^[^:]+:.+$/.test(x))
  const set = (s: Search) => { apply(tidy(s)); close() }
  return (
    <Dialog open={open} close={close} title={say('Whose numbers')}>
      <form className='fields' onSubmit={(e) => { e.preventDefault(); if (wrong === undefined) set({ ...search, from: toInstant(from), to: toInstant(to), as_of: toInstant(asOf), is: levels, saw, not }) }}>
        <TextInput type='date' label={say('Came into a phase from')} value={from} onChange={(e) => setFrom(e.target.value)} />
        <TextInput type='date' label={say('and before')} value={to} onChange={(e) => setTo(e.target.value)} />
        <TextInput type='date' label={say('As it was known on')} description={say('Empty is now. Days begin at midnight UTC.')} value={asOf} onChange={(e) => setAsOf(e.target.value)} />
        <TextInput label={say('Of whom it is so')} description={say('Attribute and level as the map has them, such as sex:female; several with commas. Of one attribute any will do.')} value={is} error={wrong === undefined ? undefined : say('“{x}” has no level: write it as attribute:level', { x: wrong })} onChange={(e) => setIs(e.target.value)} />
        <Select label={say('Who saw')} data={moments} value={saw} onChange={(e) => setSaw(e.target.value)} />
        <Select label={say('Who did not see')} data={moments} value={not} onChange={(e) => setNot(e.target.value)} />
        <p className='row'><Button type='submit' variant='filled'>{say('Show these')}</Button><Button onClick={() => set({ ...search, from: undefined, to: undefined, as_of: undefined, is: undefined, saw: undefined, not: undefined })}>{say('Show everybody')}</Button></p>
      </form>
    </Dialog>
  )
}
