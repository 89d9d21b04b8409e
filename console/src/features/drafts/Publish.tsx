// What publishing a draft changes, for whom, and line by line; and the way back.
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { diffLines } from 'diff'
import { useEffect, useMemo, useRef, useState } from 'react'

import { api, wanted, type Lived, type Me } from '../../api/client'
import { Waiting, Wrong } from '../../app/states'
import { why } from '../../app/why'
import { Button, ButtonLink, Dialog, toast } from '../../ui'
import { instant, say, whole } from '../../words/words'
import { hows } from './hows'
import { Moving } from './Moving'
import { check, draftFiles, keepWhilePublished, releaseFiles, type Working } from './useDraft'

/** How long a publication can be taken back. */
const minutesToUndo = 15


type Texts = Record<string, string>
const texts = (programs: { id: string, files: unknown }[] | undefined): Texts => Object.fromEntries((programs ?? []).flatMap((p) => Object.entries(p.files as Texts).map(([name, text]) => [`${p.id}/${name}`, text])))

function Lines ({ was, is }: { was: string, is: string }) {
  const parts = useMemo(() => diffLines(was, is), [was, is])
  return (
    <pre tabIndex={0} aria-label={say('Lines')}>{parts.map((p, k) => {
      const lines = p.value.replace(/\n$/, '').split('\n')
      if (p.added === true) return lines.map((l, n) => <ins key={`${k}.${n}`}>{l}</ins>)
      if (p.removed === true) return lines.map((l, n) => <del key={`${k}.${n}`}>{l}</del>)
      const kept = lines.length > 6 ? [...lines.slice(0, k === 0 ? 0 : 2), '⋯', ...lines.slice(k === parts.length - 1 ? lines.length : -2)] : lines
      return <span key={k}>{kept.map((l) => `  ${l}\n`).join('')}</span>
    })}</pre>
  )
}

