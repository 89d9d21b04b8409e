// What was decided about people, the newest first, and as it happens.
import { useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query'
import { useCallback, useEffect, useRef, useState } from 'react'

import type { Me } from '../../api/client'
import { useTopics } from '../../api/live'
import { programs as programsQuery } from '../../api/queries'
import { tidy } from '../../app/address'
import { save } from '../../app/csv'
import { find } from '../../app/find'
import { useKeys } from '../../app/keys'
import { Notice, Waiting, Wrong } from '../../app/states'
import { useTitle } from '../../app/title'
import { why } from '../../app/why'
import { Button, Dialog, Select, toast } from '../../ui'
import { ChoiceField, TextField } from '../../ui/fields'
import { instant, say } from '../../words/words'
import { FateTable } from './FateTable'
import { outcomes, type Search } from './search'
import { called, fates, isId, table } from './told'

export function DecisionsScreen ({ search, navigate, me }: { search: Search, navigate: (s: Search) => void, me: Me }) {
  const may = me.may.includes('people.list')
  const client = useQueryClient()
  const programs = useQuery(programsQuery)
  const [paused, setPaused] = useState(false)
  const quiet = useRef(false)
  useTitle(say('Decisions'))
  const key = ['decisions', search]
  const list = useInfiniteQuery({
    queryKey: key, enabled: may, initialPageParam: '', staleTime: 0,
    queryFn: ({ pageParam, signal }) => { const by = quiet.current; quiet.current = false; return fates(search, pageParam, signal, by) },
    getNextPageParam: (page) => page.next === '' ? undefined : page.next,
  })
  const older = (list.data?.pages.length ?? 0) > 1
  const tails = may && !paused && !older
  const heard = useRef<number>(undefined)
  const later = useRef<ReturnType<typeof setTimeout>>(undefined)
  useTopics(tails ? ['decisions'] : [], useCallback((_: string, state: unknown) => {
    const newest = (state as { newest?: number } | undefined)?.newest
    if (heard.current !== undefined && newest !== heard.current) {
      later.current ??= setTimeout(() => { // at most once in two seconds: each look is recorded
        later.current = undefined
        quiet.current = true
        void client.invalidateQueries({ queryKey: ['decisions'] })
      }, 2000)
    }
    heard.current = newest
  }, [client]))
  useEffect(() => () => { clearTimeout(later.current); later.current = undefined }, [tails])
  const go = useCallback((more: Search) => navigate(tidy({ ...search, ...more })), [navigate, search])
  const pause = () => { if (paused) { heard.current = undefined; void client.resetQueries({ queryKey: key }) } setPaused(!paused) }
  useKeys({ v: () => go({ outcome: search.outcome === 'vetoed' ? undefined : 'vetoed' }), p: pause, '/': (e) => { e.preventDefault(); document.querySelector<HTMLInputElement>('.decisions-filter input')?.focus() } })
  const known = programs.data ?? []
  const engagements = (search.program === undefined ? known : known.filter((p) => p.id === search.program)).flatMap((p) => p.engagements.map((e) => e.id))
  const items = list.data?.pages.flatMap((p) => p.items) ?? []
  const lookedTo = list.data?.pages.at(-1)?.looked_to
  const any = { value: '', label: say('any') }
  if (!may) return <Notice title={say('Decisions')}><p>{say('The list of decisions takes the permission people.list. Whoever manages staff can give you one of the roles that have it: care-coordinator, clinician, publisher or safety-officer.')}</p></Notice>
  return (
    <div className='decisions'>
      <header className='screen'>
        <div><h1>{say('Decisions')}</h1><p className='quiet'>{say('What was said to people, what was not, and why. Looking is recorded.')}</p></div>
        <div className='actions'>
          <Button aria-pressed={search.outcome === 'vetoed'} onClick={() => go({ outcome: search.outcome === 'vetoed' ? undefined : 'vetoed' })}>{say('Vetoed only')} <kbd>V</kbd></Button>
          <Button aria-pressed={paused} onClick={pause}>{paused ? say('Go on as it happens') : say('Pause')} <kbd>P</kbd></Button>
          <Button disabled={items.length === 0} onClick={() => save('decisions.csv', 'text/csv', table(items))}>{say('These lines as CSV')}</Button>
        </div>
      </header>
      <div className='decisions-filter' role='search' aria-label={say('Which decisions')}>
        <Who value={search.person} choose={(person) => go({ person })} me={me} />
        <ChoiceField label={say('Program')} value={search.program ?? ''} commit={(program) => go({ program, engagement: undefined })} data={[any, ...known.map((p) => ({ value: p.id, label: p.name }))]} />
        <ChoiceField label={say('Engagement')} value={search.engagement ?? ''} commit={(engagement) => go({ engagement })} data={[any, ...[...new Set(engagements)].sort().map((e) => ({ value: e, label: e }))]} />
        <TextField label={say('Channel')} value={search.channel ?? ''} commit={(channel) => go({ channel })} />
        <ChoiceField label={say('What became of it')} value={search.outcome ?? ''} commit={(o) => go({ outcome: outcomes.find((x) => x === o) })} data={[any, ...outcomes.map((o) => ({ value: o, label: say(called[o] ?? o) }))]} />
        <TextField type='date' label={say('From')} value={search.from?.slice(0, 10) ?? ''} commit={(from) => go({ from: from === '' ? undefined : `${from}T00:00:00Z` })} />
        <TextField type='date' label={say('Up to')} value={search.to?.slice(0, 10) ?? ''} commit={(to) => go({ to: to === '' ? undefined : `${to}T23:59:59.999Z` })} />
      </div>
      {list.isPending && <Waiting what={say('Decisions are being fetched')} />}
      {list.isError && <Wrong error={list.error} again={() => void list.refetch()} />}
      {list.data !== undefined && <>
        <p className='note' role='status' data-shown={items.length} data-tail={tails}>
          {tails ? say('{n, plural, one {# line} other {# lines}}, as they happen', { n: items.length }) : older ? say('{n, plural, one {# line} other {# lines}}; paused while older ones are shown', { n: items.length }) : say('{n, plural, one {# line} other {# lines}}; paused', { n: items.length })}
          {lookedTo !== undefined && <> · {say('looked back to {when}', { when: instant(lookedTo) })}</>}
        </p>
        {items.length > 0 && <FateTable items={items} me={me} />}
        {items.length === 0 && <Notice title={list.hasNextPage ? say('Nothing that fits so far') : say('Nothing was decided that fits')}><p>{say('A decision is made when something happens to somebody, and their programs have something that could be said about it.')}</p></Notice>}
        <p className='row more'>
          {list.hasNextPage && <Button onClick={() => void list.fetchNextPage()} loading={list.isFetchingNextPage}>{say('Look further back')}</Button>}
          {older && <Button onClick={() => { heard.current = undefined; void client.resetQueries({ queryKey: key }) }}>{say('Back to the newest')}</Button>}
        </p>
      </>}
    </div>
  )
}

/** A person: by id, or by a name, which goes into no address. */
function Who ({ value, choose, me }: { value: string | undefined, choose: (person: string | undefined) => void, me: Me }) {
  const [found, setFound] = useState<Array<{ person: string, says: string }>>()
  const finds = me.may.includes('people.find')
  const commit = (written: string) => {
    if (written === '') choose(undefined)
    else if (isId(written)) choose(written)
    else if (!finds) toast(say('Write a person’s id: to find people by name takes the permission people.find.'))
    else {
      void find({ name: written }).then((r) => setFound(r.people.map((p) => ({ person: p.person, says: [p.name, p.birth_date].filter(Boolean).join(', ') }))), (err: unknown) => toast(why(err)))
    }
  }
  return (
    <>
      <TextField label={finds ? say('Person: an id or a name') : say('Person: an id')} value={value ?? ''} commit={commit} />
      <Dialog open={found !== undefined} close={() => setFound(undefined)} title={say('Who is meant?')}>
        {found?.length === 0 ? <p>{say('Nobody is found by that name.')}</p> : <Choose found={found ?? []} choose={(p) => { setFound(undefined); choose(p) }} />}
      </Dialog>
    </>
  )
}

function Choose ({ found, choose }: { found: Array<{ person: string, says: string }>, choose: (person: string) => void }) {
  const [is, set] = useState(found[0]?.person ?? '')
  return (
    <form className='fields' onSubmit={(e) => { e.preventDefault(); choose(is) }}>
      <Select label={say('Person')} value={is} onChange={(e) => set(e.currentTarget.value)} data={found.map((f) => ({ value: f.person, label: f.says === '' ? f.person : `${f.says} · ${f.person}` }))} data-autofocus />
      <p className='row'><Button type='submit'>{say('Show what was decided')}</Button></p>
    </form>
  )
}
