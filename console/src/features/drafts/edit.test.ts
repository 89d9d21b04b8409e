import { describe, expect, it } from 'vitest'

import { apply, at, idOf, undoing, type Change, type Value } from './edit'

const map: Value = { phases: [{ id: 'start', name: 'Start' }, { id: 'end', name: 'End' }], moments: [{ id: 'a', phase: 'start', respond: ['x', 'y'] }, { id: 'b', phase: 'end' }], steps: [{ id: 'a', wait: '1d' }, { exit: 'over' }, { exit: 'really' }], aim: 'better' }
const change = (what: Partial<Change>): Change => ({ program: 'p', file: 'map.yaml', do: 'set', path: '/', ...what })

describe('a change', () => {
  const cases: Array<[string, Change, string, Value | undefined]> = [
    ['sets a value', change({ path: '/phases/start/name', value: 'Begin' }), '/phases/start/name', 'Begin'],
    ['sets what was not there', change({ path: '/moments/a/then', value: { moment: 'b', within: '5d' } }), '/moments/a/then/moment', 'b'],
    ['adds to the end', change({ do: 'add', path: '/moments', value: { id: 'c' } }), '/moments/2/id', 'c'],
    ['adds before', change({ do: 'add', path: '/moments', value: { id: 'c' }, before: 'b' }), '/moments/1/id', 'c'],
    ['adds to a list that was not there', change({ do: 'add', path: '/moments/b/respond', value: 'z' }), '/moments/b/respond/0', 'z'],
    ['removes an item', change({ do: 'remove', path: '/moments/a' }), '/moments/0/id', 'b'],
    ['removes an item before one without an id', change({ do: 'remove', path: '/steps/a' }), '/steps/0/exit', 'over'],
    ['removes a word of a list', change({ do: 'remove', path: '/moments/a/respond/0' }), '/moments/a/respond/0', 'y'],
    ['removes a field', change({ do: 'remove', path: '/aim' }), '/aim', undefined],
    ['moves', change({ do: 'move', path: '/phases/end', before: 'start' }), '/phases/0/id', 'end'],
    ['moves by places', change({ do: 'move', path: '/steps/2', before: '1' }), '/steps/1/exit', 'really'],
    ['moves down by places', change({ do: 'move', path: '/steps/a', before: '2' }), '/steps/1/id', 'a'],
    ['moves one without an id to the end', change({ do: 'move', path: '/steps/1' }), '/steps/2/exit', 'over'],
    ['moves to the end', change({ do: 'move', path: '/phases/start' }), '/phases/1/id', 'start'],
  ]
  for (const [name, c, path, is] of cases) {
    it(name, () => {
      const after = apply(map, c)
      expect(at(after, path)).toEqual(is)
      expect(at(map, '/phases/start/name'), 'what was is as it was').toBe('Start')
    })
    it(`${name}, and is undone`, () => {
      const back = apply(apply(map, c), undoing(map, c))
      const tidy = (v: Value) => JSON.stringify(v).replace('"respond":[]', '').replace(/,}/g, '}')
      expect(tidy(back)).toBe(tidy(map))
    })
  }
})

describe('a name for rules', () => {
  it('is made of small letters, digits and _, begins with a letter, and is free', () => {
    expect(idOf('Waits without news', [])).toBe('waits_without_news')
    expect(idOf('¿Qué pasa después?', [])).toBe('que_pasa_despues')
    expect(idOf('3rd visit', [])).toBe('rd_visit')
    expect(idOf('Waits', ['waits', 'waits_2'])).toBe('waits_3')
    expect(idOf('…', [])).toBe('new')
    expect(idOf('True', [])).toBe('true_2')
  })
})
