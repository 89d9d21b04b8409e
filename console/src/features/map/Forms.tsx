// What is selected on a draft's map, to be changed: a moment, a phase, or somebody who takes part.
import { useQuery } from '@tanstack/react-query'
import { useState, type ReactNode } from 'react'

import { Button } from '../../ui'
import { ChoiceField, LongField, TextField } from '../../ui/fields'
import { say } from '../../words/words'
import type { Placed } from '../drafts/DraftBar'
import { idOf, type Change, type Value } from '../drafts/edit'
import { draftFiles, type Working } from '../drafts/useDraft'
import { events } from './ask'
import { feelings, kinds, list, type Evidence, type MapWritten, type MomentWritten, type PhaseWritten, type StakeholderWritten, type Trigger } from './written'

const file = 'map.yaml'

/** What a form needs to change its thing. */
export interface Editing { program: string, draft: Working, map: MapWritten, problems: Placed[] }

const change = (e: Editing, path: string, value: Value | undefined): Change => value === undefined
  ? { program: e.program, file, do: 'remove', path }
  : { program: e.program, file, do: 'set', path, value }

/** The problems of a thing and of what is in it. */
const of = (e: Editing, path: string) => e.problems.filter((p) => p.path === path || p.path.startsWith(`${path}/`))

function Problems ({ all }: { all: Placed[] }) {
  return all.length === 0 ? null : <div role='alert'><ul className='problems'>{all.map((p) => <li key={p.what}>{p.what}{p.hint !== '' && <span className='quiet'> {p.hint}</span>}</li>)}</ul></div>
}

/** Fields of one thing at a path: a text that is taken away is a field that is taken away. */
function useFields (e: Editing, base: string) {
  return {
    set: (name: string, value: Value | undefined) => void e.draft.change([change(e, `${base}/${name}`, value)]),
    text: (name: string) => (v: string) => void e.draft.change([change(e, `${base}/${name}`, v === '' ? undefined : v)]),
    wrong: (name: string): ReactNode => of(e, `${base}/${name}`).map((p) => p.what).join(' ') || undefined,
  }
}

/** What shows that something happened: nothing yet, an event, or a rule. */
function Shown ({ label, value, set, error, guess }: { label: string, value: Trigger | undefined, set: (v: Value | undefined) => void, error: ReactNode, guess: string | undefined }) {
  const known = useQuery(events)
  const is = value === undefined || value === null ? 'nothing' : typeof value === 'string' ? 'rule' : 'event'
  const [by, setBy] = useState<string>()
  const kind = by ?? is
  const on = typeof value === 'object' && value !== null ? value.on ?? '' : ''
  const where = typeof value === 'object' && value !== null ? value.where ?? '' : ''
  const event = (o: string, w: string) => set(o === '' ? undefined : { on: o, ...(w === '' ? {} : { where: w }) })
  return (
    <fieldset className='shown'>
      <legend>{label}</legend>
      <ChoiceField label={say('By what it is known')} value={kind} error={error} commit={(v) => { setBy(v); if (v === 'nothing') set(undefined) }} data={[...(guess === undefined ? [] : [{ value: 'nothing', label: guess }]), { value: 'event', label: say('an event') }, { value: 'rule', label: say('a rule') }]} />
      {kind === 'event' && <>
        <ChoiceField label={say('Event')} value={on} commit={(v) => event(v, where)} data={[{ value: '', label: say('choose one') }, ...(known.data ?? []).map((n) => ({ value: n.name, label: `${n.name}: ${n.says}` }))]} />
        <TextField label={say('Only where')} description={say('a condition, such as event.specialty == "rheumatology"; empty for all')} value={where} commit={(v) => event(on, v)} disabled={on === ''} />
      </>}
      {kind === 'rule' && <LongField label={say('Rule')} description={say('such as signal("waits_without_news")')} value={typeof value === 'string' ? value : ''} commit={(v) => set(v === '' ? undefined : v)} />}
    </fieldset>
  )
}