export function Publish ({ draft, me, close, published }: { draft: Working, me: Me, close: () => void, published: () => void }) {
  const client = useQueryClient()
  const version = draft.listed?.version ?? 0
  const checked = useQuery(check(draft.id, version))
  const mine = useQuery(draftFiles(draft.id, version))
  const live = useQuery(releaseFiles('live'))
  const [existing, setExisting] = useState(false)
  const [busy, setBusy] = useState(false)
  const [refused, setRefused] = useState<unknown>()
  const [done, setDone] = useState<{ number: number, release: string, at: string }>()
  const files = useMemo(() => {
    const [was, is] = [texts(live.data?.programs), texts(mine.data?.programs)]
    return [...new Set([...Object.keys(was), ...Object.keys(is)])].sort().filter((f) => was[f] !== is[f]).map((name) => ({ name, was: was[name] ?? '', is: is[name] ?? '' }))
  }, [live.data, mine.data])
  const fresh = checked.data !== undefined && !checked.isPlaceholderData && !mine.isPlaceholderData
  const plan = checked.data?.plan
  const here = (program: string) => client.getQueriesData<Lived>({ queryKey: ['lived', program] }).at(-1)?.[1]
  const afresh = () => Promise.all(['drafts', 'map', 'lived', 'journeys', 'journeys-lived', 'leverage', 'programs', 'release-values', 'files', 'releases'].map((k) => client.invalidateQueries({ queryKey: [k] })))
  const letGo = useRef<() => void>(undefined)
  useEffect(() => () => letGo.current?.(), [])
  const publish = () => {
    setBusy(true)
    setRefused(undefined)
    if (draft.listed != null) letGo.current = keepWhilePublished(draft.listed)
    wanted(api.POST('/v1/drafts/{draft}/publish', { params: { path: { draft: draft.id }, header: { 'If-Match': `"${draft.id}.${version}"` } }, body: { include_existing: existing } })).then((p) => {
      setDone({ number: p.number, release: p.release, at: p.published })
    }, (err: unknown) => { letGo.current?.(); setBusy(false); setRefused(err) })
  }
  const back = () => {
    if (done === undefined) return
    wanted(api.POST('/v1/releases/undo', { params: { header: { 'If-Match': `"${done.release}"` } } })).then(async () => {
      toast(say('What was live before is live again.'))
      await afresh()
      published()
    }, (err: unknown) => toast(why(err)))
  }
  const end = () => { if (done === undefined) close(); else void afresh().then(published) }
  if (done !== undefined) {
    const told = (plan?.changes ?? []).filter((c) => c.kind === 'engagement' && c.how !== 'removed')
    return (
      <Dialog open close={end} title={say('It is live')}>
        <div className='choose'><p>{say('Release {n} is live since {when}. People move to it one by one, before the next thing that happens to them.', { n: done.number, when: instant(done.at) })}</p>
        {told.length > 0 && me.may.includes('people.list') && <p className='row'>{told.map((c) => <ButtonLink key={c.name} href={`/console/decisions?${new URLSearchParams({ program: c.program, engagement: c.name ?? '' }).toString()}`}>{say('Watch what is decided about “{name}”', { name: (c.name ?? '').replaceAll('_', ' ') })}</ButtonLink>)}</p>}
        <p className='row'><Button onClick={end} variant='filled'>{say('To what is live')}</Button><Button onClick={back}>{say('Take it back')}</Button> <span className='quiet'>{say('within {n} minutes', { n: minutesToUndo })}</span></p></div>
      </Dialog>
    )
  }
  return (
    <Dialog open close={close} title={say('Publish “{name}”', { name: draft.listed?.name ?? '' })} wide>
      {(checked.isError || mine.isError || live.isError) && <Wrong error={checked.error ?? mine.error ?? live.error} />}
      {!fresh && !checked.isError && <Waiting what={say('The draft is being checked')} />}
      {fresh && checked.data !== undefined && <div className='choose'>
        {!checked.data.valid && <p className='bad'>{say('It cannot be published yet: {n, plural, one {# problem} other {# problems}}.', { n: checked.data.problems.length + checked.data.stories.filter((s) => !s.ok).length })}</p>}
        {plan !== undefined && plan.changes.length === 0 && <p>{say('Nothing that people would notice is another than what is live.')}</p>}
        {plan !== undefined && plan.changes.length > 0 && <section>
          <h3>{say('What changes')}</h3>
          <ul className='changes'>{plan.changes.map((c) => {
            const people = c.kind === 'moment' ? here(c.program)?.moments.find((m) => m.moment === c.name)?.people : c.kind === 'phase' ? here(c.program)?.phases.find((p) => p.phase === c.name)?.here : undefined
            return <li key={`${c.program}.${c.kind}.${c.name}.${c.step}`}><b>{say(hows[c.how] ?? c.how)}</b><span>{c.kind} {c.name}{c.step !== undefined && c.step !== '' && `, ${c.step}`}{people !== undefined && people !== null && <span className='quiet'> · {c.kind === 'moment' ? say('{n, plural, one {# person} other {# people}} came to it so far', { n: people }) : say('{n, plural, one {# person is} other {# people are}} there now', { n: people })}</span>}</span></li>
          })}</ul>
        </section>}
        {plan !== undefined && <Moving draft={draft} plan={plan} programs={mine.data?.programs ?? []} counts={me.may.includes('people.report')} />}
        {files.length > 0 && <details className='lines'><summary>{say('Line by line, in {n, plural, one {# file} other {# files}}', { n: files.length })}</summary>{files.map((f) => <div key={f.name}><h4>{f.name}</h4><Lines was={f.was} is={f.is} /></div>)}</details>}
        {checked.data.warnings.length > 0 && <details><summary>{say('To think about: {n}', { n: whole(checked.data.warnings.length) })}</summary><ul>{checked.data.warnings.map((w) => <li key={w.what + w.file + w.line}>{w.what} <span className='quiet'>{w.file}</span></li>)}</ul></details>}
        <label className='check'><input type='checkbox' checked={existing} onChange={(e) => setExisting(e.target.checked)} /> {say('What is so already counts as news: those for whom a new rule is true now get what it starts')}</label>
        {refused !== undefined && <Wrong error={refused} />}
        <p className='row'><Button onClick={publish} variant='filled' disabled={busy || !checked.data.valid || files.length === 0}>{say('Publish now')}</Button><Button onClick={close}>{say('Not yet')}</Button></p>
      </div>}
    </Dialog>
  )
}
