// One text: what is written, as somebody gets it, what is found, and who approved it.
import { useQuery } from '@tanstack/react-query'
import { useEffect, useId, useRef, useState } from 'react'

import { Wrong } from '../../app/states'
import { Button } from '../../ui'
import { instant, say, text, whole } from '../../words/words'
import type { Working } from '../drafts/useDraft'
import { preview as previewQuery, type Whom } from './ask'
import type { Cell } from './matrix'

export const stateWords: Record<string, string> = { approved: text('approved'), draft: text('not approved'), missing: text('missing'), none: text('not written') }
const levels: Record<string, string> = { easy: text('easy to read'), plain: text('neither easy nor hard to read'), hard: text('hard to read') }
/** How a finding is checked: once nothing was typed for so long. */
const settles = 600

export function TextColumn ({ program, cell, written, current, draft, edits, whom, change, dirty }: {
  program: string
  cell: Cell
  /** The file as it stands; undefined where there is none. */
  written: string | undefined
  /** Whether that is what stands there now. */
  current: boolean
  draft: Working | undefined
  edits: boolean
  /** Nobody until somebody is named. */
  whom: Whom | undefined
  /** Begins a draft in which the text can be changed. */
  change: () => void
  /** Tells that something was typed that is not kept yet. */
  dirty: (is: boolean) => void
}) {
  const id = useId()
  const [typed, type] = useState<string>()
  const [settled, settle] = useState<string>()
  const [busy, setBusy] = useState(false)
  /** What was kept last, until the file is here as it stands then. */
  const [kept, keep] = useState<string>()
  const area = useRef<HTMLTextAreaElement>(null)
  const base = useRef(written)
  const changed = typed !== undefined && typed !== (kept ?? written ?? '')
  const theirs = changed && kept === undefined && base.current !== written // somebody else wrote it meanwhile
  useEffect(() => {
    const timer = setTimeout(() => settle(changed ? typed : undefined), typed === undefined ? 0 : settles)
    return () => clearTimeout(timer)
  }, [typed, changed])
  useEffect(() => keep(undefined), [written])
  useEffect(() => { if (!changed && kept === undefined) { base.current = written; type(undefined) } }, [written, changed, kept])
  useEffect(() => { dirty(changed); return () => dirty(false) }, [changed, dirty])
  const version = draft?.listed?.version ?? 0
  const exists = written !== undefined
  const there = exists || settled !== undefined
  const asked = useQuery({ ...previewQuery({ program, content: cell.content ?? '', draft: draft?.id, version, text: settled, whom: whom ?? { traits: {} } }), enabled: whom !== undefined && there && current && (draft === undefined || version > 0) })
  const seen = whom === undefined || !there ? undefined : asked.data
  const fresh = asked.isSuccess && !asked.isPlaceholderData && settled === (changed ? typed : undefined)
  const is = seen?.cell ?? cell
  const can = draft !== undefined && edits
  const save = () => {
    if (!changed || draft === undefined || cell.file === undefined || busy) return
    setBusy(true)
    void draft.write(program, { [cell.file]: typed }).then((ok) => { setBusy(false); if (ok) { base.current = typed; keep(typed) } })
  }
  const go = (line: number) => {
    const el = area.current
    if (el === null) return
    const lines = el.value.split('\n')
    const begin = lines.slice(0, Math.max(0, line - 1)).join('\n').length + (line > 1 ? 1 : 0)
    el.focus()
    el.setSelectionRange(begin, begin + (lines[line - 1]?.length ?? 0))
    el.scrollTop = Math.max(0, (line - 3) * 20)
  }
  const found = [...is.problems.map((p) => ({ ...p, bad: true })), ...is.warnings.map((p) => ({ ...p, bad: false }))]
  return (
    <section className='text-of' aria-labelledby={`${id}.h`} data-text={cell.content ?? ''} data-channel={cell.channel}>
      <h3 id={`${id}.h`}>{cell.channel} <span className='quiet'>{cell.content ?? ''}</span></h3>
      <p className={`state ${is.state}`} data-state={is.state}><b>{say(stateWords[is.state] ?? 'not written')}</b>{is.state === 'draft' && is.missing.length > 0 && <> · {say('lacks the approval of: {roles}', { roles: is.missing.join(', ') })}</>}</p>
      {cell.state === 'none' && <p>{say('This variant says nothing on this channel. Whoever can only be reached here does not get it.')}</p>}
      {cell.state === 'missing' && <p>{say('Whoever reads in this language does not get it on this channel. The program cannot be published before it is written.')}</p>}
      {cell.content !== undefined && (exists || can) && <>
        <label className='label' htmlFor={`${id}.t`}>{can ? say('What is written') : say('What is written, live')} <span className='quiet'>{cell.file}</span></label>
        <textarea
          id={`${id}.t`} ref={area} className='text' rows={9} spellCheck lang={cell.language} readOnly={!can} value={typed ?? written ?? ''} onChange={(e) => type(e.target.value)}
          onKeyDown={(e) => { if (e.key === 's' && (e.ctrlKey || e.metaKey)) { e.preventDefault(); save() } }}
        />
        {theirs && <p className='bad' role='alert'>{say('Somebody else changed this text meanwhile. What you keep replaces theirs.')} <Button onClick={() => type(undefined)}>{say('Take theirs')}</Button></p>}
        {can
          ? <p className='row'><Button variant='filled' onClick={save} disabled={!changed || busy || typed.trim() === ''}>{say('Keep it in the draft')} <kbd>Ctrl S</kbd></Button>{changed && <span className='quiet' role='status'>{say('Not kept yet. What is shown below is what you typed.')}</span>}</p>
          : edits && <p><Button onClick={change}>{say('Change it in a draft')} <kbd>D</kbd></Button></p>}
      </>}
      {asked.isError && <Wrong error={asked.error} again={() => void asked.refetch()} />}
      {seen?.readable === true && there && <figure data-preview={cell.content} data-fresh={fresh || undefined}>
        <figcaption>{say('As it is sent')}</figcaption>
        <div className={`sent ${cell.channel}`} lang={cell.language}>
          {seen.subject !== '' && <b data-subject>{seen.subject}</b>}
          <pre data-body tabIndex={0} aria-label={say('As it is sent')}>{seen.body}</pre>
          {seen.carried.length > seen.body.length && <pre className='quiet' data-way-out tabIndex={0} aria-label={say('What is added')}>{seen.carried.slice(seen.body.trimEnd().length).trim()}</pre>}
        </div>
        <ul className='facts'>
          {seen.parts !== undefined && <li data-segments={seen.parts.segments}>{say('{n, plural, one {# text message} other {# text messages}}, {encoding}', { n: seen.parts.segments, encoding: seen.parts.encoding })}{seen.parts.stranger !== undefined && seen.parts.stranger !== '' && <> · {say('because of “{sign}” a message holds 70 characters and not 160', { sign: seen.parts.stranger })}</>}</li>}
          <li>{say('{n, plural, one {# character} other {# characters}}', { n: [...seen.carried.trimEnd()].length })}</li>
          {is.reading !== undefined && <li data-reading={is.reading.value}>{is.reading.formula} {whole(Math.round(is.reading.value))}: {say(levels[is.reading.level] ?? 'hard to read')}</li>}
          {seen.unknown.length > 0 && <li>{say('Not known of this person, so the fallback stands there: {names}', { names: seen.unknown.join(', ') })}</li>}
        </ul>
      </figure>}
      {cell.content !== undefined && there && <>
        <h4>{found.length === 0 ? say('Nothing is found') : say('{n, plural, one {# finding} other {# findings}}', { n: found.length })}</h4>
        {found.length > 0 && <ul className='problems' data-findings={found.length}>{found.map((p) => (
          <li key={`${p.line}.${p.what}`} className={p.bad ? undefined : 'story'}>
            <p><b>{p.what}</b> <span className='quiet'>{p.bad ? say('to be mended before it is published') : say('worth a look')}</span></p>
            {p.hint !== undefined && p.hint !== '' && <p>{p.hint}</p>}
            <p><Button onClick={() => go(p.line)}>{say('Go to line {n}', { n: p.line })}</Button></p>
          </li>
        ))}</ul>}
        <h4>{say('Approvals')}</h4>
        {is.approvals.length === 0 ? <p className='quiet'>{say('Nobody has approved this text.')}</p> : <ul className='signed'>{is.approvals.map((a) => (
          <li key={`${a.by}.${a.role}.${a.when}`} data-approval={a.state}>
            <b>{a.name}</b> {say('as {role}, {when}', { role: a.role, when: instant(a.when) })}{a.expires !== undefined && a.expires !== '' && <> · {say('until {day}', { day: a.expires })}</>}
            {a.state === 'edited since' && <p className='bad'>{say('The text was edited since: this approval is of other words.')}</p>}
            {a.state === 'ran out' && <p className='bad'>{say('This approval ran out.')}</p>}
            {a.demo && <p className='quiet'>{say('Signed with the demonstration’s key, which everybody knows.')}</p>}
          </li>
        ))}</ul>}
        {is.hash !== undefined && is.hash !== '' && <p className='quiet hash'>{say('An approval is of exactly this: {hash}', { hash: is.hash.slice(0, 16) })}</p>}
      </>}
    </section>
  )
}
