// A new journey: called something, and begun by a moment on the map, or by coming into a phase of it.
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'

import { Waiting } from '../../app/states'
import { Button, Dialog, Select, TextInput } from '../../ui'
import { say } from '../../words/words'
import { idOf, type Value } from '../drafts/edit'
import { draftValues, type Working } from '../drafts/useDraft'

interface Moment { id?: string, name?: string, seen?: Value }

/** The file of a journey that begins so, waits a day, and ends: what a new one starts from. What begins it is written as JSON, which is YAML. */
export const fileOf = (id: string, name: string, enter: Value): string => `journey: ${id}\nname: ${JSON.stringify(name)}\nenter: ${JSON.stringify(enter)}\nsteps:\n  - {id: begin, wait: 1d}\n  - exit: over\n`

export function New ({ program, draft, phases, taken, close, begun }: {
  program: string
  draft: Working
  phases: Array<{ id: string, name: string }>
  /** The ids of the journeys there are. */
  taken: string[]
  close: () => void
  begun: (id: string) => void
}) {
  const client = useQueryClient()
  const map = useQuery(draftValues(client, draft.id, program, 'map.yaml'))
  const moments = ((map.data?.value as { moments?: Moment[] } | undefined)?.moments ?? []).filter((m) => m.id !== undefined)
  const [name, setName] = useState('')
  const [from, setFrom] = useState('')
  const seen = moments.filter((m) => m.seen !== undefined)
  const of = moments.find((m) => `moment ${m.id}` === from)
  const called = name.trim() === '' ? of?.name ?? '' : name.trim()
  const phase = phases.find((p) => `phase ${p.id}` === from) ?? phases[0]
  const start = () => {
    const id = idOf(called, taken)
    void draft.write(program, { [`journeys/${id}.yaml`]: fileOf(id, called, of?.seen ?? `phase() == ${JSON.stringify(phase?.id ?? '')}`) }).then((ok) => { if (ok) begun(id) })
  }
  return (
    <Dialog open close={close} title={say('A new journey')}>
      {map.isPending ? <Waiting what={say('The map is being fetched')} /> : <form className='fields' onSubmit={(e) => { e.preventDefault(); start() }}>
        <Select
          label={say('It begins')} value={from} data-autofocus onChange={(e) => setFrom(e.currentTarget.value)}
          data={[
            { group: say('with a moment on the map'), items: seen.map((m) => ({ value: `moment ${m.id}`, label: m.name ?? m.id ?? '' })) },
            { group: say('by coming into a phase'), items: phases.map((p) => ({ value: `phase ${p.id}`, label: p.name })) },
          ].filter((g) => g.items.length > 0).concat(from === '' ? [{ group: say('choose'), items: [{ value: '', label: '…' }] }] : [])}
          {...(moments.length > seen.length ? { description: say('{n, plural, one {# moment is} other {# moments are}} a guess: no event tells of it yet, so nothing can begin with it.', { n: moments.length - seen.length }) } : {})}
        />
        <TextInput label={say('What it is called')} value={name} placeholder={of?.name ?? ''} onChange={(e) => setName(e.currentTarget.value)} required={of === undefined} />
        <p><Button type='submit' variant='filled' disabled={called === '' || from === ''}>{say('Begin it')}</Button></p>
      </form>}
    </Dialog>
  )
}
