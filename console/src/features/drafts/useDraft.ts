// A draft of programs that somebody works on: its changes one after the other, what undoes them, and what others do to it meanwhile.
import { keepPreviousData, queryOptions, useQuery, useQueryClient, type QueryClient } from '@tanstack/react-query'
import { useCallback, useMemo, useSyncExternalStore } from 'react'

import type { Schemas } from '@attune/client'

import { api, quietApi, wanted } from '../../api/client'
import { useTopics } from '../../api/live'
import { drafts } from '../../api/queries'
import { why } from '../../app/why'
import { toast } from '../../ui'
import { apply, undoing, type Change, type Value } from './edit'

export type DraftListed = Schemas['DraftListed']
export type Checked = Schemas['Checked']

/** The whole draft, with all its files. */
export const draftFiles = (id: string, version: number) => queryOptions({
  queryKey: ['draft', id, version],
  queryFn: ({ signal }) => wanted(api.GET('/v1/drafts/{draft}', { params: { path: { draft: id } }, signal })),
  placeholderData: keepPreviousData, // what is on the screen stays while another version is fetched
})

export const releaseFiles = (release: string) => queryOptions({
  queryKey: ['files', release],
  queryFn: ({ signal }) => wanted(api.GET('/v1/releases/{release}/files', { params: { path: { release } }, signal })),
  staleTime: release === 'live' ? 0 : Infinity,
})

/** A YAML file of a draft as values. */
export const draftValues = (client: QueryClient, id: string, program: string, file: string) => queryOptions({
  queryKey: ['values', id, program, file],
  queryFn: async ({ signal, queryKey }) => {
    const asks = client.getQueryData(queryKey) === undefined ? api : quietApi // later ones are the page's own questions
    const is = await wanted(asks.GET('/v1/drafts/{draft}/programs/{program}/values', { params: { path: { draft: id, program }, query: { file } }, signal }))
    return { value: is.value as Value, lines: is.lines }
  },
  staleTime: Infinity,
})

/** A YAML file of a release as values. */
export const releaseValues = (release: string, program: string, file: string) => queryOptions({
  queryKey: ['release-values', release, program, file],
  queryFn: async ({ signal }) => {
    const is = await wanted(api.GET('/v1/releases/{release}/programs/{program}/values', { params: { path: { release, program }, query: { file } }, signal }))
    return { value: is.value as Value, lines: is.lines }
  },
  staleTime: release === 'live' ? 60_000 : Infinity,
})

export const check = (id: string, version: number) => queryOptions({
  queryKey: ['check', id, version],
  queryFn: ({ signal }) => wanted(quietApi.GET('/v1/drafts/{draft}/check', { params: { path: { draft: id } }, signal })),
  staleTime: Infinity,
  placeholderData: keepPreviousData,
})

export async function beginDraft (client: QueryClient, name: string): Promise<string> {
  const made = await wanted(api.POST('/v1/drafts', { body: { name } }))
  await client.invalidateQueries({ queryKey: ['drafts'] })
  return made.draft
}

interface Undo { changes: Change[], files?: { program: string, texts: Record<string, string>, remove: string[] } }

/** What undoes what was done in this tab, the last of it last. It is gone when the tab is. */
const undos = new Map<string, Undo[]>()
const watchers = new Set<() => void>()
const told = () => { for (const w of watchers) w() }
const none: Undo[] = []

/** One thing after the other, so that what is undone is what was done last. */
let before: Promise<unknown> = Promise.resolve()
const inTurn = <T>(f: () => Promise<T>): Promise<T> => {
  const turn = before.then(f, f)
  before = turn
  return turn
}

/** What can be done to a draft. */
export interface Doing {
  /** Changes values of one file, all or none; false where that was refused, which is then said. */
  change: (changes: Change[]) => Promise<boolean>
  /** The same, told from the file's values as they are once all that was done before is done. */
  changeFrom: (program: string, file: string, changes: (now: Value) => Change[]) => Promise<boolean>
  /** Writes whole files, and then changes what names them; both or neither. */
  write: (program: string, files: Record<string, string>, changes?: Change[]) => Promise<boolean>
  /** Says that stories shall go as the draft makes them go now; all that go another way where none is named. */
  retell: (stories: Schemas['StoryNamedInput'][]) => Promise<boolean>
  undo: () => Promise<void>
}

export interface Working extends Doing {
  id: string
  /** As it is listed; undefined while it is fetched, null where there is none of this id (any more). */
  listed: DraftListed | null | undefined
  undoable: number
}

