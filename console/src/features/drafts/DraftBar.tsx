// What stands above a screen while a draft is worked on: whose it is, what is wrong with it, and the way to publish it.
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate, useParams } from '@tanstack/react-router'
import { lazy, Suspense, useEffect, useMemo, useRef, useState } from 'react'

import { api, wanted, type Me } from '../../api/client'
import { drafts } from '../../api/queries'
import { useKeys } from '../../app/keys'
import { Notice, Wrong } from '../../app/states'
import { why } from '../../app/why'
import { Button, Dialog, Dropdown, toast } from '../../ui'
import { clock, say } from '../../words/words'
import { check, type Checked, type Working } from './useDraft'
import './drafts.css'

const TextOf = lazy(async () => ({ default: (await import('./TextOf')).TextOf }))
const Publish = lazy(async () => ({ default: (await import('./Publish')).Publish }))

/** A problem of a program's file, and the path in its values that it is nearest to. */
export interface Placed { what: string, hint: string, file: string, line: number, path: string }

/** Finds what of a file's values each problem is about: the last that begins on its line or before. */
export function placed (checked: Checked | undefined, program: string, file: string, lines: Record<string, number> | undefined): Placed[] {
  const all = Object.entries(lines ?? {}).sort((a, b) => a[1] - b[1])
  return (checked?.problems ?? []).filter((p) => p.file === file || p.file === `${program}/${file}` || p.file.endsWith(`/${program}/${file}`)).map((p) => ({
    what: p.what, hint: p.hint ?? '', file, line: p.line, path: all.filter(([, line]) => line <= p.line).at(-1)?.[0] ?? '',
  }))
}

/** How a draft does, asked anew a moment after it was changed. */
export function useCheck (draft: Working) {
  const version = draft.listed?.version ?? 0
  const [settled, settle] = useState(version)
  useEffect(() => {
    const timer = setTimeout(() => settle(version), 300)
    return () => clearTimeout(timer)
  }, [version])
  const is = useQuery({ ...check(draft.id, settled), enabled: settled > 0 })
  return { data: is.data, failed: is.isError ? { error: is.error, again: () => void is.refetch() } : undefined }
}

