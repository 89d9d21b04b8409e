// Groups of people whose doings before they came into a phase tell whether they move on: found by one half, tested by the other.
import { useQuery } from '@tanstack/react-query'

import type { Schemas } from '@attune/client'

import { csv, save } from '../../app/csv'
import { Notice, Waiting, Wrong } from '../../app/states'
import { Button, Select } from '../../ui'
import { percent, say, whole } from '../../words/words'
import { groups as groupsQuery } from './ask'

type Found = Schemas['GroupFound']
type Between = Found['here']

const between = (b: Between) => say('{value} ({lo}–{hi})', { value: percent(b.value), lo: percent(b.low), hi: percent(b.high) })

export function Groups ({ program, phases, phase, choose, pin }: {
  program: string
  phases: Array<{ id: string, name: string }>
  phase: string
  choose: (phase: string) => void
  /** Takes a group's condition to where audiences are written. */
  pin: (g: Found) => void
}) {
  const asked = useQuery({ ...groupsQuery(program, phase), enabled: phase !== '' })
  const found = asked.data?.groups ?? []
  const table = () => csv([['group', 'people', 'move on', 'from', 'to', 'all others', 'from', 'to', 'stability', 'condition'], ...found.map((g) => [g.says, ...[g.people, g.here.value, g.here.low, g.here.high, g.elsewhere.value, g.elsewhere.low, g.elsewhere.high, g.stability].map(String), g.when])])
  return (
    <section className='groups' aria-label={say('Groups by what people did')}>
      <h2>{say('Groups by what people did')}</h2>
      <p className='quiet'>{say('Which doings, before people came into a phase, tell whether they move on? One half of them chooses, the other tests: so what is shown is not what chance made. It says who differs, not what would help them.')}</p>
      <div className='row end'>
        <Select size='xs' label={say('People who came into')} value={phase} onChange={(e) => choose(e.currentTarget.value)} data={[...(phase === '' ? [{ value: '', label: say('choose one') }] : []), ...phases.map((p) => ({ value: p.id, label: p.name }))]} />
        {found.length > 0 && <Button onClick={() => save(`${program}-${phase}-groups.csv`, 'text/csv', table())}>{say('As a table (CSV)')}</Button>}
      </div>
      {phase !== '' && asked.isPending && <Waiting what={say('Groups are being looked for')} />}
      {asked.isError && <Wrong error={asked.error} again={() => void asked.refetch()} />}
      {asked.data !== undefined && found.length === 0 && <Notice title={say('No group stands out')}><p>{asked.data.none}</p></Notice>}
      {found.length > 0 && <ol className='found-groups'>{found.map((g) => (
        <li key={g.when} data-group={g.when}>
          <p><b>{doings(g)}</b></p>
          <dl>
            <div><dt>{say('people')}</dt><dd>{whole(g.people)}</dd></div>
            <div><dt>{say('of them move on')}</dt><dd><Bar of={g.here} /> {between(g.here)}</dd></div>
            <div><dt>{say('of all others')}</dt><dd><Bar of={g.elsewhere} /> {between(g.elsewhere)}</dd></div>
            <div><dt>{say('found again')}</dt><dd>{say('in {share} of other draws', { share: percent(g.stability) })}</dd></div>
          </dl>
          <p className='row'><Button onClick={() => pin(g)}>{say('Make an audience of it')}</Button> <code>{g.when}</code></p>
        </li>
      ))}</ol>}
    </section>
  )
}

/** What people of a group did, or did not: its sentence without the numbers, which stand below. */
export const doings = (g: Found): string => g.says.split(': ')[0] ?? g.says

/** A share with its interval, on a scale from none to all. */
function Bar ({ of }: { of: Between }) {
  return <svg className='share' viewBox='0 0 100 10' preserveAspectRatio='none' aria-hidden><rect className='track' x='0' y='4' width='100' height='2' /><rect className='interval' x={of.low * 100} y='2.500' width={Math.max(0.500, (of.high - of.low) * 100)} height='5' /><rect className='value' x={of.value * 100 - 0.600} y='0' width='1.200' height='10' /></svg>
}
