// A page about somebody stays as new as their record. The stream says that something changed, and not what: that is asked for anew.
import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useMemo } from 'react'

import { useTopics } from '../../api/live'
import { byItself } from './ask'

/** Changes often come together, and a page that is being read does not move all the time. */
const calm = 1_000

/** Asks for all that is shown of somebody a moment after their record changed, while may is so: whoever may not hear it ends the stream. */
export function useChanges (person: string, may: boolean): void {
  const client = useQueryClient()
  const watch = useMemo(() => {
    let known: number | undefined
    let soon: ReturnType<typeof setTimeout> | undefined
    return {
      hear: (_topic: string, state: unknown) => {
        const { changes } = state as { changes: number }
        if (known !== undefined && changes !== known) {
          soon ??= setTimeout(() => {
            soon = undefined
            byItself.add(person)
            void client.invalidateQueries({ queryKey: ['person', person] }).finally(() => byItself.delete(person))
          }, calm)
        }
        known = changes
      },
      end: () => clearTimeout(soon),
    }
  }, [client, person])
  useEffect(() => watch.end, [watch])
  useTopics(may ? [`person:${person}`] : [], watch.hear)
}