export function doing (client: QueryClient, id: string): Doing {
  const noted = (d: Schemas['Draft']) => {
    client.setQueryData(drafts.queryKey, (was) => was?.map((x) => x.draft === id && x.version < d.version ? { ...x, version: d.version, by: d.by, changed_by: d.changed_by, changed_at: d.changed_at } : x))
  }
  const push = (u: Undo) => { undos.set(id, [...undos.get(id) ?? [], u].slice(-200)); told() }
  const send = async (changes: Change[]): Promise<Change[]> => {
    const first = changes[0]
    if (first === undefined) return []
    const key = draftValues(client, id, first.program, first.file).queryKey
    await client.cancelQueries({ queryKey: key })
    const was = client.getQueryData(key)
    const back: Change[] = []
    if (was !== undefined) {
      let value = was.value
      for (const c of changes) {
        back.unshift(undoing(value, c))
        value = apply(value, c)
      }
      client.setQueryData(key, { ...was, value })
    }
    try {
      noted(await wanted(api.POST('/v1/drafts/{draft}/changes', { params: { path: { draft: id } }, body: { changes } })))
    } catch (err) {
      if (was !== undefined) client.setQueryData(key, was)
      throw err
    } finally {
      void client.invalidateQueries({ queryKey: key })
    }
    return back
  }
  const put = async (program: string, files: Record<string, string>, remove: string[]) => {
    noted(await wanted(api.PUT('/v1/drafts/{draft}/files', { params: { path: { draft: id } }, body: { program, files, remove } })))
    await client.invalidateQueries({ queryKey: ['values', id, program] })
  }
  const tried = (f: () => Promise<void>) => inTurn(async () => {
    try {
      await f()
      return true
    } catch (err) {
      toast(why(err))
      return false
    }
  })
  return {
    change: (changes) => tried(async () => { push({ changes: await send(changes) }) }),
    changeFrom: (program, file, changes) => tried(async () => {
      const { value } = await client.ensureQueryData(draftValues(client, id, program, file))
      const list = changes(value)
      if (list.length > 0) push({ changes: await send(list) })
    }),
    write: (program, files, changes = []) => tried(async () => {
      const is = await wanted(quietApi.GET('/v1/drafts/{draft}', { params: { path: { draft: id } } }))
      const texts = (is.programs.find((p) => p.id === program)?.files ?? {}) as Record<string, string>
      const names = Object.keys(files)
      const back = { program, texts: Object.fromEntries(names.filter((n) => n in texts).map((n) => [n, texts[n] ?? ''])), remove: names.filter((n) => !(n in texts)) }
      await put(program, files, [])
      try {
        push({ changes: await send(changes), files: back })
      } catch (err) { // what nothing names is not left behind
        await put(program, back.texts, back.remove)
        throw err
      }
    }),
    retell: (stories) => tried(async () => {
      const is = await wanted(quietApi.GET('/v1/drafts/{draft}', { params: { path: { draft: id } } }))
      const told = await wanted(api.POST('/v1/drafts/{draft}/stories', { params: { path: { draft: id } }, body: { stories } }))
      noted(told)
      for (const p of is.programs) {
        const [was, now] = [p.files as Record<string, string>, told.programs.find((x) => x.id === p.id)?.files as Record<string, string> | undefined]
        const texts = Object.fromEntries(Object.entries(was).filter(([name, text]) => now !== undefined && name in now && now[name] !== text))
        if (Object.keys(texts).length > 0) push({ changes: [], files: { program: p.id, texts, remove: [] } })
      }
    }),
    undo: async () => {
      await tried(async () => { // what is under way is done first, and then undone
        const last = undos.get(id)?.at(-1)
        if (last === undefined) return
        undos.set(id, (undos.get(id) ?? []).slice(0, -1))
        told()
        await send(last.changes)
        if (last.files !== undefined) await put(last.files.program, last.files.texts, last.files.remove)
      })
    },
  }
}

/** Drafts that are being published in this tab: what is told of them elsewhere waits, since a draft is gone once it is published. */
const publishing = new Map<string, DraftListed>()

/** Keeps a draft on the screen as it is, until what is returned is called. */
export function keepWhilePublished (listed: DraftListed): () => void {
  publishing.set(listed.draft, listed)
  told()
  return () => { publishing.delete(listed.draft); told() }
}

const watch = (w: () => void) => { watchers.add(w); return () => watchers.delete(w) }

export function useDraft (id: string): Working {
  const client = useQueryClient()
  const all = useQuery(drafts)
  const kept = useSyncExternalStore(watch, () => publishing.get(id))
  const listed = kept ?? (all.data === undefined ? undefined : all.data.find((d) => d.draft === id) ?? null)
  const stack = useSyncExternalStore(watch, () => undos.get(id) ?? none)
  useTopics(['drafts'], useCallback((_: string, state: unknown) => {
    const now = (state as { drafts?: Record<string, { version: number }> } | undefined)?.drafts
    if (now === undefined || publishing.has(id)) return
    const known = client.getQueryData(drafts.queryKey)
    if (known === undefined) return
    const mine = known.find((d) => d.draft === id)
    if (mine?.version !== now[id]?.version) void client.invalidateQueries({ queryKey: ['values', id] })
    if (Object.keys(now).length !== known.length || known.some((d) => now[d.draft]?.version !== d.version)) void client.invalidateQueries({ queryKey: drafts.queryKey })
  }, [client, id]))

  return useMemo(() => ({ id, listed, undoable: stack.length, ...doing(client, id) }), [client, id, listed, stack])
}