/** Who said so, and in which words. */
function EvidenceOf ({ e, base, all }: { e: Editing, base: string, all: Evidence[] }) {
  const [adding, setAdding] = useState(false)
  const [quote, setQuote] = useState('')
  const set = (next: Evidence[]) => void e.draft.change([change(e, `${base}/evidence`, next.length === 0 ? undefined : next.map((x) => ({ quote: x.quote ?? '', ...(x.from === undefined || x.from === '' ? {} : { from: x.from }) })))])
  return (
    <section className='evidence'>
      <h3>{say('Evidence')}</h3>
      {all.length === 0 && <p className='quiet'>{say('None yet: what did people say, and where?')}</p>}
      {all.map((x, k) => (
        <div key={`${k}.${x.quote}`}>
          <LongField label={say('Their words')} value={x.quote ?? ''} commit={(v) => set(all.map((y, n) => n === k ? { ...y, quote: v } : y))} />
          <TextField label={say('From')} value={x.from ?? ''} placeholder={say('interview 7, without a name')} commit={(v) => set(all.map((y, n) => n === k ? { ...y, from: v } : y))} />
          <Button onClick={() => set(all.filter((_, n) => n !== k))}>{say('Take away')}</Button>
        </div>
      ))}
      {adding
        ? <LongField label={say('Their words')} value={quote} autoFocus commit={(v) => { setQuote(''); setAdding(false); if (v !== '') set([...all, { quote: v }]) }} />
        : <Button onClick={() => setAdding(true)}>{say('Add a quote')}</Button>}
    </section>
  )
}

export function MomentForm ({ e, moment, close, gone, design }: { e: Editing, moment: MomentWritten, close: () => void, gone: () => void, design: (() => void) | undefined }) {
  const base = `/moments/${moment.id}`
  const f = useFields(e, base)
  const files = useQuery({ ...draftFiles(e.draft.id, e.draft.listed?.version ?? 0), enabled: (e.draft.listed?.version ?? 0) > 0 })
  const names = Object.keys((files.data?.programs.find((p) => p.id === e.program)?.files ?? {}) as Record<string, string>)
  const known = names.filter((n) => /^engagements\/.*\.yaml$/.test(n)).map((n) => n.slice('engagements/'.length, -'.yaml'.length))
  const responds = list(moment.respond)
  const others = e.map.moments.filter((m) => m.id !== moment.id)
  const promising = others.filter((m) => m.then?.moment === moment.id)
  const remove = () => void e.draft.change([...promising.map((m) => change(e, `/moments/${m.id}/then`, undefined)), change(e, base, undefined)]).then((done) => { if (done) gone() })
  return (
    <form className='fields' data-of={moment.id} onSubmit={(ev) => ev.preventDefault()} aria-label={say('Moment')}>
      <Problems all={of(e, base)} />
      <TextField label={say('What happens')} value={moment.name ?? ''} commit={(v) => { if (v !== '') f.set('name', v) }} error={f.wrong('name')} required />
      <ChoiceField label={say('Phase')} value={moment.phase ?? ''} commit={(v) => f.set('phase', v)} error={f.wrong('phase')} data={e.map.phases.map((p) => ({ value: p.id, label: p.name ?? p.id }))} />
      <ChoiceField label={say('Whose moment')} value={moment.by ?? ''} commit={(v) => f.set('by', v)} error={f.wrong('by')} data={e.map.stakeholders.map((s) => ({ value: s.id, label: s.name ?? s.id }))} />
      <ChoiceField label={say('Handed over to')} value={moment.to ?? ''} commit={f.text('to')} error={f.wrong('to')} data={[{ value: '', label: say('nobody') }, ...e.map.stakeholders.map((s) => ({ value: s.id, label: s.name ?? s.id }))]} />
      <LongField label={say('What the person needs')} value={moment.need ?? ''} commit={f.text('need')} error={f.wrong('need')} />
      <ChoiceField label={say('How it feels')} value={moment.feeling ?? ''} commit={f.text('feeling')} error={f.wrong('feeling')} data={[{ value: '', label: say('not said') }, ...feelings.map((x) => ({ value: x, label: x }))]} />
      <Shown key={moment.id} label={say('What shows that it happened')} value={moment.seen} set={(v) => f.set('seen', v)} error={f.wrong('seen')} guess={say('nothing yet: it is our guess')} />
      <fieldset>
        <legend>{say('What it promises')}</legend>
        <ChoiceField
          label={say('That this follows')} value={moment.then?.moment ?? ''} error={f.wrong('then')} data={[{ value: '', label: say('nothing') }, ...others.map((m) => ({ value: m.id, label: m.name ?? m.id }))]}
          commit={(v) => f.set('then', v === '' ? undefined : { ...moment.then, moment: v, within: moment.then?.within ?? '14d' })}
        />
        {moment.then?.moment !== undefined && <TextField label={say('Within')} description={say('such as 36h, 14d or 6w')} value={String(moment.then.within ?? '')} commit={(v) => f.set('then', { ...moment.then, within: v })} />}
      </fieldset>
      <fieldset>
        <legend>{say('What answers it')}</legend>
        {responds.length === 0 && <p className='quiet'>{say('Nothing yet.')}</p>}
        {responds.map((n) => <p key={n} className='row'>{n} <Button onClick={() => f.set('respond', responds.length === 1 ? undefined : responds.filter((x) => x !== n))}>{say('Take away')}<span className='unseen'> {n}</span></Button></p>)}
        {known.some((n) => !responds.includes(n)) && <ChoiceField label={say('Add what there is')} value='' commit={(v) => { if (v !== '') f.set('respond', [...responds, v]) }} data={[{ value: '', label: say('choose one') }, ...known.filter((n) => !responds.includes(n)).map((n) => ({ value: n, label: n }))]} />}
        {design !== undefined && <Button onClick={design} aria-haspopup='dialog'>{say('Design an engagement')} <kbd>E</kbd></Button>}
      </fieldset>
      <EvidenceOf e={e} base={base} all={moment.evidence ?? []} />
      <p className='row'><Button onClick={remove}>{say('Take this moment away')} <kbd>Del</kbd></Button><Button onClick={close}>{say('Close')} <kbd>Esc</kbd></Button></p>
      {promising.length > 0 && <p className='quiet'>{say('{names} promise it: these promises go with it.', { names: promising.map((m) => `“${m.name}”`).join(', ') })}</p>}
    </form>
  )
}

