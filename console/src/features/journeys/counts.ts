// Who stands where, by step: apart from what draws steps, so that a number that changes draws that number and nothing else.
import { useSyncExternalStore } from 'react'

import type { Schemas } from '@attune/client'

export type StepLived = Schemas['StepLived']
export type JourneyLived = Schemas['JourneyLived']

export class Counts {
  private steps = new Map<string, StepLived>()
  private watchers = new Map<string, Set<() => void>>()

  get = (step: string): StepLived | undefined => this.steps.get(step)

  watch = (step: string, told: () => void): (() => void) => {
    const all = this.watchers.get(step) ?? new Set()
    this.watchers.set(step, all.add(told))
    return () => all.delete(told)
  }

  /** Takes in numbers; only who watches one that changed is told. */
  put (all: Iterable<StepLived>): void {
    for (const s of all) {
      const was = this.steps.get(s.step)
      if (was !== undefined && was.here === s.here && was.passed === s.passed && was.left === s.left && was.stuck === s.stuck && was.entered === s.entered) continue
      this.steps.set(s.step, s)
      for (const told of this.watchers.get(s.step) ?? []) told()
    }
  }
}

export function useCount (counts: Counts, step: string): StepLived | undefined {
  return useSyncExternalStore((told) => counts.watch(step, told), () => counts.get(step))
}
