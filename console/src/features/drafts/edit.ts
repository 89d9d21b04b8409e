// What a change of a draft does to the values of a file, and what undoes it. The server does the same to its text, and has the last word:
// this is what the screen shows until it has answered.
import type { Schemas } from '@attune/client'

export type Change = Schemas['DraftChangeInput']
export type Value = string | number | boolean | null | Value[] | { [name: string]: Value }
type Fields = { [name: string]: Value }

const isFields = (v: Value | undefined): v is Fields => typeof v === 'object' && v !== null && !Array.isArray(v)

/** Where an item stands in a list: by its id, or else by its number; -1 where there is none. */
function place (list: Value[], name: string): number {
  const byId = list.findIndex((i) => isFields(i) && i.id === name)
  if (byId >= 0) return byId
  return /^\d+$/.test(name) && Number(name) < list.length ? Number(name) : -1
}

/** What stands at a path, or undefined. */
export function at (value: Value, path: string): Value | undefined {
  let is: Value | undefined = value
  for (const name of path.split('/').slice(1)) {
    if (Array.isArray(is)) is = is[place(is, name)]
    else if (isFields(is)) is = is[name]
    else return undefined
  }
  return is
}

const named = (item: Value, at: number): string => isFields(item) && typeof item.id === 'string' ? item.id : String(at)

/** The values after a change. What the change does not touch stays the very same. */
export function apply (value: Value, change: Change): Value {
  const names = change.path.split('/').slice(1)
  const go = (is: Value | undefined, k: number): Value => {
    const name = names[k]
    if (name === undefined) { // here it is
      if (change.do === 'add') {
        const list = Array.isArray(is) ? is : []
        const to = change.before === undefined || change.before === '' ? list.length : place(list, change.before)
        return [...list.slice(0, to), change.value as Value, ...list.slice(to)]
      }
      return change.value as Value
    }
    const last = k === names.length - 1
    if (Array.isArray(is)) {
      const from = place(is, name)
      if (from < 0) return is
      const item = is[from] as Value
      const rest = [...is.slice(0, from), ...is.slice(from + 1)]
      if (last && change.do === 'remove') return rest
      if (last && change.do === 'move') {
        const before = change.before === undefined || change.before === '' ? is.length : place(is, change.before) // as it stands before the move
        const to = before > from ? before - 1 : before
        return [...rest.slice(0, to), item, ...rest.slice(to)]
      }
      return is.map((v, i) => i === from ? go(v, k + 1) : v)
    }
    const fields = isFields(is) ? is : {}
    if (last && change.do === 'remove') return Object.fromEntries(Object.entries(fields).filter(([f]) => f !== name))
    return { ...fields, [name]: go(fields[name], k + 1) }
  }
  return go(value, 0)
}

/** What undoes a change, told from the values before it. */
export function undoing (value: Value, change: Change): Change {
  const { program, file, path } = change
  const parent = path.slice(0, path.lastIndexOf('/'))
  const name = path.slice(path.lastIndexOf('/') + 1)
  const was = at(value, path)
  const list = at(value, parent)
  const after = (items: Value[], k: number): Partial<Change> => items[k] === undefined ? {} : { before: named(items[k], k) }
  switch (change.do) {
    case 'add': {
      if (!Array.isArray(was)) return { program, file, do: 'remove', path }
      const to = change.before === undefined || change.before === '' ? was.length : place(was, change.before)
      return { program, file, do: 'remove', path: `${path}/${named(change.value as Value, to)}` }
    }
    case 'remove':
      if (Array.isArray(list)) { // what stood behind it has moved up by then
        const from = place(list, name)
        return { program, file, do: 'add', path: parent, value: was, ...after(list.filter((_, k) => k !== from), from) }
      }
      return { program, file, do: 'set', path, value: was }
    case 'move': {
      const next = Array.isArray(list) ? list[place(list, name) + 1] : undefined
      const moved = at(apply(value, change), parent)
      if (!Array.isArray(list) || !Array.isArray(moved)) return { program, file, do: 'move', path }
      const item = named(was as Value, moved.indexOf(was as Value)) // its place is another one now
      return { program, file, do: 'move', path: `${parent}/${item}`, ...(next === undefined ? {} : after(moved, moved.indexOf(next))) }
    }
    default:
      return was === undefined ? { program, file, do: 'remove', path } : { program, file, do: 'set', path, value: was }
  }
}

/** A name for rules and records out of a name for people, which nothing else has yet. */
export function idOf (name: string, taken: string[]): string {
  const base = name.normalize('NFKD').replace(/[\u0300-\u036f]/g, '').toLowerCase().replace(/[^a-z0-9]+/g, '_').replace(/^[^a-z]+|_+$/g, '').slice(0, 40).replace(/_+$/, '') || 'new'
  const free = (n: number): string => n === 1 ? base : `${base}_${n}`
  let n = 1
  while (taken.includes(free(n)) || ['true', 'false', 'null'].includes(free(n))) n++
  return free(n)
}
