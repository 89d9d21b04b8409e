// Who is in a group, and why is each one in? Audiences of a program, written with what can come next, in plain words, and counted as one types.
import { useQueries, useQuery, useQueryClient } from '@tanstack/react-query'
import { useCallback, useEffect, useMemo, useState } from 'react'

import type { Schemas } from '@attune/client'

import type { Me } from '../../api/client'
import { programs as programsQuery } from '../../api/queries'
import { tidy } from '../../app/address'
import { csv, save } from '../../app/csv'
import { useKeys } from '../../app/keys'
import { Notice, Waiting, Wrong } from '../../app/states'
import { useTitle } from '../../app/title'
import { Button, Select, TextInput, toast } from '../../ui'
import { instant, say, whole } from '../../words/words'
import { Choose } from '../drafts/Choose'
import { DraftBar, placed, useCheck } from '../drafts/DraftBar'
import { draftFiles, draftValues, releaseFiles, releaseValues, useDraft, type Checked, type Working } from '../drafts/useDraft'
import { quick, reading, thorough, trying, vocabulary as vocabularyQuery } from './ask'
import { audiencesOf, fileOf, nameOf, usersOf, valueOf, type Audience } from './audience'
import { doings, Groups } from './Groups'
import { Rule } from './Rule'
import type { Search } from './search'
import './audiences.css'

interface ScreenProps { program: string, search: Search, navigate: (s: Search) => void, me: Me }
interface Work { draft: Working, checked: Checked | undefined, failed: { error: unknown, again: () => void } | undefined }
type Tried = Schemas['AudienceTried']
type Share = Schemas['Share']

const FILE = 'audiences.yaml'

export function AudiencesScreen (props: ScreenProps) {
  return props.search.draft === undefined ? <View {...props} /> : <OfDraft key={props.search.draft} {...props} draft={props.search.draft} />
}

function OfDraft ({ draft, ...props }: ScreenProps & { draft: string }) {
  const working = useDraft(draft)
  const checked = useCheck(working)
  return <View {...props} work={{ draft: working, checked: checked.data, failed: checked.failed }} />
}

/** A number that is counted, or reckoned with its interval. */
const numbered = (n: Share, x: Tried) => x.whole
  ? say('{n} of {known}', { n: whole(n.people), known: whole(x.known) })
  : say('about {n} ({low} to {high}) of {known}', { n: whole(n.people), low: whole(n.low), high: whole(n.high), known: whole(x.known) })

/** What somebody typed, a moment after they stopped. */
function useSettled (value: string): string {
  const [settled, settle] = useState(value)
  useEffect(() => {
    const timer = setTimeout(() => settle(value), 300)
    return () => clearTimeout(timer)
  }, [value])
  return settled
}

