// What happened to somebody, sorted by what it is to who looks: what they were told, what was asked of them, what they did.
import type { Schemas } from '@attune/client'

import { text } from '../../words/words'
import type { Shows } from './search'

export type Line = Schemas['StoryLine']

/** What somebody tells of their own story. */
export const facts: Record<string, string> = { reason: text('Why it matters'), goal: text('What they want'), barrier: text('What is in the way'), motivation: text('What moves them'), support: text('Who helps') }

const told = ['message', 'outcome', 'ended', 'refusal', 'waiting', 'replay']
const asked = ['request', 'proposal']
const did = ['event', 'moment', 'success', 'phase', 'program', 'promise']
/** What carriers tell of a message is about what was told. */
const ofMessages = (l: Line): boolean => l.kind === 'event' && l.event?.startsWith('message.') === true

/** Whether a line belongs to what is asked for. What the engine noted for itself stands in all alone. */
export function belongs (l: Line, show: Shows): boolean {
  if (show === 'all') return true
  if (show === 'told') return told.includes(l.kind) || ofMessages(l)
  if (show === 'asked') return asked.includes(l.kind)
  return did.includes(l.kind) && !ofMessages(l)
}

/** What they told of themselves and is so still, the newest first, each once. What they said was over is over for what the program calls the same. */
export function ownWords (lines: Line[]): Line[] {
  const out: Line[] = []
  const over = new Set<string>()
  const key = (l: Line) => `${l.fact} ${l.names ?? ''}`
  for (const l of [...lines].reverse()) {
    if (l.fact === undefined) continue
    if (l.over === true) over.add(key(l))
    else if (l.words !== undefined && l.words !== '' && !over.has(key(l)) && !out.some((x) => x.fact === l.fact && x.words === l.words)) out.push(l)
  }
  return out
}

/** Outcomes they reached within so many days, the newest first: what there is to celebrate. */
export const reached = (lines: Line[], now: string, days: number): Line[] =>
  [...lines].reverse().filter((l) => l.kind === 'success' && Date.parse(l.at) >= Date.parse(now) - days * 86_400_000)

/** By day, the newest first. */
export function byDay (lines: Line[]): Array<{ day: string, lines: Line[] }> {
  const out: Array<{ day: string, lines: Line[] }> = []
  for (const l of [...lines].reverse()) {
    const day = l.at.slice(0, 10)
    const last = out.at(-1)
    if (last?.day === day) last.lines.push(l)
    else out.push({ day, lines: [l] })
  }
  return out
}
