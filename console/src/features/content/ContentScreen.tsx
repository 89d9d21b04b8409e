// Everything that a program can say: what there is and what lacks, as somebody would get it, and who approved it.
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useBlocker } from '@tanstack/react-router'
import { useCallback, useMemo, useRef, useState } from 'react'

import { api, wanted, type Me } from '../../api/client'
import { useTopics } from '../../api/live'
import { lived as livedQuery, programs as programsQuery } from '../../api/queries'
import { tidy } from '../../app/address'
import { save } from '../../app/csv'
import { useKeys } from '../../app/keys'
import { Paper } from '../../app/Paper'
import { Notice, Waiting, Wrong } from '../../app/states'
import { useTitle } from '../../app/title'
import { Button, Dialog, Select } from '../../ui'
import { TextField } from '../../ui/fields'
import { say, whole } from '../../words/words'
import { Choose } from '../drafts/Choose'
import { DraftBar, useCheck } from '../drafts/DraftBar'
import { draftFiles, releaseFiles, useDraft, type Checked, type Working } from '../drafts/useDraft'
import { ofStory } from '../journeys/dry'
import { matrix as matrixQuery, type Whom } from './ask'
import { Grid } from './Grid'
import { columns, counts, isGap, keyOf, rowsOf, table, traitsOf, type Row } from './matrix'
import type { Search } from './search'
import { TextColumn } from './TextColumn'
import './content.css'

interface ScreenProps { program: string, search: Search, navigate: (s: Search) => void, me: Me }

export function ContentScreen (props: ScreenProps) {
  return props.search.draft === undefined ? <View {...props} /> : <OfDraft key={props.search.draft} {...props} draft={props.search.draft} />
}

function OfDraft ({ draft, ...props }: ScreenProps & { draft: string }) {
  const working = useDraft(draft)
  const checked = useCheck(working)
  return <View {...props} work={{ draft: working, checked: checked.data, failed: checked.failed }} />
}

/** Somebody who does not exist, by whom texts are shown at first. */
const sample = { first_name: 'Ana', last_name: 'López' } as unknown as Record<string, never>