export function DraftBar ({ draft, checked, failed, me, leave, published, jump, children }: {
  draft: Working
  checked: Checked | undefined
  /** Why it could not be checked, and another try. */
  failed?: { error: unknown, again: () => void } | undefined
  me: Me
  /** Goes back to what is live; the draft stays. */
  leave: () => void
  published: () => void
  /** Goes to where a problem is, for problems that this screen can show. */
  jump?: (problem: { file: string, line: number }) => (() => void) | undefined
  children?: React.ReactNode
}) {
  const client = useQueryClient()
  const go = useNavigate()
  const { program = '' } = useParams({ strict: false }) as { program?: string }
  const [open, setOpen] = useState<'problems' | 'publish' | 'remove'>()
  const [file, setFile] = useState<{ name: string, line: number }>()
  const edits = me.may.includes('program.edit')
  const publishes = me.may.includes('program.publish')
  const undo = () => void draft.undo()
  const latest = useRef(undo)
  useEffect(() => { latest.current = undo })
  useEffect(() => {
    const down = (e: KeyboardEvent) => {
      const typing = e.target instanceof HTMLElement && ['INPUT', 'TEXTAREA', 'SELECT'].includes(e.target.tagName)
      if (e.key !== 'z' || !(e.ctrlKey || e.metaKey) || e.shiftKey || typing || e.defaultPrevented) return
      e.preventDefault()
      latest.current()
    }
    document.addEventListener('keydown', down)
    return () => document.removeEventListener('keydown', down)
  }, [])
  useKeys({ '!': () => setOpen('problems') })
  const problems = checked?.problems ?? []
  const stories = useMemo(() => (checked?.stories ?? []).filter((s) => !s.ok), [checked])
  const wrong = problems.length + stories.length
  const how = problems.length === 0 && stories.length > 0
    ? say('{n, plural, one {# story goes another way} other {# stories go another way}}', { n: stories.length })
    : wrong === 0 ? say('Nothing is wrong') : say('{n, plural, one {# problem} other {# problems}}', { n: wrong })
  const params = { program }
  if (draft.listed === null) {
    return (
      <Notice title={say('This draft is not there any more')} alert>
        <p>{say('It was published, or somebody took it away. What is live is on the map.')}</p>
        <Button onClick={leave}>{say('To what is live')}</Button>
      </Notice>
    )
  }
  const d = draft.listed
  const update = (take?: 'draft' | 'live') => wanted(api.POST('/v1/drafts/{draft}/update', { params: { path: { draft: draft.id } }, body: take === undefined ? {} : { take } }))
    .then(async () => {
      await Promise.all([client.invalidateQueries({ queryKey: drafts.queryKey }), client.invalidateQueries({ queryKey: ['values', draft.id] })])
      toast(say('The draft is of what is live now.'))
    }, (err: unknown) => toast(why(err)))
  return (
    <section className='draft-bar' aria-label={say('Draft')} data-draft={draft.id} data-version={d?.version}>
      <b>{d?.name ?? '…'}</b>
      {d !== undefined && <span className='quiet'>{say('draft, changed by {who} at {when}', { who: d.changed_by, when: clock(new Date(d.changed_at)) })}</span>}
      {d?.behind === true && <span className='warn'>{say('Somebody published since it began.')} {edits && <Button onClick={() => void update()}>{say('Bring it up to what is live')}</Button>}</span>}
      <span className='grow' />
      {children}
      <Button onClick={() => setOpen('problems')} aria-haspopup='dialog'>
        <span data-problems={checked === undefined ? undefined : wrong} className={problems.length > 0 ? 'bad' : stories.length > 0 ? 'warn' : undefined}>{failed !== undefined ? say('It could not be checked') : checked === undefined ? say('Checking') : how}</span> <kbd>!</kbd>
      </Button>
      <Dropdown label={say('Try it')} items={[
        { key: 'dry', text: say('With somebody who does not exist: a dry-run'), act: () => void go({ to: '/programs/$program/journeys', params, search: { draft: draft.id, dry: true } }) },
        ...(me.may.includes('simulate.run') ? [{ key: 'simulate', text: say('With thousands who do not exist: a simulation'), act: () => void go({ to: '/programs/$program/sandbox', params, search: { try: `draft/${draft.id}` } }) }] : []),
      ]} />
      {edits && <Button onClick={undo} disabled={draft.undoable === 0}>{say('Undo')} <kbd>Ctrl Z</kbd></Button>}
      {publishes && <Button onClick={() => setOpen('publish')} aria-haspopup='dialog' disabled={d === undefined} variant='filled'>{say('Publish')}</Button>}
      <Dropdown label={say('More')} items={[{ key: 'live', text: say('To what is live'), act: leave }, ...(edits ? [{ key: 'remove', text: say('Take the draft away'), act: () => setOpen('remove') }] : [])]} />
      <Dialog open={open === 'problems'} close={() => setOpen(undefined)} title={how} wide>
        {failed !== undefined && <Wrong error={failed.error} again={failed.again} />}
        <ul className='problems'>
          {problems.map((p) => {
            const go = jump?.({ file: p.file, line: p.line }) ?? (edits ? () => setFile({ name: p.file, line: p.line }) : undefined)
            return (
              <li key={`${p.file}:${p.line}:${p.what}`}>
                <p><b>{p.what}</b></p>
                {p.hint !== undefined && p.hint !== '' && <p>{p.hint}</p>}
                <p className='quiet'>{say('{file}, line {line}', { file: p.file, line: p.line })} {go !== undefined && <Button onClick={() => { setOpen(undefined); go() }}>{say('Go there')}</Button>}</p>
              </li>
            )
          })}
          {stories.map((s) => (
            <li key={s.program + s.story} className='story'>
              <p><b>{say('A story goes another way: {story}', { story: s.story })}</b></p>
              <pre tabIndex={0} aria-label={s.story}>{s.difference}</pre>
              {edits && <p><Button onClick={() => void draft.retell([{ program: s.program, story: s.story }])}>{say('It shall go like this')}</Button></p>}
            </li>
          ))}
        </ul>
        {stories.length > 0 && edits && <p className='row'><Button onClick={() => void draft.retell([])}>{say('All of them shall go like this')}</Button><span className='quiet'>{say('A story that goes another way is what you meant, or a mistake that it was written to find.')}</span></p>}
        {wrong === 0 && checked !== undefined && <p>{say('The programs can be published. {n, plural, one {# story goes} other {# stories go}} as told.', { n: checked.stories.length })}</p>}
        {(checked?.warnings ?? []).length > 0 && <><h3>{say('To think about')}</h3><ul className='problems'>{checked?.warnings.map((p) => <li key={`${p.file}:${p.line}:${p.what}`}><p>{p.what}</p>{p.hint !== undefined && p.hint !== '' && <p>{p.hint}</p>}<p className='quiet'>{say('{file}, line {line}', { file: p.file, line: p.line })}</p></li>)}</ul></>}
      </Dialog>
      <Dialog open={open === 'remove'} close={() => setOpen(undefined)} title={say('Take the draft away?')}>
        <p>{say('“{name}” and everything in it are gone then, for everybody who works on it. What is live stays as it is.', { name: d?.name ?? '' })}</p>
        <p className='row'><Button onClick={() => {
          void wanted(api.DELETE('/v1/drafts/{draft}', { params: { path: { draft: draft.id } } })).then(() => { leave(); void client.invalidateQueries({ queryKey: drafts.queryKey }) }, (err: unknown) => toast(why(err)))
        }}>{say('Take it away')}</Button><Button onClick={() => setOpen(undefined)}>{say('Keep it')}</Button></p>
      </Dialog>
      {file !== undefined && <Suspense><TextOf draft={draft} name={file.name} line={file.line} close={() => setFile(undefined)} /></Suspense>}
      {open === 'publish' && d !== undefined && <Suspense><Publish draft={draft} me={me} close={() => setOpen(undefined)} published={published} /></Suspense>}
    </section>
  )
}

/** What is said in place of a draft's screen when its files cannot be read. */
export function Unreadable ({ error, leave }: { error: unknown, leave: () => void }) {
  return <><Wrong error={error} /><p><Button onClick={leave}>{say('To what is live')}</Button></p></>
}