/** Moves an item of a list before or behind its neighbour. */
function Order ({ e, list: name, ids, id, back, forth }: { e: Editing, list: string, ids: string[], id: string, back: string, forth: string }) {
  const at = ids.indexOf(id)
  const move = (before: string | undefined) => void e.draft.change([{ program: e.program, file, do: 'move', path: `/${name}/${id}`, ...(before === undefined ? {} : { before }) }])
  return (
    <p className='row'>
      <Button onClick={() => move(ids[at - 1])} disabled={at <= 0}>{back}</Button>
      <Button onClick={() => move(ids[at + 2])} disabled={at < 0 || at === ids.length - 1}>{forth}</Button>
    </p>
  )
}

export function PhaseForm ({ e, phase, close, gone, select }: { e: Editing, phase: PhaseWritten, close: () => void, gone: () => void, select: (phase: string) => void }) {
  const base = `/phases/${phase.id}`
  const f = useFields(e, base)
  const held = e.map.moments.filter((m) => m.phase === phase.id)
  const ids = e.map.phases.map((p) => p.id)
  const add = () => {
    const id = idOf(say('New phase'), ids)
    const next = ids[ids.indexOf(phase.id) + 1]
    void e.draft.change([{ program: e.program, file, do: 'add', path: '/phases', value: { id, name: say('New phase'), enter: 'false' }, ...(next === undefined ? {} : { before: next }) }]).then((done) => { if (done) select(id) })
  }
  const remove = () => {
    const cycle = Object.entries(e.map.lifecycle).filter(([, phases]) => list(phases).includes(phase.id)).map(([part, phases]) => {
      const rest = list(phases).filter((p) => p !== phase.id)
      return change(e, `/lifecycle/${part}`, rest.length === 0 ? undefined : rest)
    })
    void e.draft.change([...cycle, change(e, base, undefined)]).then((done) => { if (done) gone() })
  }
  return (
    <form className='fields' onSubmit={(ev) => ev.preventDefault()} aria-label={say('Phase')}>
      <Problems all={of(e, base)} />
      <TextField label={say('Name')} value={phase.name ?? ''} commit={(v) => { if (v !== '') f.set('name', v) }} error={f.wrong('name')} required />
      <LongField label={say('In the person’s own words')} value={phase.says ?? ''} commit={f.text('says')} error={f.wrong('says')} />
      <TextField label={say('How long it should last')} description={say('such as 36h, 14d or 6w')} value={String(phase.expect ?? '')} commit={f.text('expect')} error={f.wrong('expect')} />
      <TextField label={say('Within how long somebody should have gone on')} description={say('such as 36h, 14d or 6w')} value={String(phase.horizon ?? '')} commit={f.text('horizon')} error={f.wrong('horizon')} />
      <Shown key={phase.id} label={say('What brings a person into it')} value={phase.enter} set={(v) => { if (v !== undefined) f.set('enter', v) }} error={f.wrong('enter')} guess={undefined} />
      <Order e={e} list='phases' ids={ids} id={phase.id} back={say('Earlier')} forth={say('Later')} />
      <p className='row'><Button onClick={add}>{say('Add a phase behind it')}</Button><Button onClick={remove} disabled={held.length > 0 || ids.length < 2}>{say('Take this phase away')}</Button><Button onClick={close}>{say('Close')} <kbd>Esc</kbd></Button></p>
      {held.length > 0 && <p className='quiet'>{say('{n, plural, one {# moment is} other {# moments are}} in it: move them elsewhere before it is taken away.', { n: held.length })}</p>}
    </form>
  )
}

