// A page about somebody asks anew once the stream says that something is new, and only then; by itself it keeps no session alive.
import { QueryClient, QueryClientProvider, useQuery } from '@tanstack/react-query'
import { render, screen } from '@testing-library/react'
import { beforeEach, describe, expect, it, vi } from 'vitest'

import { state } from './ask'
import { useChanges } from './changes'

let asked: Request[]
let tell: (line: string) => void

beforeEach(async () => {
  await new Promise((r) => { setTimeout(r, 10) }) // the stream of the test before has ended
  asked = []
  vi.stubGlobal('fetch', async (input: RequestInfo | URL, init?: RequestInit) => {
    const r = new Request(input instanceof Request ? input : String(input), init)
    if (!r.url.includes('/stream')) {
      asked.push(r)
      return new Response(JSON.stringify({ person: 'p1', traits: { first_name: `Ana ${asked.length}` } }), { headers: { 'Content-Type': 'application/json' } })
    }
    expect(new URL(r.url).searchParams.get('topics')).toBe('person:p1')
    return new Response(new ReadableStream({
      start: (c) => {
        tell = (line) => c.enqueue(new TextEncoder().encode(line))
        r.signal.addEventListener('abort', () => { try { c.close() } catch { /* it was closed */ } })
      },
    }), { headers: { 'Content-Type': 'text/event-stream' } })
  })
})

function Page () {
  const is = useQuery(state('p1', 'treatment'))
  useChanges('p1', is.isSuccess)
  return <p>{is.data?.traits.first_name ?? 'nothing'}</p>
}

const event = (seq: number, data: object) => `id: person:p1.${seq}\ndata: ${JSON.stringify({ topic: 'person:p1', seq, ...data })}\n\n`

describe('a page about somebody', () => {
  it('is as new as their record', async () => {
    tell = () => undefined
    const { unmount } = render(<QueryClientProvider client={new QueryClient()}><Page /></QueryClientProvider>)
    await screen.findByText('Ana 1')
    await vi.waitFor(() => { tell(event(1, { state: { changes: 7 } })); expect(tell.length).toBe(1) })
    await new Promise((r) => { setTimeout(r, 1_200) })
    expect(asked).toHaveLength(1)
    tell(event(2, { patch: { changes: 8 } }))
    tell(event(3, { patch: { changes: 9 } }))
    await screen.findByText('Ana 2', undefined, { timeout: 3_000 })
    await new Promise((r) => { setTimeout(r, 1_200) })
    expect(asked.map((r) => r.headers.get('Attune-Renew'))).toEqual([null, '1'])
    unmount()
  })
})
