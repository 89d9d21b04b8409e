// Events of a name that nobody declared: kept and counted, and no rule can ask about them until a program declares them.
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'

import type { Schemas } from '@attune/client'

import { api, wanted, type Me } from '../../api/client'
import { drafts as draftsQuery, programs as programsQuery } from '../../api/queries'
import { Notice, Waiting, Wrong } from '../../app/states'
import { why } from '../../app/why'
import { Button, ButtonLink, Dialog, Select, TextInput } from '../../ui'
import { instant, say, text, whole } from '../../words/words'
import { beginDraft, doing, draftFiles } from '../drafts/useDraft'
import { useDeclared, useUnknown, type Unknown as Event } from './ask'
import { fieldsOf, types, type Field } from './fields'

const seen = (t: Record<string, number>): string => Object.entries(t).sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1)).map(([type, n]) => `${type} ${n}`).join(', ')

export function Unknown ({ me }: { me: Me }) {
  const list = useUnknown(true)
  const declared = useDeclared(me)
  const [declaring, declare] = useState<Event>()
  const edits = me.may.includes('program.edit') && me.may.includes('program.check')
  if (list.isPending) return <Waiting what={say('Unknown events are being fetched')} />
  if (list.isError) return <Wrong error={list.error} again={() => void list.refetch()} />
  const items = list.data.items
  if (items.length === 0) return <Notice title={say('Every event that arrived was declared')}><p>{say('An event of a name that nobody declared is kept and counted, and shows here. Rules can ask about it once a program declares it.')}</p></Notice>
  return (
    <>
      <p className='quiet'>{say('They are kept and counted, and no rule can ask about them until a program declares them. Types are those that were seen; values are not shown.')}{!edits && <> {say('Declaring takes the permission program.edit.')}</>}</p>
      <div className='tabled' tabIndex={0} role='region' aria-label={say('Unknown events')}>
        <table>
          <thead><tr><th scope='col'>{say('event')}</th><th scope='col'>{say('source')}</th><th scope='col'>{say('times')}</th><th scope='col'>{say('first')}</th><th scope='col'>{say('last')}</th><th scope='col'>{say('fields, and types seen')}</th><th scope='col'><span className='unseen'>{say('Declare')}</span></th></tr></thead>
          <tbody>{items.map((a) => (
            <tr key={`${a.source} ${a.name}`} data-event={a.name}>
              <th scope='row' tabIndex={-1} data-line>{a.name}</th><td>{a.source}</td><td data-of='times'>{whole(a.times)}</td><td>{instant(new Date(a.first).toISOString())}</td><td>{instant(new Date(a.last).toISOString())}</td>
              <td>{a.properties.length === 0 ? <span className='quiet'>{say('none')}</span> : a.properties.map((p) => <div key={p.name}><code>{p.name}</code> <span className='quiet'>{seen(p.types)}</span></div>)}</td>
              <td>{declared.data?.has(a.name) === true ? <span className='quiet'>{say('declared by now')}</span> : edits && !a.name.startsWith('(') && <Button onClick={() => declare(a)} aria-haspopup='dialog' data-declare>{say('Declare')} <kbd>D</kbd></Button>}</td>
            </tr>
          ))}</tbody>
        </table>
      </div>
      {declaring !== undefined && <Declare event={declaring} close={() => declare(undefined)} />}
    </>
  )
}

const ranks: Record<string, string> = { clinical: text('clinical: says something of somebody’s health'), personal: text('personal: says who somebody is'), plain: text('plain: says neither') }