export function StakeholderForm ({ e, who, close, gone, select }: { e: Editing, who: StakeholderWritten, close: () => void, gone: () => void, select: (who: string) => void }) {
  const base = `/stakeholders/${who.id}`
  const f = useFields(e, base)
  const held = e.map.moments.filter((m) => m.by === who.id || m.to === who.id)
  const ids = e.map.stakeholders.map((s) => s.id)
  const lines = (name: string) => (v: string) => {
    const all = v.split('\n').map((l) => l.trim()).filter((l) => l !== '')
    f.set(name, all.length === 0 ? undefined : all)
  }
  const add = () => {
    const id = idOf(say('Somebody else'), ids)
    const next = ids[ids.indexOf(who.id) + 1]
    void e.draft.change([{ program: e.program, file, do: 'add', path: '/stakeholders', value: { id, name: say('Somebody else'), kind: 'staff' }, ...(next === undefined ? {} : { before: next }) }]).then((done) => { if (done) select(id) })
  }
  return (
    <form className='fields' onSubmit={(ev) => ev.preventDefault()} aria-label={say('Who takes part')}>
      <Problems all={of(e, base)} />
      <TextField label={say('Name')} value={who.name ?? ''} commit={(v) => { if (v !== '') f.set('name', v) }} error={f.wrong('name')} required />
      <ChoiceField label={say('What they are')} value={who.kind ?? ''} commit={(v) => f.set('kind', v)} error={f.wrong('kind')} data={kinds.map((k) => ({ value: k, label: k }))} />
      <LongField label={say('Their day')} value={who.routine ?? ''} commit={f.text('routine')} error={f.wrong('routine')} />
      {([['sources', say('Where they learn of things')], ['wants', say('What they want')], ['fears', say('What they fear')], ['quotes', say('Their own words')]] as const).map(([name, label]) => (
        <LongField key={name} label={label} description={say('one on each line')} value={list(who[name]).join('\n')} commit={lines(name)} error={f.wrong(name)} />
      ))}
      <EvidenceOf e={e} base={base} all={who.evidence ?? []} />
      <Order e={e} list='stakeholders' ids={ids} id={who.id} back={say('Higher')} forth={say('Lower')} />
      <p className='row'><Button onClick={add}>{say('Add somebody below')}</Button><Button onClick={() => void e.draft.change([change(e, base, undefined)]).then((done) => { if (done) gone() })} disabled={held.length > 0 || ids.length < 2}>{say('Take this lane away')}</Button><Button onClick={close}>{say('Close')} <kbd>Esc</kbd></Button></p>
      {held.length > 0 && <p className='quiet'>{say('{n, plural, one {# moment is} other {# moments are}} in it: move them elsewhere before it is taken away.', { n: held.length })}</p>}
    </form>
  )
}

/** Somebody who takes part, to be read. */
export function Persona ({ who, close }: { who: StakeholderWritten, close: () => void }) {
  const lists = [[say('Where they learn of things'), list(who.sources)], [say('What they want'), list(who.wants)], [say('What they fear'), list(who.fears)]] as const
  return (
    <>
      <div className='tags'><span>{who.kind}</span></div>
      <h2>{who.name ?? who.id}</h2>
      {list(who.quotes).map((q) => <blockquote key={q} className='voice'>“{q}”</blockquote>)}
      {who.routine !== undefined && <><h3>{say('Their day')}</h3><p>{who.routine}</p></>}
      {lists.map(([title, all]) => all.length > 0 && <div key={title}><h3>{title}</h3><ul>{all.map((x) => <li key={x}>{x}</li>)}</ul></div>)}
      <Quotes all={who.evidence ?? []} />
      <p><Button onClick={close}>{say('Close')} <kbd>Esc</kbd></Button></p>
    </>
  )
}

/** What people said, and where. */
export function Quotes ({ all }: { all: Evidence[] }) {
  if (all.length === 0) return null
  return <><h3>{say('Evidence')}</h3>{all.map((x) => <blockquote key={x.quote} className='voice'>“{x.quote}”{x.from !== undefined && <footer>{x.from}</footer>}</blockquote>)}</>
}
