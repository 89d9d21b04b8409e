// One decision, taken apart: what was proposed, what stood against it, how it was weighed and drawn, and what would have turned it.
import { useMutation, useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'

import { api, wanted, type Me } from '../../api/client'
import { copy } from '../../app/copy'
import { save } from '../../app/csv'
import { useKeys } from '../../app/keys'
import { Paper } from '../../app/Paper'
import { purposeHeader } from '../../app/purpose'
import { Notice, Waiting, Wrong } from '../../app/states'
import { useTitle } from '../../app/title'
import { Button, Dialog, Select } from '../../ui'
import { instant, percent, say, whole } from '../../words/words'
import { called, inputs, outcomeOf, weighed, type Candidate, type Option, type Told } from './told'

const number = (n: number): string => n.toPrecision(3).replace(/\.?0+$/, '')
const points = (n: number): string => `${n < 0 ? '−' : '+'}${Math.abs(n * 100).toFixed(1)}`

/** Half of the interval in which it lies with 95 %, as sentences tell it. */
const within = (sd: number): string => (1.96 * sd * 100).toFixed(1)

export function DecisionScreen ({ person, decision, me }: { person: string, decision: string, me: Me }) {
  const asked = useQuery({ queryKey: ['decision', person, decision], queryFn: ({ signal }) => wanted(api.GET('/v1/people/{person}/decisions', { params: { header: purposeHeader(), path: { person }, query: { touch: decision, last: 1 } }, signal })), staleTime: Infinity })
  useTitle(say('Decision'))
  if (asked.isPending) return <Waiting what={say('Decisions are being fetched')} />
  if (asked.isError) return <Wrong error={asked.error} again={() => void asked.refetch()} />
  const all = asked.data.decisions as Told[] | undefined
  if (!me.sees.includes('clinical')) return <Notice title={say('You may not see this')}><p>{say('How a decision was weighed tells of somebody’s health. Roles that see clinical facts see it: clinician, safety-officer and privacy-officer.')}</p></Notice>
  const d = all?.[0]
  if (d === undefined) return <Notice title={say('Nothing of that id was decided about them')}><p>{say('The address may have lost a part on its way.')}</p></Notice>
  return <Explained d={d} person={person} me={me} />
}

function Explained ({ d, person, me }: { d: Told, person: string, me: Me }) {
  const [at, setAt] = useState(0)
  const [letter, setLetter] = useState(false)
  const [vetoed, setVetoed] = useState(false)
  const shown = vetoed ? d.candidates.filter((c) => outcomeOf(c) === 'vetoed') : d.candidates
  const is = shown[Math.min(at, shown.length - 1)]
  const move = (by: number) => setAt((was) => Math.min(Math.max(was + by, 0), shown.length - 1))
  useKeys({ v: () => { setVetoed(!vetoed); setAt(0) }, ArrowDown: (e) => { e.preventDefault(); move(1) }, ArrowUp: (e) => { e.preventDefault(); move(-1) }, Escape: () => history.back() })
  const said = d.candidates.filter((c) => outcomeOf(c) === 'chosen')
  return (
    <div className='decisions decision'>
      <header className='screen'>
        <div>
          <h1>{said.length === 0 ? say('Nothing was said') : said.map((c) => c.engagement).join(', ')}</h1>
          <p className='quiet'>{instant(d.at)} · <Link to='/decisions/of/$person' params={{ person }} search={is === undefined ? {} : { program: is.program, engagement: is.engagement }}>{person}</Link>{said[0] !== undefined && <> · {say('asked by: {what}', { what: said[0].because })}</>}</p>
        </div>
        <div className='actions'>
          <Button aria-pressed={vetoed} onClick={() => { setVetoed(!vetoed); setAt(0) }}>{say('Vetoed only')} <kbd>V</kbd></Button>
          {d.patient !== '' && d.patient !== undefined && <Button onClick={() => setLetter(true)} aria-haspopup='dialog'>{say('Explain to the patient')}</Button>}
          <Button onClick={() => save(`decision-${d.id.slice(0, 8)}.json`, 'application/json', JSON.stringify(d, null, 2))}>{say('Save as JSON')}</Button>
        </div>
      </header>
      <div className='decision-work'>
        <section aria-label={say('Candidates')}>
          <div className='sentence'>{(d.clinician ?? d.auditor).replace(/^.*\n/, '').split('\n').map((line, k) => <p key={k}>{line}</p>)}</div>
          <h2>{say('What could have been said')} <span className='quiet'>{say('↑ ↓ chooses')}</span></h2>
          {shown.length === 0 ? <p>{say('No rule stood against anything.')}</p> : <Candidates d={d} shown={shown} at={Math.min(at, shown.length - 1)} choose={setAt} />}
          {is !== undefined && <OneCandidate key={`${is.program} ${is.engagement}`} d={d} c={is} person={person} />}
          <Rounds d={d} />
        </section>
        <aside className='decision-side' aria-label={say('Made again')}><Replay d={d} person={person} me={me} /></aside>
      </div>
      <Dialog open={letter} close={() => setLetter(false)} title={say('In plain words, for the patient')}>
        <pre className='letter'>{d.patient}</pre>
        <p className='quiet'>{say('The letter greets them by the name they like. It is in their language where that is English or Spanish, and in English otherwise.')}</p>
        <p className='row'>
          <Button onClick={() => copy(d.patient)}>{say('Copy')}</Button>
          <Button onClick={() => save(`explanation-${d.id.slice(0, 8)}.txt`, 'text/plain', d.patient)}>{say('Save as text')}</Button>
          <Paper name={`letter-${d.id.slice(0, 8)}`} ask={() => wanted(api.GET('/v1/people/{person}/decisions/{decision}/letter', { params: { header: purposeHeader(), path: { person, decision: d.id } }, parseAs: 'blob' }))}>{say('As a letter (PDF)')}</Paper>
        </p>
      </Dialog>
    </div>
  )
}

function Candidates ({ d, shown, at, choose }: { d: Told, shown: Candidate[], at: number, choose: (k: number) => void }) {
  return (
    <div className='tabled' tabIndex={0} role='region' aria-label={say('What could have been said')}>
      <table className='candidates'>
        <thead><tr><th scope='col'>{say('candidate')}</th><th scope='col'>{say('value')}</th><th scope='col'>{say('changes the outcome by')}</th><th scope='col'>{say('burden')}</th><th scope='col'>{say('score')}</th><th scope='col'>{say('chance')}</th><th scope='col'>{say('outcome')}</th></tr></thead>
        <tbody>{shown.map((c, k) => {
          const w = weighed(d, c)
          const ended = outcomeOf(c)
          return (
            <tr key={`${c.program} ${c.engagement} ${k}`} data-candidate={c.engagement} aria-selected={k === at || undefined}>
              <th scope='row'><button type='button' className='plain' aria-pressed={k === at} onClick={() => choose(k)}>{c.engagement}</button> <span className='quiet'>{[c.program, c.channel, c.variant].filter(Boolean).join(' · ')}</span></th>
              <td>{number(c.value)}</td>
              <td>{w === undefined ? '–' : say('{points} of 100 ± {sd}', { points: points(w.option.effect), sd: within(w.option.sd) })}</td>
              <td>{w === undefined ? '–' : number(w.option.burden)}</td>
              <td>{w === undefined ? '–' : number(w.option.score)}</td>
              <td>{w === undefined ? '–' : percent(w.chance)}</td>
              <td><span className={`fate ${ended}`}>{say(called[ended] ?? ended)}</span>{c.why !== undefined && <> {c.why}</>}</td>
            </tr>
          )
        })}</tbody>
      </table>
    </div>
  )
}

function OneCandidate ({ d, c, person }: { d: Told, c: Candidate, person: string }) {
  const w = weighed(d, c)
  const touch = c.touch ?? ''
  const of = useQuery({
    queryKey: ['touch', touch], enabled: touch !== '', staleTime: 60_000,
    queryFn: async ({ signal }) => {
      const params = { header: purposeHeader(), path: { touch }, query: { person } }
      const [is, proof] = await Promise.all([wanted(api.GET('/v1/touches/{touch}', { params, signal })), wanted(api.GET('/v1/touches/{touch}/proof', { params, signal }))])
      return { is, attempts: proof.attempts }
    },
  })
  return (
    <section className='one' aria-label={c.engagement}>
      <h3>{c.engagement}</h3>
      <dl>
        <dt>{say('proposed because of')}</dt><dd>{c.because}</dd>
        {c.reason !== undefined && <><dt>{say('rule')}</dt><dd><code>{c.reason}</code> {c.why}</dd></>}
        {c.outcome !== undefined && c.outcome !== '' && <><dt>{say('meant to bring about')}</dt><dd>{c.outcome}</dd></>}
        {w?.option.stage !== undefined && <><dt>{say('stage of change')}</dt><dd>{w.option.stage} ({percent(w.option.confidence ?? 0)})</dd></>}
        {of.data !== undefined && <>
          <dt>{say('what became of it')}</dt><dd>{of.data.is.engagement} {of.data.is.says}</dd>
          {of.data.is.consent !== undefined && <><dt>{say('consent')}</dt><dd>{of.data.is.consent}</dd></>}
          {of.data.attempts.map((a) => <Rested key={a.attempt} at={a.at} words={a.word === undefined ? [a.law, a.basis].filter(Boolean).join(': ') : say('{answer}, said {when}, from {source}', { answer: a.word.answer, when: instant(a.word.said), source: a.word.source })} wrong={a.wrong} />)}
        </>}
      </dl>
      {of.isError && <Wrong error={of.error} />}
      {w !== undefined && <Parts o={w.option} />}
    </section>
  )
}

function Rested ({ at, words, wrong }: { at: string, words: string, wrong?: string | undefined }) {
  return <><dt>{say('rested on')}</dt><dd>{words} <span className='quiet'>{instant(at)}</span>{wrong !== undefined && <p className='bad'>{wrong}</p>}</dd></>
}

/** What an option's score is made of. */
function Parts ({ o }: { o: Option }) {
  return (
    <>
      <p className='quiet'>{say('By {channel} in the words {variant}: fit {fit}, context {context}, hazard {hazard}, burden {burden}.', { channel: o.channel, variant: o.variant, fit: number(o.fit), context: number(o.context), hazard: number(o.hazard), burden: number(o.burden) })}</p>
      {(o.parts ?? []).length > 0 && <table className='figures-table'>
        <caption className='quiet'>{say('What the expected change is made of, in points of 100')}</caption>
        <tbody>{(o.parts ?? []).map((p) => <tr key={p.feature}><th scope='row'>{p.says}</th><td>{points(p.effect)} ± {within(p.sd)}</td></tr>)}</tbody>
      </table>}
    </>
  )
}

/** How it was drawn, with what, and what would have turned it. */
function Rounds ({ d }: { d: Told }) {
  const used = inputs(d)
  const rounds = d.rounds ?? []
  return (
    <>
      {rounds.length === 0 && <p>{say('Nothing competed: there was no draw.')}</p>}
      {rounds.map((r, k) => (
        <section key={k} className='one' aria-label={say('The draw')}>
          <h3>{rounds.length > 1 ? say('Draw {n}', { n: k + 1 }) : say('The draw')}</h3>
          <dl>
            <dt>{say('how')}</dt><dd>{r.policy}{r.explore > 0 && <> · {say('{share} left to chance', { share: percent(r.explore) })}</>}</dd>
            <dt>{say('model')}</dt><dd>{r.model === undefined || r.model === '' ? say('what the program expects before anything is learned') : <code>{r.model}</code>}{(r.from ?? []).length > 0 && <> · {say('began in part from {whose}', { whose: (r.from ?? []).join(', ') })}</>}</dd>
            <dt>{say('trial')}</dt><dd>{r.arm === undefined || r.arm === '' ? say('in none') : r.arm}</dd>
            <dt>{say('drawn')}</dt><dd>{say('{place} of 1; nothing had {share}', { place: r.place.toFixed(4), share: percent(r.nothing) })}: {r.drawn < 0 ? say('nothing') : r.options[r.drawn]?.engagement}</dd>
            <dt>{say('made again')}</dt><dd>{r.again ? say('the same to the last bit') : say('not the same: the record was changed, or another version wrote it')}</dd>
            {(r.barriers ?? []).length > 0 && <><dt>{say('keeps them from it')}</dt><dd>{(r.barriers ?? []).join(', ')}</dd></>}
            {(r.motives ?? []).length > 0 && <><dt>{say('moves them')}</dt><dd>{(r.motives ?? []).join(', ')}</dd></>}
            {(r.retired ?? []).length > 0 && <><dt>{say('left out, since others do better')}</dt><dd>{(r.retired ?? []).join(', ')}</dd></>}
          </dl>
          {(r.flips ?? []).length > 0 && <><h4>{say('What would have turned it')}</h4><ul>{(r.flips ?? []).map((f) => <li key={f.says}>{f.says}</li>)}</ul></>}
        </section>
      ))}
      {used.length > 0 && <details><summary>{say('Inputs used ({n})', { n: used.length })}</summary><table className='figures-table'><tbody>{used.map((u) => <tr key={u.says}><th scope='row'>{u.says}</th><td>{number(u.value)}</td></tr>)}</tbody></table></details>}
      {d.auditor !== '' && <details><summary>{say('As an auditor reads it')}</summary><pre className='letter'>{d.auditor}</pre></details>}
    </>
  )
}

/** Made again: as it was, or under another release or a draft. */
function Replay ({ d, person, me }: { d: Told, person: string, me: Me }) {
  const reads = me.may.includes('program.read')
  const [under, setUnder] = useState('')
  const releases = useQuery({ queryKey: ['releases'], enabled: reads, queryFn: async ({ signal }) => (await wanted(api.GET('/v1/releases', { params: { query: { limit: 100 } }, signal }))).items })
  const drafts = useQuery({ queryKey: ['drafts'], enabled: reads, queryFn: async ({ signal }) => (await wanted(api.GET('/v1/drafts', { params: { query: { limit: 100 } }, signal }))).items })
  const again = useMutation({
    mutationFn: () => {
      const [kind, id = ''] = under.split(' ')
      return wanted(api.POST('/v1/people/{person}/decisions/{decision}/replay', { params: { header: purposeHeader(), path: { person, decision: d.id } }, body: kind === 'draft' ? { draft: id } : kind === 'release' ? { release: id } : {} }))
    },
  })
  const r = again.data
  return (
    <>
      <h2>{say('Make it again')}</h2>
      <p className='quiet'>{say('From their record, up to that moment. Nothing is written and nobody is told; that you looked stands in the audit log.')}</p>
      <Select
        label={say('Under')} value={under} onChange={(e) => { setUnder(e.currentTarget.value); again.reset() }}
        data={[{ value: '', label: say('what held then') }, ...(releases.data ?? []).map((x) => ({ value: `release ${x.number}`, label: x.live ? say('release {n}, live', { n: x.number }) : say('release {n}', { n: x.number }) })), ...(drafts.data ?? []).map((x) => ({ value: `draft ${x.draft}`, label: say('draft “{name}”', { name: x.name }) }))]}
      />
      <p><Button onClick={() => again.mutate()} loading={again.isPending}>{say('Make it again')}</Button></p>
      {again.isError && <Wrong error={again.error} />}
      {r !== undefined && <div role='status' data-same={r.same} data-exact={r.exact}>
        <p className={r.same ? 'ok' : 'differs'}><strong>{r.same ? r.exact ? say('It comes out as it was.') : say('It would have come out the same.') : r.exact ? say('It does not come out as it was: the record was changed, or another version wrote it.') : say('It would have come out another way.')}</strong></p>
        <table className='beside'>
          <thead><tr><th scope='col'>{say('candidate')}</th><th scope='col'>{say('it was')}</th><th scope='col'>{say('it would be')}</th></tr></thead>
          <tbody>{r.candidates.map((c, k) => <tr key={k} data-same={c.same}><th scope='row'>{c.engagement}{!c.same && <span className='bad'> ≠</span>}</th><td><Became c={c.was} /></td><td><Became c={c.is} /></td></tr>)}</tbody>
        </table>
        {r.is.length === 0 && <p>{say('Nothing would have been proposed.')}</p>}
        <p className='quiet'>{say('{same, plural, one {# candidate is the same} other {# candidates are the same}} of {all}', { same: r.candidates.filter((c) => c.same).length, all: whole(r.candidates.length) })}</p>
      </div>}
    </>
  )
}

function Became ({ c }: { c: Candidate | undefined }) {
  if (c === undefined) return <span className='quiet'>{say('not proposed')}</span>
  const ended = outcomeOf(c)
  return <><span className={`fate ${ended}`}>{say(called[ended] ?? ended)}</span> {ended === 'chosen' ? [c.channel, c.variant].filter(Boolean).join(', ') : c.why}</>
}
