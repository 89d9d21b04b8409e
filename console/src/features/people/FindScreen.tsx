// Is this the right person? Nobody is listed until somebody is asked for, and what they are called stands in no address.
import { useEffect, useState } from 'react'

import type { Me } from '../../api/client'
import { find, type Asked } from '../../app/find'
import { useKeys } from '../../app/keys'
import { choosePurpose, purposes, usePurpose, type Purpose } from '../../app/purpose'
import { found as forget, useSought } from '../../app/sought'
import { Notice, Wrong } from '../../app/states'
import { useTitle } from '../../app/title'
import { Button, Select, TextInput } from '../../ui'
import { say, text } from '../../words/words'
import { Duplicates } from './Duplicates'
import { Glass } from './Glass'
import './people.css'

const nobody: Required<Asked> = { name: '', born: '', phone: '', id: '' }
const matches: Record<string, string> = { written: text('as it is written'), called: text('as they are called'), heard: text('as it is heard') }

export function FindScreen ({ me, open }: { me: Me, open: (person: string) => void }) {
  const purpose = usePurpose()
  const [asked, ask] = useState(nobody)
  const [found, setFound] = useState<Awaited<ReturnType<typeof find>>>()
  const [failed, setFailed] = useState<unknown>()
  const [busy, setBusy] = useState(false)
  const [outside, setOutside] = useState<string>()
  const sought = useSought()
  useEffect(() => { // somebody began to look for them in the palette
    if (sought.name === '') return
    ask({ ...nobody, name: sought.name })
    forget()
    setTimeout(() => document.querySelector<HTMLInputElement>('.find input')?.focus())
  }, [sought])
  useTitle(say('Patients'))
  useKeys({ '/': (e) => { e.preventDefault(); document.querySelector<HTMLInputElement>('.find input')?.focus() } })
  if (!me.may.includes('people.find')) return <Notice title={say('You may not see this')} alert><p>{say('Finding people takes the permission people.find, which care coordinators, clinicians and privacy officers have.')}</p></Notice>
  const look = () => {
    setBusy(true)
    setFailed(undefined)
    find(asked, purpose).then((f) => { setFound(f); setBusy(false) }, (err: unknown) => { setFailed(err); setFound(undefined); setBusy(false) })
  }
  const field = (name: keyof Asked, label: string, more: { type?: 'date', description?: string } = {}) => <TextInput label={label} value={asked[name]} onChange={(e) => ask({ ...asked, [name]: e.currentTarget.value })} autoComplete='off' {...more} />
  return (
    <div className='people'>
      <header className='screen'><div><h1>{say('Patients')}</h1><p className='quiet'>{say('All that you give has to fit. Looking is recorded, and people can see who looked.')}</p></div></header>
      <div className='people-work'>
        <form className='find' role='search' onSubmit={(e) => { e.preventDefault(); if (!busy) look() }}>
          {field('name', say('Name'), { description: say('whole, or as it is heard') })}
          {field('born', say('Born'), { type: 'date' })}
          {field('phone', say('Telephone'), { description: say('or its last four digits') })}
          {field('id', say('Identifier'), { description: say('such as ehr:p-1042, or a person’s id') })}
          <Select label={say('For')} value={purpose} onChange={(e) => choosePurpose(e.currentTarget.value as Purpose)} data={Object.entries(purposes).map(([value, label]) => ({ value, label: say(label) }))} />
          <Button type='submit' variant='filled' disabled={busy || Object.values(asked).every((v) => v === '')}>{say('Find')}</Button>
        </form>
        {failed !== undefined && <Wrong error={failed} again={look} />}
        <div aria-live='polite'>
          {found !== undefined && <>
            <p data-found={found.people.length}>{found.people.length === 0 ? say('Nobody fits. Try less of it, or the name as it sounds.') : found.more > 0 ? say('The best {n}, and {more} more: say more of them.', { n: found.people.length, more: found.more }) : say('{n, plural, one {# person fits} other {# people fit}}.', { n: found.people.length })}</p>
            {found.people.length > 0 && <ul className='found'>{found.people.map((p) => (
              <li key={p.person}><button type='button' onClick={() => open(p.person)} data-person={p.person}>
                <b>{p.name}</b>{p.preferred_name !== undefined && p.preferred_name !== '' && <> “{p.preferred_name}”</>}{p.died === true && <span className='bad'> · {say('died')}</span>}
                <span className='quiet'>{[p.birth_date, p.sex, p.place, p.phone, say(matches[p.match] ?? p.match)].filter((x) => x !== undefined && x !== '').join(' · ')}</span>
              </button></li>
            ))}</ul>}
            {found.outside !== undefined && found.outside !== '' && <p className='note'>{say('Somebody outside your panel has this identifier.')} {me.may.includes('glass.break') ? <Button onClick={() => setOutside(found.outside)} aria-haspopup='dialog'>{say('Open their record, with a reason')}</Button> : say('To open their record takes the permission glass.break.')}</p>}
          </>}
        </div>
        <Duplicates me={me} purpose={purpose} open={open} />
      </div>
      <Glass of={outside} close={() => setOutside(undefined)} opened={open} />
    </div>
  )
}
