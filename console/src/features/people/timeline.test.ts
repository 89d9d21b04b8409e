import { describe, expect, it } from 'vitest'

import { belongs, byDay, ownWords, reached, type Line } from './timeline'

const line = (at: string, kind: string, more: Partial<Line> = {}): Line => ({ at, kind, says: kind, ...more })

describe('what happened to somebody', () => {
  it('is what they were told, what was asked of them, or what they did', () => {
    const all = [line('2026-01-01T10:00:00Z', 'event', { event: 'call.held' }), line('2026-01-01T11:00:00Z', 'event', { event: 'message.opened' }), line('2026-01-02T09:00:00Z', 'message', { body: 'Hello' }), line('2026-01-02T10:00:00Z', 'request'), line('2026-01-02T10:00:00Z', 'signal')]
    const of = (show: 'all' | 'told' | 'asked' | 'did') => all.filter((l) => belongs(l, show)).map((l) => l.event ?? l.kind)
    expect(of('all')).toHaveLength(5)
    expect(of('told')).toEqual(['message.opened', 'message'])
    expect(of('asked')).toEqual(['request'])
    expect(of('did')).toEqual(['call.held'])
    expect(byDay(all).map((d) => [d.day, d.lines.length])).toEqual([['2026-01-02', 3], ['2026-01-01', 2]])
  })

  it('has their own words once each, the newest first, without barriers that are over', () => {
    const told = (at: string, fact: string, words: string, over?: true) => line(at, 'event', { event: 'story.told', fact, words, ...(fact === 'barrier' ? { names: words.includes('needle') ? 'needles' : 'no_way_there' } : {}), ...(over === undefined ? {} : { over }) })
    const all = [told('0', 'barrier', 'I am afraid of needles'), told('1', 'barrier', 'There is no bus'), told('2', 'goal', 'To walk again'), told('3', 'goal', 'To walk again'), told('4', 'barrier', 'My neighbour drives me', true), told('5', 'motivation', 'My granddaughter')]
    expect(ownWords(all).map((l) => `${l.at} ${l.words}`)).toEqual(['5 My granddaughter', '3 To walk again', '0 I am afraid of needles'])
  })

  it('has what they reached lately', () => {
    const all = [line('2026-01-01T10:00:00Z', 'success'), line('2026-03-01T10:00:00Z', 'success'), line('2026-03-02T10:00:00Z', 'event')]
    expect(reached(all, '2026-03-10T00:00:00Z', 60).map((l) => l.at)).toEqual(['2026-03-01T10:00:00Z'])
  })
})