function View ({ program, search, navigate, me, work }: ScreenProps & { work?: { draft: Working, checked: Checked | undefined, failed: { error: unknown, again: () => void } | undefined } }) {
  const client = useQueryClient()
  const draft = work?.draft
  const edits = me.may.includes('program.edit')
  const version = draft?.listed?.version ?? 0
  const programs = useQuery(programsQuery)
  const shown = programs.data?.find((p) => p.id === program)
  const asked = useQuery({ ...matrixQuery(client, program, draft?.id, version), enabled: draft === undefined || version > 0 })
  const m = asked.data
  const [choosing, choose] = useState(false)
  const [who, setWho] = useState('sample')
  const [person, setPerson] = useState('')
  const unkept = useRef(new Set<string>())
  const leaving = useBlocker({ shouldBlockFn: () => unkept.current.size > 0, enableBeforeUnload: () => unkept.current.size > 0, withResolver: true })
  const last = useRef<string>(undefined)
  useTitle(shown === undefined ? undefined : `${shown.name} · ${say('Content')}`)
  const release = useRef<string>(undefined)
  useTopics(draft === undefined ? ['releases'] : [], useCallback((_: string, state: unknown) => { // somebody published
    const is = JSON.stringify(state)
    if (release.current !== undefined && release.current !== is) {
      void client.invalidateQueries({ queryKey: ['content', program, 'live'] })
      void client.invalidateQueries({ queryKey: ['files', 'live'] })
      void client.invalidateQueries({ queryKey: ['content-preview'] })
    }
    release.current = is
  }, [client, program]))
  const go = useCallback((more: Search) => navigate(tidy({ ...search, ...more })), [navigate, search])
  const rows = useMemo(() => m === undefined ? [] : rowsOf(m, search), [m, search])
  const cols = useMemo(() => m === undefined ? [] : columns(m, search), [m, search])
  const row = m?.rows.find((r) => keyOf(r) === search.text)
  const language = search.language !== undefined && m?.languages.includes(search.language) === true ? search.language : m?.languages[0] ?? ''
  const step = (by: 1 | -1) => {
    const all = rows.length === 0 ? m?.rows ?? [] : rows
    const at = all.findIndex((r) => keyOf(r) === search.text)
    const to = at < 0 ? all[0] : all[at + by]
    if (to !== undefined) go({ text: keyOf(to) })
  }
  const back = () => {
    last.current = search.text
    go({ text: undefined, language: undefined })
  }
  useKeys({
    ...(edits && draft === undefined ? { d: (e: KeyboardEvent) => { e.preventDefault(); choose(true) } } : {}),
    ...(row !== undefined ? { '[': () => step(-1), ']': () => step(1), p: (e: KeyboardEvent) => { e.preventDefault(); document.querySelector<HTMLElement>('.one .of select')?.focus() }, Escape: back } : {}),
  })
  const stop = () => navigate(tidy({ ...search, draft: undefined }))
  const bar = draft !== undefined && <DraftBar draft={draft} checked={work?.checked} failed={work?.failed} me={me} leave={() => go({ draft: undefined })} published={stop} jump={({ file }) => {
    const of = m?.rows.find((r) => r.cells.some((c) => c.file !== undefined && file.endsWith(`${program}/${c.file}`)))
    const cell = of?.cells.find((c) => c.file !== undefined && file.endsWith(`${program}/${c.file}`))
    return of === undefined || cell === undefined ? undefined : () => go({ text: keyOf(of), language: cell.language })
  }} />
  if (draft?.listed === null) return bar
  if (asked.isError) return <>{bar}<Wrong error={asked.error} again={() => void asked.refetch()} /></>
  if (m === undefined || programs.isPending) return <>{bar}<Waiting what={say('Texts are being fetched')} /></>
  const n = counts(m)
  const any = { value: '', label: say('any') }
  const stages = [...new Set(m.rows.flatMap((r) => r.stages))]
  return (
    <div className='content'>
      {bar}
      <header className='screen'>
        <div><h1>{say('Content')}</h1><p className='quiet'>{shown?.name}</p></div>
        <div className='actions'>
          <Button onClick={() => save(`${program}-content.csv`, 'text/csv', table(m, search))}>{say('As a table (CSV)')}</Button>
          {edits && draft === undefined && <Button onClick={() => choose(true)} aria-haspopup='dialog'>{say('Change the texts')} <kbd>D</kbd></Button>}
        </div>
      </header>
      {m.rows.length === 0
        ? <Notice title={say('This program says nothing yet')}><p>{say('An engagement is something that can be said, in one or more variants. It begins on the map: E designs one for the open card.')}</p></Notice>
        : row === undefined
          ? <>
            {search.text !== undefined && <p className='note'>{say('The variant that the address names is not there.')}</p>}
            <div className='filters' role='group' aria-label={say('Which texts')}>
              <Select size='xs' label={say('Phase')} value={search.phase ?? ''} onChange={(e) => go({ phase: e.currentTarget.value })} data={[any, ...(shown?.phases ?? []).map((p) => ({ value: p.id, label: p.name })), { value: '-', label: say('by no moment of the map') }]} />
              <Select size='xs' label={say('Stage of change')} value={search.stage ?? ''} onChange={(e) => go({ stage: e.currentTarget.value })} data={[any, ...stages.map((s) => ({ value: s, label: s })), { value: '-', label: say('made for none in particular') }]} />
              <Select size='xs' label={say('Channel')} value={search.channel ?? ''} onChange={(e) => go({ channel: e.currentTarget.value })} data={[any, ...m.channels.map((c) => ({ value: c, label: c }))]} />
              <Select size='xs' label={say('Language')} value={search.only ?? ''} onChange={(e) => go({ only: e.currentTarget.value })} data={[any, ...m.languages.map((l) => ({ value: l, label: l }))]} />
              <Button aria-pressed={search.gaps === true} onClick={() => go({ gaps: search.gaps === true ? undefined : true })}>{say('Only with gaps')}</Button>
            </div>
            <p className='tally quiet' role='status' data-tally={`${n.texts} ${n.approved} ${n.draft} ${n.missing} ${n.unwritten} ${n.found}`}>
              {say('{n, plural, one {# text} other {# texts}}: {approved} approved, {draft} not approved, {missing} missing. {found, plural, =0 {Nothing is found} one {# finding} other {# findings}}.', { n: n.texts, approved: n.approved, draft: n.draft, missing: n.missing, found: n.found })}
              {' '}{m.required ? say('Only approved texts are sent.') : say('This program sends texts that nobody approved: its policy does not demand it.')}
              {m.elsewhere > 0 && <b className='bad'> {say('{n, plural, one {# problem stands} other {# problems stand}} in other files of the draft.', { n: m.elsewhere })}</b>}
            </p>
            {rows.length === 0
              ? <Notice title={say('Nothing is like that')}><p>{search.gaps === true ? say('No gap fits what you look for.') : say('No variant fits what you look for.')}</p><Button onClick={() => go({ phase: undefined, stage: undefined, channel: undefined, only: undefined, gaps: undefined })}>{say('Show all')}</Button></Notice>
              : <Grid rows={rows} columns={cols} phases={shown?.phases ?? []} back={last.current} open={(r, c) => go({ text: keyOf(r), language: c.language })} />}
          </>
          : <One
            key={keyOf(row)} program={program} row={row} language={language} languages={m.languages} draft={draft} version={version} edits={edits} me={me} who={who} person={person} setWho={setWho} setPerson={setPerson}
            step={step} back={back} go={go} change={() => choose(true)} unkept={unkept.current} phases={shown?.phases ?? []}
          />}
      {choosing && <Choose close={() => choose(false)} suggest={say('Changes to the texts')} choose={(id) => { choose(false); go({ draft: id }) }} />}
      <Dialog open={leaving.status === 'blocked'} close={() => leaving.reset?.()} title={say('Leave what you typed?')}>
        <p>{say('It is not kept in the draft yet, and is gone then.')}</p>
        <p className='row'><Button onClick={() => { unkept.current.clear(); leaving.proceed?.() }}>{say('Leave it')}</Button><Button variant='filled' onClick={() => leaving.reset?.()}>{say('Stay here')}</Button></p>
      </Dialog>
    </div>
  )
}

