// One stream for the whole console: how it does, and what it tells. It rests in tabs that nobody sees. Whoever comes again is told how all
// stands: that is little, and right after the server began anew too.
import { useEffect, useSyncExternalStore } from 'react'

import { follow } from '@attune/client'

import { heard, notAllowed, quietApi, signedOut } from './client'
import { merge } from './merge'

export type State = 'connecting' | 'live' | 'broken' | 'ended' | 'off'

export interface Live {
  state: State
  /** Since when nothing was heard, where it is broken. */
  since: Date | null
}

type Listener = (topic: string, state: unknown) => void

/** Without a sign of life for so long, a connection is taken for broken; the server gives one every 15 s at least. */
const silence = 40_000
const longestPause = 15_000

let now: Live = { state: 'off', since: null }
const watchers = new Set<() => void>()
const listeners = new Set<Listener>()
const topics = new Map<string, unknown>()

function set (state: State): void {
  if (state === now.state) return
  const since = state === 'broken' ? (heard.at > 0 ? new Date(heard.at) : new Date()) : state === 'connecting' ? now.since : null
  now = { state, since }
  for (const w of watchers) w()
}

/** How the stream does. */
export function useLive (): Live {
  return useSyncExternalStore((w) => { watchers.add(w); return () => watchers.delete(w) }, () => now)
}

/** Hears what is told of any topic, each time it changes. */
export function listen (l: Listener): () => void {
  listeners.add(l)
  for (const [topic, state] of topics) l(topic, state)
  return () => listeners.delete(l)
}

const sleep = (ms: number, signal: AbortSignal) => new Promise<void>((resolve) => {
  const timer = setTimeout(done, ms)
  function done () { clearTimeout(timer); signal.removeEventListener('abort', done); resolve() }
  signal.addEventListener('abort', done)
})

const held = new Map<string, number>()
let running: AbortController | undefined
let following = ''
let soon: ReturnType<typeof setTimeout> | undefined

/** Follows what screens hold, all of it in one stream, which begins anew once that is something else. */
function follows (): void {
  const names = [...held.keys()].sort()
  if (names.join() === following) return
  running?.abort()
  following = names.join()
  for (const topic of topics.keys()) if (!held.has(topic)) topics.delete(topic)
  running = undefined
  if (names.length === 0) {
    set('off')
    return
  }
  running = new AbortController()
  void run(names, running.signal)
}

/** Follows topics until they are let go of. Whoever holds a topic that the account may not hear ends the stream: look at the permission first. */
export function hold (names: string[]): () => void {
  for (const n of names) held.set(n, (held.get(n) ?? 0) + 1)
  const later = () => { clearTimeout(soon); soon = setTimeout(follows, 0) } // screens that come and go change it once
  later()
  return () => {
    for (const n of names) {
      const left = (held.get(n) ?? 1) - 1
      if (left === 0) held.delete(n)
      else held.set(n, left)
    }
    later()
  }
}

/** Hears topics while a screen is shown. The listener has to stay the same, or it is told everything again. */
export function useTopics (names: string[], l: Listener): void {
  const which = names.join()
  useEffect(() => {
    if (which === '') return
    const topicsOf = which.split(',')
    const stop = listen((topic, state) => { if (topicsOf.includes(topic)) l(topic, state) })
    const letGo = hold(topicsOf)
    return () => { stop(); letGo() }
  }, [which, l])
}

async function run (names: string[], ended: AbortSignal): Promise<void> {
  let pause = 500
  while (!ended.aborted) {
    if (document.hidden) {
      await seen(ended)
      continue
    }
    const one = new AbortController()
    const stop = () => one.abort()
    const hide = () => { if (document.hidden) stop() }
    ended.addEventListener('abort', stop)
    document.addEventListener('visibilitychange', hide)
    const begun = Date.now()
    const watch = setInterval(() => { if (Date.now() - Math.max(heard.at, begun) > silence) stop() }, 5_000)
    try {
      if (now.state !== 'broken') set('connecting')
      for await (const e of follow(quietApi, names, { signal: one.signal })) {
        set('live')
        pause = 500
        const state = e.state ?? merge(topics.get(e.topic), e.patch)
        topics.set(e.topic, state)
        for (const l of listeners) l(e.topic, state)
      }
    } catch (err) {
      if (signedOut(err) || notAllowed(err)) {
        set('ended')
        clearInterval(watch)
        return
      }
    } finally {
      clearInterval(watch)
      ended.removeEventListener('abort', stop)
      document.removeEventListener('visibilitychange', hide)
    }
    if (ended.aborted || document.hidden) continue
    set('broken')
    await sleep(pause, ended)
    pause = Math.min(pause * 2, longestPause)
  }
}

/** Waits until the tab is seen again. */
function seen (ended: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => { document.removeEventListener('visibilitychange', done); ended.removeEventListener('abort', done); resolve() }
    document.addEventListener('visibilitychange', done)
    ended.addEventListener('abort', done)
  })
}
