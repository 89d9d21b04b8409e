// What changed in a workshop, by whom: a page to read together at its end, and to print.
import { useQuery } from '@tanstack/react-query'

import { Waiting, Wrong } from '../../app/states'
import { Button } from '../../ui'
import { clock, instant, say } from '../../words/words'
import { draftFiles, type Working } from '../drafts/useDraft'
import { Differences } from '../map/Versions'
import type { Difference, MapWritten } from '../map/written'
import type { Workshop } from './useWorkshop'

/** What a step of a draft was about, with the names that people know. */
function inWords (what: string, map: MapWritten): string {
  const name = (kind: string, id: string) => (kind === 'moments' ? map.moments : kind === 'phases' ? map.phases : kind === 'stakeholders' ? map.stakeholders : []).find((x) => x.id === id)?.name
  return what.replace(/ \S+\/map\.yaml \/(moments|phases|stakeholders)\/([\w-]+)(?:\/([\w/-]+))?/g, (_, kind: string, id: string, field?: string) => ` “${name(kind, id) ?? id}”${field === undefined ? '' : `: ${field}`}`)
}

export function Changes ({ is, draft, map, differ, close }: { is: Workshop, draft: Working, map: MapWritten, differ: Difference[], close: () => void }) {
  const all = useQuery(draftFiles(draft.id, draft.listed?.version ?? 0))
  const since = is.version ?? 0
  const steps = (all.data?.steps ?? []).filter((s) => s.version > since)
  const people = [...new Set([...steps.map((s) => s.by), ...is.notes.map((n) => n.by)])].sort()
  const votes = Object.entries(is.sums).sort((a, b) => b[1] - a[1])
  return (
    <article className='today' aria-label={say('What changed today')}>
      <header><h2>{say('What changed today')}</h2><p className='quiet'>{say('{name}, since {when}', { name: draft.listed?.name ?? '', when: is.since === undefined ? '' : instant(is.since) })}</p>
        <p className='row no-print'><Button onClick={() => window.print()}>{say('Print')}</Button><Button onClick={close}>{say('Back to the map')}</Button></p></header>
      {all.isPending && <Waiting what={say('The changes are being fetched')} />}
      {all.isError && <Wrong error={all.error} again={() => void all.refetch()} />}
      <section><h3>{say('On the map')}</h3><Differences all={differ} select={close} /></section>
      {votes.length > 0 && <section><h3>{say('Dots')}</h3><ol>{votes.map(([m, n]) => <li key={m}>{map.moments.find((x) => x.id === m)?.name ?? m}: <b>{n}</b></li>)}</ol></section>}
      {people.map((who) => {
        const [mine, notes] = [steps.filter((s) => s.by === who), is.notes.filter((n) => n.by === who)]
        return (
          <section key={who}>
            <h3>{who}</h3>
            {notes.length > 0 && <ul>{notes.map((n) => <li key={n.note}>“{n.text}” <span className='quiet'>{n.moment === undefined || n.moment === '' ? say('in the tray') : say('on the map')}</span></li>)}</ul>}
            {mine.length > 0 && <ul>{mine.map((s) => <li key={s.version}><span className='quiet'>{clock(new Date(s.at))}</span> {inWords(s.what, map)}</li>)}</ul>}
          </section>
        )
      })}
      {all.data !== undefined && steps.length === 0 && is.notes.length === 0 && <p>{say('Nothing yet.')}</p>}
    </article>
  )
}
