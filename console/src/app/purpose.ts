// What records are opened for. Whoever looks says it on the search for patients; it is kept while the page is, and nowhere else, and the audit log has it.
import { useSyncExternalStore } from 'react'

import type { Schemas } from '@attune/client'

import { text } from '../words/words'

export type Purpose = Schemas['Purpose']

/** Purposes, in words. */
export const purposes: Record<Purpose, string> = { treatment: text('treatment'), coordination: text('coordinating care'), safety: text('safety'), rights: text('their rights'), support: text('help with the system') }

let chosen: Purpose = 'treatment'
const watchers = new Set<() => void>()

export const choosePurpose = (p: Purpose): void => { chosen = p; for (const w of watchers) w() }
export const usePurpose = (): Purpose => useSyncExternalStore((w) => { watchers.add(w); return () => watchers.delete(w) }, () => chosen)

/** What goes with a question about somebody. */
export const purposeHeader = (purpose: Purpose = chosen) => ({ 'Attune-Purpose': purpose })