/** All texts of an engagement on paper, for who approves the words. */
const review = (program: string, engagement: string, draft: string | undefined): Promise<Blob> => draft === undefined
  ? wanted(api.GET('/v1/releases/{release}/programs/{program}/engagements/{engagement}/review', { params: { path: { release: 'live', program, engagement } }, parseAs: 'blob' }))
  : wanted(api.GET('/v1/drafts/{draft}/programs/{program}/engagements/{engagement}/review', { params: { path: { draft, program, engagement } }, parseAs: 'blob' }))

function One ({ program, row, language, languages, draft, version, edits, me, who, person, setWho, setPerson, step, back, go, change, unkept, phases }: {
  program: string
  row: Row
  language: string
  languages: string[]
  draft: Working | undefined
  version: number
  edits: boolean
  me: Me
  /** A story's file, sample, nobody or somebody. */
  who: string
  person: string
  setWho: (w: string) => void
  setPerson: (p: string) => void
  step: (by: 1 | -1) => void
  back: () => void
  go: (s: Search) => void
  change: () => void
  unkept: Set<string>
  phases: { id: string, name: string }[]
}) {
  const client = useQueryClient()
  const mine = useQuery({ ...draftFiles(draft?.id ?? '', version), enabled: version > 0 })
  const live = useQuery({ ...releaseFiles('live'), enabled: draft === undefined })
  const all = draft === undefined ? live : mine
  const files = (all.data?.programs.find((p) => p.id === program)?.files ?? {}) as Record<string, string>
  const stories = Object.keys(files).filter((f) => /^stories\/.*\.txtar$/.test(f)).sort()
  const whom: Whom | undefined = who === 'somebody' ? person === '' ? undefined : { person } : { traits: who === 'nobody' ? {} : who === 'sample' ? sample : traitsOf(ofStory(files[who] ?? '').events) }
  const counted = me.may.includes('people.report')
  const lived = useQuery({ ...livedQuery(client, program, {}), enabled: counted && row.phases.length > 0 })
  const cells = row.cells.filter((c) => c.language === language)
  const name = (id: string) => phases.find((p) => p.id === id)?.name ?? id
  const gaps = row.cells.filter(isGap)
  return (
    <div className='one' data-variant={keyOf(row)}>
      <header className='of'>
        <Button onClick={back}>{say('All texts')} <kbd>Esc</kbd></Button>
        <div><h2>{row.engagement} <span className='quiet'>{row.variant}</span></h2><p className='quiet'>{[
          row.phases.length > 0 ? say('in {phases}', { phases: row.phases.map(name).join(', ') }) : '', row.stages.length > 0 ? say('made for {stages}', { stages: row.stages.join(', ') }) : '', row.strategy ?? '', row.purpose,
        ].filter((t) => t !== '').join(' · ')}</p></div>
        <span className='grow' />
        <Paper name={`${row.engagement}-review`} ask={() => review(program, row.engagement, draft?.id)}>{say('Review pack (PDF)')}</Paper>
        <Button onClick={() => step(-1)}>{say('Variant before')} <kbd>[</kbd></Button><Button onClick={() => step(1)}>{say('Next variant')} <kbd>]</kbd></Button>
      </header>
      <div className='of'>
        <div className='row' role='group' aria-label={say('Language of the words')}>{languages.map((l) => <Button key={l} aria-pressed={l === language} onClick={() => go({ language: l })}>{l}</Button>)}</div>
        <Select size='xs' label={say('As it is sent to')} value={who} onChange={(e) => setWho(e.currentTarget.value)} data={[
          { value: 'sample', label: say('Ana López, who does not exist') }, { value: 'nobody', label: say('somebody whose name is not known') },
          ...(me.may.includes('person.read') ? [{ value: 'somebody', label: say('somebody real, by their id') }] : []),
          ...stories.map((s) => ({ value: s, label: say('who lives through the story {story}', { story: s.slice('stories/'.length, -'.txtar'.length) }) })),
        ]} />
        {who === 'somebody' && <TextField label={say('Their id')} description={say('Nothing is sent or kept; looking is recorded.')} value={person} commit={setPerson} />}
        {!me.may.includes('person.read') && <p className='quiet'>{say('To see it as somebody real gets it takes the permission person.read. Whoever manages staff can give you a role that has it.')}</p>}
      </div>
      {gaps.length > 0 && <p className='note' data-gaps={gaps.length}>{say('Not there: {gaps}.', { gaps: gaps.map((c) => `${c.channel} ${c.language}`).join(', ') })} {row.phases.map((id) => {
        const here = lived.data?.phases.find((p) => p.phase === id)?.here
        return here === undefined ? '' : here === null ? say('How many are in {phase} now is hidden: they are few.', { phase: name(id) }) : say('{n, plural, =0 {Nobody is} one {# person is} other {# people are}} in {phase} now; whoever of them is only reached there does not get it.', { n: here, phase: name(id) })
      }).join(' ')}</p>}
      {row.problems.length > 0 && <ul className='problems'>{row.problems.map((p) => <li key={`${p.line}.${p.what}`}><p><b>{p.what}</b></p>{p.hint !== undefined && <p>{p.hint}</p>}<p className='quiet'>{say('{file}, line {line}', { file: p.file, line: whole(p.line) })}</p></li>)}</ul>}
      {all.isError ? <Wrong error={all.error} again={() => void all.refetch()} /> : all.data === undefined ? <Waiting what={say('Texts are being fetched')} /> : <div className='forms'>{cells.map((c) => (
        <TextColumn
          key={`${c.channel}.${c.language}.${draft?.id ?? 'live'}`} program={program} cell={c} written={c.file === undefined ? undefined : files[c.file]} current={!all.isPlaceholderData} draft={draft} edits={edits} whom={whom} change={change}
          dirty={(is) => { if (is) unkept.add(c.channel); else unkept.delete(c.channel) }}
        />
      ))}</div>}
      {!edits && <p className='quiet'>{say('It takes the permission program.edit to change texts, which authors and publishers have.')}</p>}
    </div>
  )
}
