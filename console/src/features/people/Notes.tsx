// What somebody of the team writes into a record: a note, what they told, a call or a visit.
import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'

import { api, wanted, type Me } from '../../api/client'
import { outcomeNames } from '../../app/outcomes'
import type { Purpose } from '../../app/purpose'
import { why } from '../../app/why'
import { Button, Dialog, Select, TextInput, toast } from '../../ui'
import { Long } from '../../ui/fields'
import { say, text } from '../../words/words'
import { recorded, story } from './ask'
import { facts } from './timeline'

const kinds = { note: text('A note for the team'), told: text('Something they told of themselves'), call: text('A call with them'), visit: text('A visit to them') } as const
type Kind = keyof typeof kinds
const outcomes = { call: ['reached', 'no_answer', 'call_back', 'refused', 'wrong_person'], visit: ['done', 'no_answer', 'refused'] } as const

const listed = (of: Record<string, string>) => Object.entries(of).map(([value, label]) => ({ value, label: say(label) }))

/** The button and its dialog; open tells whether it is, for who asked by a key. */
export function Notes ({ person, me, purpose, open, ask }: { person: string, me: Me, purpose: Purpose, open: boolean, ask: (open: boolean) => void }) {
  const client = useQueryClient()
  const [kind, setKind] = useState<Kind>('note')
  const [fact, setFact] = useState('goal')
  const [outcome, setOutcome] = useState('reached')
  const [minutes, setMinutes] = useState('')
  const [words, setWords] = useState('')
  const [wrong, setWrong] = useState('')
  const [busy, setBusy] = useState(false)
  if (!me.may.includes('person.note')) return null
  const meets = kind === 'call' || kind === 'visit'
  const needs = kind === 'note' || kind === 'told'
  const close = () => { ask(false); setWrong('') }
  const write = async () => {
    setBusy(true)
    const before = (await client.fetchQuery(story(person, purpose, 1)).catch(() => undefined))?.total
    try {
      await wanted(api.POST('/v1/people/{person}/notes', {
        params: { path: { person } },
        body: { kind, ...(words.trim() === '' ? {} : { text: words.trim() }), ...(kind === 'told' ? { fact } : {}), ...(meets ? { outcome, ...(minutes === '' ? {} : { minutes: Number(minutes) }) } : {}) },
      }))
    } catch (err) {
      setWrong(why(err))
      setBusy(false)
      return
    }
    const shown = await recorded(async () => before !== undefined && (await client.fetchQuery(story(person, purpose, 1))).total > before)
    void client.invalidateQueries({ queryKey: ['person', person] })
    setBusy(false)
    setWords('')
    setMinutes('')
    close()
    toast(shown ? say('It stands in the record.') : say('It is kept, and not in the record yet. Look again in a moment.'))
  }
  const choose = (k: Kind) => { setKind(k); setOutcome(k === 'visit' ? 'done' : 'reached') }
  return (
    <>
      <p><Button onClick={() => ask(true)} aria-haspopup='dialog'>{say('Write it down')} <kbd>N</kbd></Button></p>
      <Dialog open={open} close={close} title={say('Write it down')}>
        <form className='fields' onSubmit={(e) => { e.preventDefault(); if (!busy && (!needs || words.trim() !== '')) void write() }}>
          <Select label={say('What it is')} value={kind} onChange={(e) => choose(e.currentTarget.value as Kind)} data={listed(kinds)} data-autofocus />
          {kind === 'told' && <Select label={say('What they told')} value={fact} onChange={(e) => setFact(e.currentTarget.value)} data={listed(facts)} />}
          {meets && <Select label={say('How it went')} value={outcome} onChange={(e) => setOutcome(e.currentTarget.value)} data={outcomes[kind].map((o) => ({ value: o, label: say(outcomeNames[o] ?? o) }))} />}
          {meets && <TextInput type='number' min={0} max={1440} label={say('Minutes, if you know')} value={minutes} onChange={(e) => setMinutes(e.currentTarget.value)} />}
<Long label={kind === 'told' ? say('In their words') : say('What there is to know')} value={words} change={setWords} />
          <p className='quiet'>{kind === 'note' ? say('It stays in the record. Whoever of the team may read what is said to them reads it, and they can see it when they ask what is held of them.') : say('It stays in the record, for whoever sees clinical facts, and programs may act on it. They can see it when they ask what is held of them.')}</p>
          {wrong !== '' && <p className='bad' role='alert'>{wrong}</p>}
          <p className='row'><Button type='submit' variant='filled' loading={busy} disabled={needs && words.trim() === ''}>{say('Write')}</Button><Button onClick={close}>{say('Not now')}</Button></p>
        </form>
      </Dialog>
    </>
  )
}
