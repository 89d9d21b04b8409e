// Who waits where on journeys that a draft changes, and where they go on: chosen here for those whose step is gone.
import { useQuery, useQueryClient } from '@tanstack/react-query'

import type { Schemas } from '@attune/client'

import { journeysLived } from '../../api/queries'
import { Select } from '../../ui'
import { say, whole } from '../../words/words'
import type { Value } from './edit'
import { draftValues, type Working } from './useDraft'

type Plan = Schemas['Plan']
interface Written { steps?: Array<{ id?: string } | string>, moves?: Record<string, string> }

/** The file of a draft that has a journey. */
export const fileOfJourney = (files: Record<string, string>, journey: string): string | undefined =>
  Object.keys(files).find((f) => f.startsWith('journeys/') && new RegExp(`^journey: *["']?${journey}["']? *(#.*)?$`, 'm').test(files[f] ?? ''))

export function Moving ({ draft, plan, programs, counts }: {
  draft: Working
  plan: Plan
  /** The draft's files, by program. */
  programs: Array<{ id: string, files: unknown }>
  /** Whether who looks may see numbers of people. */
  counts: boolean
}) {
  const changed = plan.changes.filter((c) => c.kind === 'journey' && c.how !== 'added').map((c) => ({ program: c.program, journey: c.name ?? '' }))
  const all = [...changed, ...plan.people_on_removed_steps].filter((x, k, xs) => xs.findIndex((y) => y.program === x.program && y.journey === x.journey) === k)
  if (all.length === 0) return null
  return (
    <section>
      <h3>{say('Who waits where, and goes on where')}</h3>
      {all.map((x) => <OfJourney key={`${x.program}/${x.journey}`} {...x} draft={draft} plan={plan} counts={counts} file={fileOfJourney((programs.find((p) => p.id === x.program)?.files ?? {}) as Record<string, string>, x.journey)} />)}
    </section>
  )
}

function OfJourney ({ draft, plan, program, journey, file, counts }: { draft: Working, plan: Plan, program: string, journey: string, file: string | undefined, counts: boolean }) {
  const client = useQueryClient()
  const lived = useQuery({ ...journeysLived(client, program), enabled: counts })
  const values = useQuery({ ...draftValues(client, draft.id, program, file ?? ''), enabled: file !== undefined })
  const is = values.data?.value as Written | undefined
  const targets = (is?.steps ?? []).flatMap((s) => typeof s === 'object' && s.id !== undefined ? [s.id] : [])
  const now = lived.data?.journeys.find((j) => j.journey === journey)
  const gone = plan.people_on_removed_steps.filter((s) => s.program === program && s.journey === journey)
  const stay = (now?.steps ?? []).filter((s) => s.here !== 0 && !gone.some((g) => g.step === s.step))
  const move = (step: string, to: string) => {
    if (file === undefined) return
    void draft.changeFrom(program, file, (at) => {
      const moves: Record<string, Value> = { ...(at as Written).moves }
      if (to === '') delete moves[step]
      else moves[step] = to
      return [Object.keys(moves).length === 0 ? { program, file, do: 'remove', path: '/moves' } : { program, file, do: 'set', path: '/moves', value: moves }]
    })
  }
  return (
    <div className='moving' data-journey={journey}>
      <h4>{now?.name ?? journey}</h4>
      <ul>
        {gone.map((s) => (
          <li key={s.step} className='warn-line'>
            <span>{say('{n, plural, one {# person waits} other {# people wait}} at {step}, which is gone.', { n: s.people, step: s.step })}</span>
            {file === undefined
              ? <span>{say('The journey is gone too: they leave it.')}</span>
              : <Select size='xs' label={say('They go on at')} value={s.to ?? ''} onChange={(e) => move(s.step, e.currentTarget.value)} data={[{ value: '', label: say('nowhere: they leave the journey') }, ...targets.map((t) => ({ value: t, label: t }))]} />}
          </li>
        ))}
        {stay.map((s) => <li key={s.step}>{s.here === null ? say('Some wait at {step}: they stay there.', { step: s.step }) : say('{n, plural, one {# person waits} other {# people wait}} at {step}: they stay there.', { n: s.here, step: s.step })}</li>)}
        {gone.length + stay.length === 0 && <li>{now?.here === 0 || counts ? say('Nobody waits on it now.') : say('Who waits on steps that stay, stays there.')}</li>}
      </ul>
      {now !== undefined && gone.length > 0 && <p className='quiet'>{say('{n} are on it now.', { n: now.here === null ? say('hidden') : whole(now.here) })}</p>}
    </div>
  )
}