/** Declares an event in a draft: which, what it says, and its fields as they were seen. */
function Declare ({ event, close }: { event: Event, close: () => void }) {
  const client = useQueryClient()
  const programs = useQuery(programsQuery)
  const drafts = useQuery({ ...draftsQuery, staleTime: 0 })
  const [program, setProgram] = useState('')
  const [draft, setDraft] = useState('')
  const [says, setSays] = useState('')
  const [fields, setFields] = useState(() => fieldsOf(event))
  const [busy, setBusy] = useState(false)
  const [wrong, setWrong] = useState('')
  const [done, setDone] = useState<{ is: Schemas['EventDeclared'], draft: string }>()
  const which = program === '' ? programs.data?.[0]?.id ?? '' : program
  const put = (name: string, more: Partial<Field>) => setFields(fields.map((f) => f.name === name ? { ...f, ...more } : f))
  const declare = async () => {
    const id = draft === '' ? await beginDraft(client, say('Declares {event}', { event: event.name })) : draft
    setDraft(id) // what failed is tried again in the same one
    const files = await wanted(api.GET('/v1/drafts/{draft}', { params: { path: { draft: id } } }))
    const is = await wanted(api.POST('/v1/programs/events', { body: { programs: files.programs, program: which, event: event.name, says, fields: fields.filter((f) => f.use).map(({ name, type, sensitivity }) => ({ name, type, sensitivity })) } }))
    if (await doing(client, id).write(which, { [is.file]: is.text })) {
      await client.invalidateQueries({ queryKey: draftFiles(id, 0).queryKey.slice(0, 2) })
      setDone({ is, draft: id })
    }
  }
  const send = () => {
    setBusy(true)
    setWrong('')
    declare().catch((err: unknown) => setWrong(why(err))).finally(() => setBusy(false))
  }
  if (done !== undefined) {
    return (
      <Dialog open close={close} wide title={say('{event} is in the draft', { event: event.name })}>
        <div className='fields'>
          <p>{say('This was added to {file} of {program}. Rules can ask about it, and what waits in quarantine for it can be sent again, once the draft is published.', { file: done.is.file, program: done.is.program })}</p>
          <pre className='secret' tabIndex={0} aria-label={say('What was added')}>{done.is.added}</pre>
          {!done.is.valid && <ul className='bad'>{done.is.problems.map((p, k) => <li key={k}>{p.what}</li>)}</ul>}
          <p className='row'><ButtonLink href={`/console/programs/${done.is.program}/map?draft=${done.draft}`}>{say('Open the draft, to publish it')}</ButtonLink><Button onClick={close}>{say('Close')}</Button></p>
        </div>
      </Dialog>
    )
  }
  return (
    <Dialog open close={close} wide title={say('Declare {event}', { event: event.name })}>
      <form className='fields' onSubmit={(e) => { e.preventDefault(); send() }}>
        <TextInput label={say('What happened, in one sentence for people')} value={says} onChange={(e) => setSays(e.currentTarget.value)} required maxLength={200} data-autofocus />
        <Select label={say('Program')} value={which} onChange={(e) => setProgram(e.currentTarget.value)} data={(programs.data ?? []).map((p) => ({ value: p.id, label: p.name }))} />
        {fields.length > 0 && <fieldset className='declare-fields'><legend>{say('Fields')}</legend>
          {fields.map((f) => (
            <div key={f.name} className='one-field' data-field={f.name}>
              <label className='check'><input type='checkbox' checked={f.use} disabled={f.not !== ''} onChange={(e) => put(f.name, { use: e.currentTarget.checked })} /> <code>{f.name}</code></label>
              {f.not !== '' ? <span className='quiet'>{f.not}</span> : <>
                <Select aria-label={say('Type of {field}', { field: f.name })} value={f.type} onChange={(e) => put(f.name, { type: e.currentTarget.value })} data={Object.entries(types).map(([value, label]) => ({ value, label: say(label) }))} />
                <Select aria-label={say('How much {field} tells', { field: f.name })} value={f.sensitivity} onChange={(e) => put(f.name, { sensitivity: e.currentTarget.value })} data={Object.entries(ranks).map(([value, label]) => ({ value, label: say(label) }))} />
              </>}
            </div>
          ))}
          <p className='quiet'>{say('How much a field tells decides which channels may carry it, and which keys may send it. Where in doubt, leave it clinical. A value of another type goes into quarantine.')}</p>
        </fieldset>}
        <Select label={say('Into which draft')} value={draft} onChange={(e) => setDraft(e.currentTarget.value)} data={[{ value: '', label: say('a new one') }, ...(drafts.data ?? []).map((d) => ({ value: d.draft, label: d.name }))]} />
        {wrong !== '' && <p className='bad' role='alert'>{wrong}</p>}
        <p className='row'><Button type='submit' variant='filled' loading={busy} disabled={says.trim() === '' || which === ''}>{say('Declare it in the draft')}</Button></p>
      </form>
    </Dialog>
  )
}
