// Records that may be of one person: what speaks for it and against it, and the word of somebody who knows.
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'

import type { Schemas } from '@attune/client'

import { api, wanted, type Me } from '../../api/client'
import type { Purpose } from '../../app/purpose'
import { Wrong } from '../../app/states'
import { why } from '../../app/why'
import { Button, Dialog, TextInput, toast } from '../../ui'
import { say } from '../../words/words'
import { duplicates } from './ask'

type Pair = Schemas['Duplicate']
type Known = Schemas['Record']

const facts = (r: Known): string => [r.birth_date, r.sex, r.place, r.phone].filter((x) => x !== undefined && x !== '').join(' · ')

const both = (p: Pair): string => `${p.one.person} ${p.other.person}`

export function Duplicates ({ me, purpose, open, of }: { me: Me, purpose: Purpose, open: (person: string) => void, of?: string }) {
  const client = useQueryClient()
  const all = useQuery({ ...duplicates(purpose), enabled: me.may.includes('people.find') })
  const [asked, ask] = useState<{ pair: Pair, same: boolean }>()
  const [note, setNote] = useState('')
  const [settled, settle] = useState<string[]>([]) // the list has them a moment longer
  const merges = me.may.includes('person.merge')
  const pairs = (all.data?.pairs ?? []).filter((p) => !settled.includes(both(p)) && (of === undefined || p.one.person === of || p.other.person === of))
  const done = (pair: Pair, said: string) => { settle((all) => [...all, both(pair)]); ask(undefined); setNote(''); toast(said); void client.invalidateQueries({ queryKey: ['duplicates'] }); void client.invalidateQueries({ queryKey: ['person'] }) }
  const act = () => {
    if (asked === undefined) return
    const { one, other } = asked.pair
    const words = note.trim() === '' ? {} : { note: note.trim() }
    const does = asked.same
      ? wanted(api.POST('/v1/people/{person}/merge', { params: { path: { person: one.person } }, body: { of: other.person, ...words } }))
      : wanted(api.POST('/v1/duplicates/different', { body: { one: one.person, other: other.person, ...words } }))
    does.then(() => done(asked.pair, asked.same ? say('They are one person now.') : say('They are kept apart.')), (err: unknown) => toast(why(err)))
  }
  if (!me.may.includes('people.find') || (of !== undefined && pairs.length === 0)) return null
  return (
    <section className='duplicates' aria-label={say('Who may be one person')}>
      <h2>{say('Who may be one person')}</h2>
      {all.isError && <Wrong error={all.error} again={() => void all.refetch()} />}
      {all.data !== undefined && pairs.length === 0 && <p className='quiet'>{say('No two records look like one person.')}</p>}
      {all.data !== undefined && pairs.length < all.data.all && of === undefined && <p className='quiet'>{say('The likeliest {n} of {all}.', { n: pairs.length, all: all.data.all })}</p>}
      {pairs.map((p) => (
        <article key={both(p)} className='pair'>
          {[p.one, p.other].map((r) => <p key={r.person}><button type='button' className='plain' onClick={() => open(r.person)}>{r.name}</button> <span className='quiet'>{facts(r)}</span></p>)}
          <p>{say('For it: {reasons}', { reasons: p.for.map((x) => x.words).join('; ') })}{p.against.length > 0 && ` · ${say('Against it: {reasons}', { reasons: p.against.map((x) => x.words).join('; ') })}`}</p>
          {merges && <p className='row'><Button onClick={() => ask({ pair: p, same: true })} aria-haspopup='dialog'>{say('One person')}</Button><Button onClick={() => ask({ pair: p, same: false })} aria-haspopup='dialog'>{say('Two people')}</Button></p>}
        </article>
      ))}
      <Dialog open={asked !== undefined} close={() => ask(undefined)} title={asked?.same === true ? say('Make one person of them?') : say('Keep them apart?')}>
        <form className='fields' onSubmit={(e) => { e.preventDefault(); act() }}>
          <p>{asked?.same === true ? say('What was told of {other} is told of {one} from then on, and messages to both count together. They can be parted again.', { one: asked.pair.one.name, other: asked.pair.other.name }) : say('They are not shown as possibly one person any more.')}</p>
          <TextInput label={say('How it is known')} value={note} onChange={(e) => setNote(e.currentTarget.value)} data-autofocus />
          <p className='row'><Button type='submit' variant='filled'>{asked?.same === true ? say('They are one') : say('They are two')}</Button><Button onClick={() => ask(undefined)}>{say('Not now')}</Button></p>
        </form>
      </Dialog>
    </section>
  )
}
