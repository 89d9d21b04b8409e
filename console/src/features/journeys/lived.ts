// Who stands where in a program's journeys, as it happens.
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useCallback } from 'react'

import type { Me } from '../../api/client'
import { useTopics } from '../../api/live'
import { journeysLived } from '../../api/queries'
import type { JourneyLived, StepLived } from './counts'

type Told = Record<string, { journey: JourneyLived, steps: Record<string, StepLived> }>

/** Who stands where, kept up to date by the stream. Times come with the answer: those who wait grow older all the time. */
export function useJourneysLived (program: string, me: Me) {
  const client = useQueryClient()
  const may = me.may.includes('people.report')
  const topic = me.may.includes('people.list') ? 'journeys_of_care' : 'journeys'
  const lived = useQuery({ ...journeysLived(client, program), enabled: may })
  useTopics(may ? [topic] : [], useCallback((_: string, state: unknown) => {
    const told = (state as Record<string, Told> | undefined)?.[program]
    if (told === undefined) return
    client.setQueryData(journeysLived(client, program).queryKey, (was) => was === undefined ? was : {
      ...was,
      journeys: was.journeys.map((j) => {
        const now = told[j.journey]
        if (now === undefined) return j
        const numbers = (x: { entered?: number | null, here?: number | null, left?: number | null, stuck?: number | null }) => ({ entered: x.entered ?? null, here: x.here ?? null, left: x.left ?? null, stuck: x.stuck ?? null })
        return {
          ...j, ...numbers(now.journey), finished: now.journey.finished ?? null,
          steps: j.steps.map((s) => { const is = now.steps[s.step]; return is === undefined ? s : { ...s, ...numbers(is), passed: is.passed ?? null } }),
        }
      }),
    })
  }, [client, program]))
  return { may, lived }
}
