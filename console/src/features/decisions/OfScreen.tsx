// Why did this person get, or not get, this? Everything that was decided about it, or that it never came up, and what would become of it now.
import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'

import type { Schemas } from '@attune/client'

import { api, wanted, type Me } from '../../api/client'
import { programs as programsQuery } from '../../api/queries'
import { tidy } from '../../app/address'
import { purposeHeader } from '../../app/purpose'
import { Notice, Waiting, Wrong } from '../../app/states'
import { useTitle } from '../../app/title'
import { Button } from '../../ui'
import { ChoiceField } from '../../ui/fields'
import { instant, say } from '../../words/words'
import { FateTable } from './FateTable'
import { type OfSearch } from './search'
import { fates } from './told'

/** What stands against a contact, and does not pass by waiting. */
const refused = (m: Schemas['MayShown']) => m.checks.filter((c) => c.reason !== undefined && c.reason !== '' && c.reason !== m.waits_for)

export function OfScreen ({ person, search, navigate, me }: { person: string, search: OfSearch, navigate: (s: OfSearch) => void, me: Me }) {
  const lists = me.may.includes('people.list')
  const opens = me.may.includes('person.read')
  const programs = useQuery(programsQuery)
  useTitle(say('Why did they get this, or not?'))
  const list = useInfiniteQuery({
    queryKey: ['decisions', 'of', person, search], enabled: lists, initialPageParam: '',
    queryFn: ({ pageParam, signal }) => fates({ ...search, person }, pageParam, signal),
    getNextPageParam: (page) => page.next === '' ? undefined : page.next,
  })
  const may = useQuery({
    queryKey: ['may', person, search], enabled: opens && search.engagement !== undefined,
    queryFn: ({ signal }) => wanted(api.GET('/v1/people/{person}/may', { params: { header: purposeHeader(), path: { person }, query: tidy(search) }, signal })).then((r) => r.contacts),
  })
  const known = (programs.data ?? []).filter((p) => search.program === undefined || p.id === search.program)
  const items = list.data?.pages.flatMap((p) => p.items) ?? []
  const got = items.filter((f) => f.outcome === 'sent').length
  const any = { value: '', label: say('any') }
  if (!lists) return <Notice title={say('Decisions')}><p>{say('The list of decisions takes the permission people.list. Whoever manages staff can give you one of the roles that have it: care-coordinator, clinician, publisher or safety-officer.')}</p></Notice>
  return (
    <div className='decisions'>
      <header className='screen'><div><h1>{say('Why did they get this, or not?')}</h1><p className='quiet'>{opens ? <Link to='/people/$person' params={{ person }} search={{}}>{person}</Link> : person}</p></div></header>
      <div className='decisions-filter' role='search' aria-label={say('Which decisions')}>
        <ChoiceField label={say('Program')} value={search.program ?? ''} commit={(program) => navigate(tidy({ program, engagement: undefined }))} data={[any, ...(programs.data ?? []).map((p) => ({ value: p.id, label: p.name }))]} />
        <ChoiceField label={say('Engagement')} value={search.engagement ?? ''} commit={(engagement) => navigate(tidy({ ...search, engagement }))} data={[any, ...[...new Set(known.flatMap((p) => p.engagements.map((e) => e.id)))].sort().map((e) => ({ value: e, label: e }))]} />
      </div>
      {list.isPending && <Waiting what={say('Decisions are being fetched')} />}
      {list.isError && <Wrong error={list.error} again={() => void list.refetch()} />}
      {list.data !== undefined && <>
        <p className='note' role='status' data-shown={items.length}>{list.hasNextPage ? say('Of the newest {all} lines, {n} were handed over. Look further back for the rest.', { n: got, all: items.length }) : items.length === 0 ? say('It never came up: nothing that happened to them asked for it.') : got > 0 ? say('{n, plural, one {It was handed over once} other {It was handed over # times}}, among {all, plural, one {# line} other {# lines}}.', { n: got, all: items.length }) : say('It was never handed over, in {all, plural, one {# line} other {# lines}}. Each says why.', { all: items.length })}</p>
        {items.length > 0 && <FateTable items={items} me={me} whose={false} />}
        {list.hasNextPage && <p className='row more'><Button onClick={() => void list.fetchNextPage()} loading={list.isFetchingNextPage}>{say('Look further back')}</Button></p>}
      </>}
      {search.engagement === undefined && <p className='note'>{say('Choose an engagement to see what would become of it now.')}</p>}
      {may.isError && <Wrong error={may.error} />}
      {may.data !== undefined && <section className='now' aria-label={say('If it were said now')}>
        <h2>{say('If it were said now')}</h2>
        {may.data.length === 0 && <p>{say('No program that is live says it to them by any channel.')}</p>}
        {may.data.map((m) => (
          <div key={`${m.program} ${m.engagement} ${m.channel}`} data-allowed={m.allowed}>
            <h3>{m.engagement} · {m.channel}: {m.allowed ? say('it may go out') : m.waits_for !== undefined && m.waits_for !== '' && refused(m).length === 0 ? say('it would wait until {when}', { when: instant(m.at) }) : say('it may not go out')}</h3>
            <ul>{m.checks.filter((c) => c.reason !== undefined && c.reason !== '').map((c) => <li key={c.check}>{c.check}: <code>{c.reason}</code> {c.detail}</li>)}</ul>
          </div>
        ))}
      </section>}
    </div>
  )
}
