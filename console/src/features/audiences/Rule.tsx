// Where a condition is written: what can come next stands below, and is taken by keys.
import { useId, useLayoutEffect, useRef, useState } from 'react'

import { say } from '../../words/words'
import { complete, type Offer, type Vocabulary } from './complete'

export function Rule ({ label, value, change, vocabulary, wrong, enter }: {
  label: string
  value: string
  change: (value: string) => void
  vocabulary: Vocabulary | undefined
  /** Whether something is wrong with it. */
  wrong: boolean
  /** Ctrl Enter. */
  enter: () => void
}) {
  const id = useId()
  const field = useRef<HTMLTextAreaElement>(null)
  const [at, setAt] = useState<number>()
  const [chosen, choose] = useState(0)
  const caret = useRef<number>(undefined)
  useLayoutEffect(() => { // before the next letter comes
    if (caret.current === undefined) return
    field.current?.setSelectionRange(caret.current, caret.current)
    caret.current = undefined
  }, [value])
  const offers = vocabulary === undefined || at === undefined ? undefined : complete(value, at, vocabulary)
  const all = offers?.all ?? []
  const take = (o: Offer) => {
    if (offers === undefined) return
    change(value.slice(0, offers.from) + o.insert + value.slice(offers.to))
    const to = offers.from + o.insert.length
    choose(0)
    caret.current = to
    setAt(to)
  }
  const placed = () => { setAt(field.current?.selectionEnd); choose(0) }
  const keys = (e: React.KeyboardEvent) => {
    if (e.key === 'Enter' && (e.ctrlKey || e.metaKey)) { e.preventDefault(); setAt(undefined); enter(); return }
    if (e.key === ' ' && e.ctrlKey) { e.preventDefault(); placed(); return }
    if (all.length === 0) return
    if (e.key === 'ArrowDown' || e.key === 'ArrowUp') { e.preventDefault(); choose((chosen + (e.key === 'ArrowDown' ? 1 : all.length - 1)) % all.length) }
    if (e.key === 'Enter' || e.key === 'Tab') {
      const o = all[chosen]
      if (o !== undefined) { e.preventDefault(); take(o) }
    }
    if (e.key === 'Escape') { e.stopPropagation(); setAt(undefined) }
  }
  return (
    <div className='rule'>
      <label htmlFor={`${id}f`}>{label}</label>
      <textarea
        id={`${id}f`} ref={field} value={value} rows={Math.max(2, value.split('\n').length)} spellCheck={false} autoCapitalize='off' autoComplete='off' aria-invalid={wrong}
        aria-autocomplete='list' aria-controls={all.length > 0 ? `${id}l` : undefined} aria-activedescendant={all.length > 0 ? `${id}o${chosen}` : undefined} aria-describedby={`${id}h`}
        onChange={(e) => { change(e.currentTarget.value); setAt(e.currentTarget.selectionEnd); choose(0) }} onKeyDown={keys} onBlur={() => setAt(undefined)} onClick={() => setAt(undefined)}
      />
      <p id={`${id}h`} className='quiet'>{say('What can come next is shown as you type, or with Ctrl Space: ↑ ↓ chooses, Enter takes it. Ctrl Enter shows people.')}</p>
      {all.length > 0 && <ul id={`${id}l`} role='listbox' aria-label={say('What can come next')} className='offers'>{all.map((o, k) => (
        <li key={o.label} id={`${id}o${k}`} role='option' aria-selected={k === chosen} onMouseDown={(e) => { e.preventDefault(); take(o) }}><code>{o.label}</code> <span className='quiet'>{o.says}</span></li>
      ))}</ul>}
    </div>
  )
}
