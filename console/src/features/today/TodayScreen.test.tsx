// Today over a server that answers as the contract says: each part for who may see it, and only where there is something.
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { createMemoryHistory, createRootRoute, createRoute, createRouter, RouterProvider } from '@tanstack/react-router'
import { render, screen } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { beforeEach, describe, expect, it, vi } from 'vitest'

import type { Me } from '../../api/client'
import { sampleMe, samplePrograms } from '../../test-sample'
import { UI } from '../../ui'
import { TodayScreen } from './TodayScreen'

type Answer = (r: Request) => Response
const json = (body: unknown, status = 200): Answer => () => new Response(JSON.stringify(body), { status, headers: { 'Content-Type': status < 400 ? 'application/json' : 'application/problem+json' } })
const none = json({ items: [], total: 0 })
const told = (...events: Array<{ topic: string, state: unknown }>): Answer => () => new Response(events.map((e, k) => `id: ${k + 1}\nevent: ${e.topic}\ndata: ${JSON.stringify({ ...e, seq: k + 1 })}\n\n`).join(''), { headers: { 'Content-Type': 'text/event-stream' } })

let answers: Record<string, Answer>
let asked: string[]

beforeEach(async () => {
  await new Promise((r) => { setTimeout(r, 10) }) // the stream of the screen before has ended
  asked = []
  answers = { '/programs': json(samplePrograms), '/work': none, '/attention': none, '/deadletters': none, '/quarantine': none, '/openings': none, '/erasures': none, '/corrections': none, '/texts': none, '/changes': json({ program: 'ra', name: 'RA', days: 28, before: 'b', until: 'u', since: 's', phases: [], reached: [] }) }
  vi.stubGlobal('fetch', (input: RequestInfo | URL, init?: RequestInit) => {
    const request = new Request(input instanceof Request ? input : String(input), init)
    const path = new URL(request.url).pathname
    asked.push(path)
    const found = Object.entries(answers).find(([end]) => path.endsWith(end))
    return found === undefined ? Promise.reject(new TypeError('not reached')) : Promise.resolve(found[1](request))
  })
})

function show (me: Me) {
  const root = createRootRoute()
  const route = (path: string) => createRoute({ getParentRoute: () => root, path, component: path === '/' ? () => <TodayScreen me={me} /> : () => null })
  const router = createRouter({ routeTree: root.addChildren([route('/'), route('/work'), route('/programs/$program/map')]), history: createMemoryHistory({ initialEntries: ['/'] }) })
  return render(<QueryClientProvider client={new QueryClient({ defaultOptions: { queries: { retry: false } } })}><UI><RouterProvider router={router as never} /></UI></QueryClientProvider>)
}

const may = (...permissions: string[]): Me => ({ ...sampleMe, may: permissions as Me['may'] })

describe('today', () => {
  it('says that nothing waits, and when work comes where that is known', async () => {
    answers['/work'] = (r) => new URL(r.url).searchParams.has('all') ? json({ items: [{ request: 'w', kind: 'contact', what: 'call: x', person: 'p', program: 'ra', since: 's', due: 'd', waits: 'later', waits_until: '2027-03-03T08:00:00Z' }], total: 1 })(r) : none(r)
    show(may('work.read'))
    await screen.findByText('Nothing waiting.')
    await screen.findByText('The next piece of work comes Mar 3, 2027, 08:00 UTC.')
  })

  it('asks for nothing that whoever looks may not see', async () => {
    show(may('program.read'))
    await screen.findByText('Nothing waiting.')
    expect(asked.filter((p) => !p.endsWith('/programs'))).toEqual([])
    expect(screen.queryByText('What changed')).toBeNull()
    expect(screen.queryByText('How everything does')).toBeNull()
  })

  it('lists texts that lack an approval for who signs or publishes them', async () => {
    answers['/texts'] = json({ items: [{ program: 'ra', content: 'sms/a.en', language: 'en', hash: 'h', used: true, approved: false, missing: ['medical'], approvals: [], text: 't' }, { program: 'ra', content: 'sms/b.en', language: 'en', hash: 'h', used: true, approved: false, missing: [], approvals: [], text: 't' }], total: 2 })
    show(may('content.review_medical'))
    await screen.findByText('1 text lacks an approval and is not sent')
    expect(screen.getByText(/sms\/a\.en/)).toBeTruthy()
    expect(screen.queryByText(/sms\/b\.en/)).toBeNull()
  })

  it('tells of a fall with both counts and its interval', async () => {
    answers['/changes'] = json({ program: 'ra', name: 'RA', days: 28, before: 'b', until: 'u', since: 's', reached: [], phases: [{ phase: 'before', name: 'Before', entered: 60, moved_on: 5, entered_before: 60, moved_on_before: 40, difference: -0.58, low: -0.73, high: -0.37, changed: 'fell' }] })
    show(may('people.list'))
    await screen.findByText('Fewer move on from Before')
    expect(document.querySelector('[data-drop]')?.textContent).toBe('5 of 60 who came in the last 28 days moved on; 40 of 60 had in the 28 days before.')
    expect(screen.getByText('That is -58% (-73% to -37%), with an interval of 99 %.')).toBeTruthy()
  })

  it('shows what people wrote to who asks for it, with the purpose said, and notes that it was looked at', async () => {
    const sent: Array<{ path: string, purpose: string | null }> = []
    answers['/stream'] = told({ topic: 'inbox', state: { messages: 2, urgent: 1 } })
    answers['/inbox'] = (r) => { sent.push({ path: new URL(r.url).pathname, purpose: r.headers.get('Attune-Purpose') }); return json({ items: [{ id: 'm1', at: '2027-03-03T08:00:00Z', channel: 'sms', from: '+1202', text: 'Enough of this', verdict: 'unsure', urgent: true, people: ['p1'] }], total: 1 })(r) }
    answers['/take'] = (r) => { sent.push({ path: new URL(r.url).pathname, purpose: null }); return json({ id: 'm1' })(r) }
    show(may('inbox.read', 'inbox.take'))
    await screen.findByText('2 messages wait for somebody to look at them')
    expect(sent).toEqual([])
    await userEvent.click(screen.getByText('Read them'))
    await screen.findByText('Enough of this')
    expect(sent).toEqual([{ path: '/v1/inbox', purpose: 'coordination' }])
    await userEvent.click(screen.getByText('I looked at it'))
    await screen.findByText('It is noted that you looked at it.')
    expect(sent[1]?.path).toBe('/v1/inbox/m1/take')
  })
})
