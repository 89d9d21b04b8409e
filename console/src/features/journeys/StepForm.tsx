// A step of a journey, to be changed: every kind by the one table of kinds.
import { useQuery } from '@tanstack/react-query'

import { Button } from '../../ui'
import { ChoiceField, LongField, TextField } from '../../ui/fields'
import { say } from '../../words/words'
import type { Placed } from '../drafts/DraftBar'
import type { Value } from '../drafts/edit'
import { events } from '../map/ask'
import { kindOf, type Field, type StepWritten } from './steps'

type Fields = { [name: string]: Value }

const isFields = (v: Value | undefined): v is Fields => typeof v === 'object' && v !== null && !Array.isArray(v)
const str = (v: Value | undefined): string => v === undefined || v === null ? '' : Array.isArray(v) ? v.map(String).join('\n') : isFields(v) ? Object.entries(v).map(([k, x]) => `${k}: ${String(x)}`).join('\n') : String(v)

/** What a field's text means. */
function meant (f: Field, text: string): Value | undefined {
  if (text.trim() === '') return undefined
  if (f.kind === 'number') return Number.isFinite(Number(text)) ? Number(text) : text
  if (f.kind === 'engagements') return text.split('\n').map((l) => l.trim()).filter((l) => l !== '')
  if (f.kind === 'words') return text.split(/[\n,]/).map((l) => l.trim()).filter((l) => l !== '')
  if (f.kind === 'answers') return Object.fromEntries(text.split('\n').filter((l) => l.includes(':')).map((l) => [l.slice(0, l.indexOf(':')).trim(), l.slice(l.indexOf(':') + 1).trim()]))
  return text.trim()
}

export function StepForm ({ step, names, engagements, problems, set, reset, rename, remove, move, close, first, last }: {
  step: StepWritten
  /** The names of the journey's steps that have one. */
  names: string[]
  engagements: string[]
  problems: Placed[]
  /** Sets or, with undefined, takes away what stands at a path below the step. */
  set: (path: string, value: Value | undefined) => void
  /** Sets the step's whole value, told from what it is then. */
  reset: (next: (now: Value | undefined) => Value) => void
  rename: (id: string) => void
  remove: () => void
  move: (by: -1 | 1) => void
  close: () => void
  first: boolean
  last: boolean
}) {
  const kind = kindOf(step)
  const known = useQuery(events)
  if (kind === undefined) return <p>{say('This step is of a kind that this console does not know. Its file can be changed as text.')}</p>
  const value = step[kind.kind]
  const others = [{ value: '', label: say('the next step') }, ...names.filter((n) => n !== step.id).map((n) => ({ value: n, label: n }))]
  const read = (f: Field): Value | undefined => f.name.startsWith('/') ? step[f.name.slice(1)] : f.name === '' ? value : isFields(value) ? value[f.name] : kind.kind === 'wait' && f.name === 'for' ? value : undefined
  const write = (f: Field, text: string) => {
    const is = meant(f, text)
    if (f.name.startsWith('/')) return set(f.name, is)
    if (f.name === '') return set(`/${kind.kind}`, is ?? '')
    if (kind.kind === 'wait') { // a span alone is written without fields
      return reset((now) => {
        const fields: Fields = isFields(now) ? { ...now } : now === undefined || now === '' ? {} : { for: now }
        if (is === undefined) delete fields[f.name]
        else fields[f.name] = is
        return Object.keys(fields).length === 1 && fields.for !== undefined ? fields.for : fields
      })
    }
    set(`/${kind.kind}/${f.name}`, is)
  }
  return (
    <form className='fields' onSubmit={(e) => e.preventDefault()} aria-label={say('Step')}>
      <p><b>{say(kind.name)}</b> <span className='quiet'>{say(kind.says)}</span></p>
      {problems.length > 0 && <div role='alert'><ul className='problems'>{problems.map((p) => <li key={p.what}>{p.what}{p.hint !== '' && <span className='quiet'> {p.hint}</span>}</li>)}</ul></div>}
      <TextField label={say('Name of the step')} description={say('others lead to it by this name')} value={typeof step.id === 'string' ? step.id : ''} commit={rename} />
      {kind.fields.map((f) => {
        const props = { label: say(f.label), value: str(read(f)), commit: (v: string) => write(f, v), ...(f.needed === true ? { required: true } : {}) }
        switch (f.kind) {
          case 'event': return <ChoiceField key={f.name} {...props} data={[{ value: '', label: say('none') }, ...(known.data ?? []).map((n) => ({ value: n.name, label: `${n.name}: ${n.says}` }))]} />
          case 'engagement': return <ChoiceField key={f.name} {...props} data={[{ value: '', label: say('none') }, ...engagements.map((n) => ({ value: n, label: n }))]} />
          case 'step': return <ChoiceField key={f.name} {...props} data={others} />
          case 'choice': return <ChoiceField key={f.name} {...props} data={(f.choices ?? []).map((c) => ({ value: c, label: c }))} />
          case 'long': case 'rule': case 'engagements': case 'answers': return <LongField key={f.name} {...props} />
          default: return <TextField key={f.name} {...props} {...(f.kind === 'duration' ? { description: say('such as 36h, 14d or 6w') } : {})} />
        }
      })}
      {kind.kind === 'branch' && Array.isArray(value) && <fieldset>
        <legend>{say('Cases, the first that is true')}</legend>
        {value.map((c, k) => isFields(c) && <div key={k} className='case'>
          <LongField label={say('Where this is so')} value={str(c.if)} commit={(v) => set(`/branch/${k}/if`, v)} />
          <ChoiceField label={say('go to')} value={str(c.then)} commit={(v) => set(`/branch/${k}/then`, v)} data={others} />
          {value.length > 1 && <Button onClick={() => set(`/branch/${k}`, undefined)}>{say('Take away')}<span className='unseen'> {k + 1}</span></Button>}
        </div>)}
        <Button onClick={() => set('/branch', [...value, { if: 'true', then: names[0] ?? '' }])}>{say('Add a case')}</Button>
      </fieldset>}
      {kind.kind === 'split' && Array.isArray(value) && <fieldset>
        <legend>{say('Arms')}</legend>
        {value.map((c, k) => isFields(c) && <div key={k} className='case'>
          <TextField label={say('Name')} value={str(c.arm)} commit={(v) => set(`/split/${k}/arm`, v)} />
          <TextField label={say('Share')} value={str(c.weight)} commit={(v) => set(`/split/${k}/weight`, Number(v))} />
          <ChoiceField label={say('go to')} value={str(c.then)} commit={(v) => set(`/split/${k}/then`, v === '' ? undefined : v)} data={others} />
          {value.length > 2 && <Button onClick={() => set(`/split/${k}`, undefined)}>{say('Take away')}<span className='unseen'> {k + 1}</span></Button>}
        </div>)}
        <Button onClick={() => set('/split', [...value, { arm: `arm_${value.length + 1}`, weight: 1 }])}>{say('Add an arm')}</Button>
      </fieldset>}
      {kind.kind !== 'exit' && kind.kind !== 'branch' && <ChoiceField label={say('Then go to')} value={str(step.next)} commit={(v) => set('/next', v === '' ? undefined : v)} data={others} />}
      <p className='row'><Button onClick={() => move(-1)} disabled={first}>{say('Earlier')}</Button><Button onClick={() => move(1)} disabled={last}>{say('Later')}</Button><Button onClick={remove}>{say('Take this step away')}</Button><Button onClick={close}>{say('Close')} <kbd>Esc</kbd></Button></p>
    </form>
  )
}