function View ({ program, search, navigate, me, work }: ScreenProps & { work?: Work }) {
  const client = useQueryClient()
  const draft = work?.draft
  const version = draft?.listed?.version ?? 0
  const edits = me.may.includes('program.edit')
  const counts = me.may.includes('people.list')
  const programs = useQuery(programsQuery)
  const shown = programs.data?.find((p) => p.id === program)
  const files = useQuery({ ...draftFiles(draft?.id ?? '', version), enabled: version > 0 })
  const live = useQuery({ ...releaseFiles('live'), enabled: draft === undefined })
  const texts = ((draft === undefined ? live.data : files.data)?.programs.find((p) => p.id === program)?.files) as Record<string, string> | undefined
  const values = useQuery({ ...(draft === undefined ? releaseValues('live', program, FILE) : draftValues(client, draft.id, program, FILE)), enabled: texts?.[FILE] !== undefined })
  const all = useMemo(() => audiencesOf(values.data?.value), [values.data])
  const numbers = useQueries({ queries: all.map((a) => ({ ...trying(program, draft?.id, version, a.when ?? '', '', quick, 0), enabled: counts && a.when !== undefined })) })
  const [fresh, setFresh] = useState<{ says: string, when: string }>()
  const [choosing, choose] = useState(false)
  const go = useCallback((more: Search) => navigate(tidy({ ...search, ...more })), [navigate, search])
  useTitle(shown === undefined ? undefined : `${shown.name} · ${say('Audiences')}`)
  const begin = (of = { says: '', when: '' }) => { setFresh(of); go({ audience: undefined, beside: undefined, view: undefined }) }
  useKeys({
    n: (e) => { e.preventDefault(); begin() },
    ...(edits && draft === undefined ? { d: (e: KeyboardEvent) => { e.preventDefault(); choose(true) } } : {}),
    Escape: () => { setFresh(undefined); go({ audience: undefined, beside: undefined, view: undefined }) },
  })
  const leave = () => go({ draft: undefined })
  const bar = draft !== undefined && <DraftBar draft={draft} checked={work?.checked} failed={work?.failed} me={me} leave={leave} published={leave} jump={({ file, line }) => {
    const p = placed(work?.checked, program, FILE, values.data?.lines).find((x) => x.line === line)
    const id = p?.path.split('/')[2]
    return file.endsWith(FILE) && id !== undefined ? () => go({ audience: id }) : undefined
  }} />
  if (draft?.listed === null) return bar
  const failed = [programs, draft === undefined ? live : files, values].find((q) => q.isError)
  if (failed !== undefined) return <>{bar}<Wrong error={failed.error} again={() => void failed.refetch()} /></>
  if (programs.isPending || texts === undefined || (texts[FILE] !== undefined && values.isPending)) return <>{bar}<Waiting what={say('Audiences are being fetched')} /></>
  const one = all.find((a) => a.id === search.audience)
  const table = () => csv([['audience', 'says', 'condition', 'people', 'from', 'to', 'of', 'asked for in'], ...all.map((a, k) => {
    const x = numbers[k]?.data
    return [a.id, a.says, a.when ?? '', ...(x === undefined ? ['', '', '', ''] : [x.in.people, x.in.low, x.in.high, x.known].map(String)), usersOf(texts, a.id).join(' ')]
  })])
  return (
    <div className='audiences'>
      {bar}
      <header className='screen'>
        <div><h1>{say('Audiences')}</h1><p className='quiet'>{shown?.name}</p></div>
        <div className='actions'>
          <Button onClick={() => begin()}>{say('A new audience')} <kbd>N</kbd></Button>
          <Button aria-pressed={search.view === 'groups'} onClick={() => { setFresh(undefined); go({ view: search.view === 'groups' ? undefined : 'groups', audience: undefined, beside: undefined }) }}>{say('Groups by what people did')}</Button>
          {all.length > 0 && <Button onClick={() => save(`${program}-audiences.csv`, 'text/csv', table())}>{say('As a table (CSV)')}</Button>}
          {edits && draft === undefined && <Button onClick={() => choose(true)} aria-haspopup='dialog'>{say('Change the audiences')} <kbd>D</kbd></Button>}
        </div>
      </header>
      <div className='audiences-work'>
        <section className='list' aria-label={say('Audiences of this program')}>
          {all.length === 0 && <p className='quiet'>{say('This program has none yet. An audience is a group of people that a condition defines; it is kept current with everything that happens.')}</p>}
          <ul>{all.map((a, k) => {
            const x = numbers[k]?.data
            return (
              <li key={a.id}><button type='button' className='plain' aria-current={one?.id === a.id ? 'true' : undefined} onClick={() => { setFresh(undefined); go({ audience: a.id, beside: undefined, view: undefined }) }}>
                <b>{a.id.replaceAll('_', ' ')}</b>
                {a.says !== '' && <span>{a.says}</span>}
                {x !== undefined && <span className='quiet' data-audience={a.id} data-people={x.in.people}>{numbered(x.in, x)}</span>}
              </button></li>
            )
          })}</ul>
        </section>
        {search.view === 'groups'
          ? <Groups program={program} phases={shown?.phases ?? []} phase={search.phase ?? ''} choose={(phase) => go({ phase })} pin={(g) => begin({ says: doings(g), when: g.when })} />
          : one === undefined && fresh === undefined
            ? <Notice title={search.audience === undefined ? say('Who is in a group, and why?') : say('There is no such audience')}><p>{say('Choose an audience, or write a new one: what its condition means, and how many people it holds now, is shown as you type. Nobody is put into it before it is published.')}</p></Notice>
            : <Builder key={`${one?.id ?? ''} ${fresh?.when ?? ''} ${draft?.id ?? ''}`} program={program} audience={one} begun={fresh} all={all} texts={texts} search={search} go={go} me={me} work={work} needDraft={() => choose(true)} kept={(id) => { setFresh(undefined); go({ audience: id }) }} />}
      </div>
      {choosing && <Choose close={() => choose(false)} suggest={say('Changes to the audiences')} choose={(id) => { choose(false); go({ draft: id }) }} />}
    </div>
  )
}

