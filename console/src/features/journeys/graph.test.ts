import { describe, expect, it } from 'vitest'

import type { Value } from '../drafts/edit'
import { Counts, type StepLived } from './counts'
import { connect, remove } from './edits'
import { journeyOf, labelled } from './graph'

const journey: Value = {
  journey: 'way', name: 'A way',
  steps: [
    { wait: '3d' }, { id: 'seen', await: { on: 'portal.visited', within: '7d', else: 'ring' } }, { send: 'welcome' }, 'exit',
    { id: 'ring', task: { for: 'nurse', do: 'Ring', within: '3d', else: 'over', outcomes: { reached: 'seen' } } }, { send: 'welcome' }, { id: 'over', exit: 'over' },
  ],
}
const w = { program: 'p', file: 'journeys/way.yaml' }

describe('a journey as a graph', () => {
  it('calls steps what the server calls them, in either format', () => {
    expect(journeyOf(journey, 1).steps.map((s) => s.label)).toEqual(['wait-1', 'seen', 'send-3', 'exit-4', 'ring', 'send-6', 'over'])
    expect(journeyOf(journey, 2).steps.map((s) => s.label)).toEqual(['wait', 'seen', 'send-welcome', 'exit', 'ring', 'send-welcome-2', 'over'])
  })

  it('knows where each step may lead', () => {
    const ways = journeyOf(journey, 2).steps.map((s) => s.ways.map((x) => `${x.by} ${x.to}`))
    expect(ways).toEqual([['next seen'], ['else ring', 'next send-welcome'], ['next exit'], [], ['outcome seen', 'else over', 'next send-welcome-2'], ['next over'], []])
  })

  it('leads to steps by what the server calls them', () => {
    const was = journeyOf(journey, 2)
    const is = labelled(was, was.steps.map((s) => s.id ?? `step ${s.index}`))
    expect(is.steps.map((s) => s.ways.map((x) => x.to))).toEqual([['seen'], ['ring', 'step 2'], ['step 3'], [], ['seen', 'over', 'step 5'], ['over'], []])
  })

  it('draws what is half written', () => {
    for (const v of [undefined, null, {}, { steps: 3 }, { steps: [null, 4, {}] }] as Value[]) expect(() => journeyOf(v, 2)).not.toThrow()
  })
})

describe('taking a step away', () => {
  const j = journeyOf(journey, 2)
  it('leads what led to it to where it went on, and moves who stands on it', () => {
    const [, seen] = j.steps
    if (seen === undefined) throw new Error('there is no step')
    expect(remove(w, j, seen, 'over', ['seen'])).toEqual([
      { ...w, do: 'set', path: '/steps/ring/task', value: { for: 'nurse', do: 'Ring', within: '3d', else: 'over', outcomes: { reached: 'send-welcome' } } },
      { ...w, do: 'set', path: '/moves', value: { seen: 'over' } },
      { ...w, do: 'remove', path: '/steps/seen' },
    ])
  })

  it('says nothing of moves where nobody can stand on it', () => {
    const wait = j.steps[0]
    if (wait === undefined) throw new Error('there is no step')
    expect(remove(w, j, wait, '', [])).toEqual([{ ...w, do: 'remove', path: '/steps/0' }])
  })
})

it('leads on to another step, and says nothing of the one that follows anyway', () => {
  const j = journeyOf(journey, 2)
  const [wait] = j.steps
  if (wait === undefined) throw new Error('there is no step')
  expect(connect(w, j, wait, 'over')).toEqual([{ ...w, do: 'set', path: '/steps/0/next', value: 'over' }])
  expect(connect(w, j, wait, 'seen')).toEqual([])
})

it('tells of a number only who shows that number', () => {
  const counts = new Counts()
  const told: string[] = []
  const n = (step: string, here: number) => ({ step, kind: 'wait', entered: here, here, passed: 0, left: 0, stuck: 0 }) as unknown as StepLived
  counts.put([n('a', 1), n('b', 2)])
  counts.watch('a', () => told.push('a'))
  counts.watch('b', () => told.push('b'))
  counts.put([n('a', 1), n('b', 3)])
  expect(told).toEqual(['b'])
})
