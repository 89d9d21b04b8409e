// Whom somebody began to look for in the palette. It goes to the search for patients in memory alone: a name stands in no address, and is kept nowhere.
import { useSyncExternalStore } from 'react'

let sought = { name: '', times: 0 }
const watchers = new Set<() => void>()
const tell = (is: typeof sought) => { sought = is; for (const w of watchers) w() }

export const seek = (name: string): void => tell({ name, times: sought.times + 1 })

/** Forgets the name, once the search has it. */
export const found = (): void => tell({ name: '', times: sought.times })

export const useSought = () => useSyncExternalStore((w) => { watchers.add(w); return () => watchers.delete(w) }, () => sought)