function Builder ({ program, audience, begun, all, texts, search, go, me, work, needDraft, kept }: {
  program: string
  audience: Audience | undefined
  begun: { says: string, when: string } | undefined
  all: Audience[]
  texts: Record<string, string>
  search: Search
  go: (s: Search) => void
  me: Me
  work: Work | undefined
  needDraft: () => void
  kept: (id: string) => void
}) {
  const draft = work?.draft
  const version = draft?.listed?.version ?? 0
  const edits = me.may.includes('program.edit')
  const counts = me.may.includes('people.list')
  const [says, setSays] = useState(audience?.says ?? begun?.says ?? '')
  const [when, setWhen] = useState(audience?.when ?? begun?.when ?? '')
  const [name, setName] = useState(audience?.id ?? nameOf(begun?.says ?? ''))
  const [showing, show] = useState('') // the condition whose people are asked for
  const settled = useSettled(when)
  const beside = all.find((a) => a.id === search.beside)?.when ?? ''
  const words = useQuery(vocabularyQuery(program, draft?.id, version))
  const read = useQuery({ ...reading(program, draft?.id, version, settled), enabled: settled.trim() !== '' })
  const problem = read.data?.problem
  const fits = settled.trim() !== '' && read.data !== undefined && problem === undefined
  const first = useQuery({ ...trying(program, draft?.id, version, settled, beside, quick, 0), enabled: counts && fits })
  const more = useQuery({ ...trying(program, draft?.id, version, settled, beside, thorough, 0), enabled: counts && fits && first.data !== undefined && !first.data.whole })
  const some = useQuery({ ...trying(program, draft?.id, version, showing, beside, quick, 10), enabled: counts && showing !== '' && showing === settled && fits })
  const x = fits ? (first.data?.whole === true ? first.data : more.data ?? first.data) : undefined
  const users = audience === undefined ? [] : usersOf(texts, audience.id)
  const written = audience !== undefined && audience.when === undefined
  const changed = audience === undefined || when !== audience.when || says !== audience.says
  const keep = () => {
    const id = audience?.id ?? nameOf(name)
    if (draft === undefined || id === '') return
    if (audience === undefined && all.some((a) => a.id === id)) { toast(say('There is an audience of this name already.')); return }
    const done = texts[FILE] === undefined
      ? draft.write(program, { [FILE]: fileOf(id, { says, when }) })
      : draft.change([{ program, file: FILE, do: 'set', path: `/audiences/${id}`, value: valueOf({ says, when }) }])
    void done.then((ok) => { if (ok) { toast(say('It is in the draft.')); kept(id) } })
  }
  return (
    <section className='builder' aria-label={audience?.id ?? say('A new audience')}>
      <form className='fields' onSubmit={(e) => { e.preventDefault(); keep() }}>
        {audience === undefined
          ? <TextInput size='xs' label={say('Its name, by which rules ask for it')} value={name} onChange={(e) => setName(e.currentTarget.value)} {...(name !== '' && nameOf(name) !== name ? { description: say('It will be {name}.', { name: nameOf(name) }) } : {})} />
          : <h2>{audience.id.replaceAll('_', ' ')}</h2>}
        <TextInput size='xs' label={say('Who they are, in a few words')} value={says} onChange={(e) => setSays(e.currentTarget.value)} />
        {written
          ? <p>{say('Its rule is more than a condition, and is changed in the text of audiences.yaml.')}</p>
          : <Rule label={say('The condition')} value={when} change={setWhen} vocabulary={words.data} wrong={problem !== undefined} enter={() => show(when)} />}
        <div className='reads' aria-live='polite'>
          {settled.trim() !== '' && read.isError && <Wrong error={read.error} again={() => void read.refetch()} />}
          {problem !== undefined && <p className='bad' data-problem>{problem.what}{problem.hint !== undefined && problem.hint !== '' && <>; {problem.hint}</>}{problem.at >= 0 && <> <code>{`${settled.slice(Math.max(0, problem.at - 12), problem.at)}▸${settled.slice(problem.at, problem.at + 20)}`}</code></>}</p>}
          {read.data?.words.map((w) => <p key={w} className='means'>{w}</p>)}
        </div>
        {draft !== undefined && edits && !written && <p className='row'><Button type='submit' variant='filled' disabled={!fits || !changed || settled !== when || (audience === undefined && nameOf(name) === '')}>{say('Keep it in the draft')}</Button></p>}
        {draft === undefined && edits && <p className='row'><Button onClick={needDraft} aria-haspopup='dialog'>{say('Choose a draft, to keep it')}</Button></p>}
      </form>
      {!counts && <p className='quiet'>{say('How many people it holds, and who they are, is told to who may list people.')}</p>}
      {counts && fits && <div className='held'>
        <h3>{say('How many now')}</h3>
        {first.isError && <Wrong error={first.error} again={() => void first.refetch()} />}
        {x === undefined && first.isPending && <p className='quiet'>{say('People are being counted.')}</p>}
        {x !== undefined && <p className='many' role='status' data-people={x.in.people} data-whole={x.whole}><b>{numbered(x.in, x)}</b>{!x.whole && <span className='quiet'> {say('reckoned from {n} who were looked at', { n: whole(x.looked) })}{more.isFetching && <> · {say('more are being looked at')}</>}</span>}</p>}
        <Select size='xs' label={say('Beside')} value={search.beside ?? ''} onChange={(e) => go({ beside: e.currentTarget.value === '' ? undefined : e.currentTarget.value })} data={[{ value: '', label: say('no other audience') }, ...all.filter((a) => a.id !== audience?.id && a.when !== undefined).map((a) => ({ value: a.id, label: a.id.replaceAll('_', ' ') }))]} />
        {x?.both != null && x.only != null && x.only_beside != null && <table className='overlap'>
          <caption className='unseen'>{say('Who is in one of them, or in both')}</caption>
          <tbody>
            {([[say('only in this one'), x.only], [say('in both'), x.both], [say('only in the other'), x.only_beside]] as Array<[string, Share]>).map(([text, n]) => <tr key={text}><th scope='row'>{text}</th><td><svg className='share' viewBox='0 0 100 10' preserveAspectRatio='none' aria-hidden><rect className='track' x='0' y='4' width='100' height='2' /><rect className='interval' x='0' y='2' width={100 * n.people / Math.max(1, x.known)} height='6' /></svg></td><td>{numbered(n, x)}</td></tr>)}
          </tbody>
        </table>}
        <h3>{say('Ten of them, and why')}</h3>
        {showing !== settled && <p className='row'><Button onClick={() => show(settled)}>{say('Show ten people')} <kbd>Ctrl Enter</kbd></Button> <span className='quiet'>{say('Looking is recorded.')}</span></p>}
        {showing === settled && some.isError && <Wrong error={some.error} again={() => void some.refetch()} />}
        {showing === settled && some.data !== undefined && (some.data.some.length === 0
          ? <p>{say('Nobody of those who were looked at is in it.')}</p>
          : <table className='some'><thead><tr><th scope='col'>{say('person')}</th><th scope='col'>{say('since')}</th><th scope='col'>{say('because of')}</th><th scope='col'>{say('phase')}</th></tr></thead><tbody>{some.data.some.map((p) => (
            <tr key={p.person}><th scope='row'>{me.may.includes('person.read') ? <a href={`/console/people/${p.person}`}>{p.person}</a> : p.person}</th><td>{instant(p.since)}</td><td><code>{p.because}</code></td><td>{p.phase}</td></tr>
          ))}</tbody></table>)}
      </div>}
      {audience !== undefined && <div className='used'>
        <h3>{say('Who asks for it')}</h3>
        {users.length === 0 ? <p>{say('Nothing yet. A journey, engagement or signal asks for it with:')} <code>{`in_audience("${audience.id}")`}</code></p> : <ul>{users.map((f) => <li key={f}><code>{f}</code></li>)}</ul>}
      </div>}
    </section>
  )
}
