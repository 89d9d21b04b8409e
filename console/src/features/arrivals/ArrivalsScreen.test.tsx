// Arrivals over a server that answers as the contract says: each part in its states, and each button for who may press it.
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { createMemoryHistory, createRootRoute, createRoute, createRouter, RouterProvider } from '@tanstack/react-router'
import { render, screen, within } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { beforeEach, describe, expect, it, vi } from 'vitest'

import type { Me } from '../../api/client'
import { sampleMe } from '../../test-sample'
import { UI } from '../../ui'
import { ArrivalsScreen } from './ArrivalsScreen'
import { fieldsOf } from './fields'
import type { Search } from './search'

type Answer = (r: Request) => Response | Promise<Response>
const json = (body: unknown, status = 200): Answer => () => new Response(JSON.stringify(body), { status, headers: { 'Content-Type': status < 400 ? 'application/json' : 'application/problem+json' } })
const none = json({ items: [], total: 0 })
const quiet = { last: '', minute: 0, hour: 0, today: 0, taken: 0, undeclared: 0, repeated: 0, quarantined: 0, ever: 0, waiting: 0 }
const reason = { source: 'app', field: 'days_supply', reason: 'found text where integer is declared', remedy: 'send it as in this example: 30', events: 2, first: '2027-03-01T09:00:00Z', last: '2027-03-01T10:00:00Z' }

let answers: Record<string, Answer>
let asked: string[]

beforeEach(async () => {
  await new Promise((r) => { setTimeout(r, 10) }) // the stream of the screen before has ended
  asked = []
  answers = {
    'GET /v1/arrivals/now': json({ since: '', sources: {}, lines: {} }), 'GET /v1/arrivals': none, 'GET /v1/sources': json([]), 'GET /v1/quarantine/reasons': none, 'GET /v1/quarantine': none,
    'GET /v1/events/catalogue': none, 'GET /v1/programs': json([]), 'GET /v1/drafts': none,
  }
  vi.stubGlobal('fetch', (input: RequestInfo | URL, init?: RequestInit) => {
    const request = new Request(input instanceof Request ? input : String(input), init)
    const is = `${request.method} ${new URL(request.url).pathname}`
    asked.push(is)
    const found = answers[is]
    return found === undefined ? Promise.reject(new TypeError('not reached')) : Promise.resolve(found(request))
  })
})

const may = (...permissions: string[]): Me => ({ ...sampleMe, may: permissions as Me['may'] })
const all = may('arrivals.read', 'sources.manage', 'quarantine.read', 'quarantine.send', 'program.read', 'program.edit', 'program.check')

function show (me: Me, search: Search = {}) {
  const root = createRootRoute()
  const router = createRouter({ routeTree: root.addChildren([createRoute({ getParentRoute: () => root, path: '/', component: () => <ArrivalsScreen me={me} search={search} navigate={() => {}} /> })]), history: createMemoryHistory({ initialEntries: ['/'] }) })
  return render(<QueryClientProvider client={new QueryClient({ defaultOptions: { queries: { retry: false } } })}><UI><RouterProvider router={router as never} /></UI></QueryClientProvider>)
}

describe('arrivals', () => {
  it('say what they take, and ask nothing, where somebody may not see them', async () => {
    show(may('program.read'))
    await screen.findByText(/takes the permission arrivals\.read/)
    expect(asked).toEqual([])
  })

  it('teach how the first event is sent', async () => {
    show(all)
    await screen.findByText('Nothing can send yet')
    show(all, { part: 'live' })
    await screen.findByText('Nothing arrived yet')
    expect(screen.getByLabelText('A line that sends an event').textContent).toContain("curl -u 'KEY:'")
    show(all, { part: 'unknown' })
    await screen.findByText('Every event that arrived was declared')
    show(all, { part: 'quarantine' })
    await screen.findByText('Nothing is in quarantine')
  })

  it('say that the server is not reached, and try again', async () => {
    delete answers['GET /v1/arrivals/now']
    show(all)
    await screen.findByText('The server cannot be reached just now')
    answers['GET /v1/arrivals/now'] = json({ since: '', sources: { app: quiet }, lines: {} })
    await userEvent.click(screen.getByRole('button', { name: 'Try again' }))
    await screen.findByRole('button', { name: 'app' })
  })

  it('ask for no keys, and have no buttons for them, where somebody may not make them', async () => {
    answers['GET /v1/arrivals/now'] = json({ since: '2027-03-01T09:00:00Z', sources: { app: { ...quiet, taken: 3, ever: 1234 } }, lines: {} })
    show(may('arrivals.read'))
    await screen.findByText('1,234')
    expect(asked).not.toContain('GET /v1/sources')
    expect(screen.queryByRole('button', { name: /New source|Revoke|Replace/ })).toBeNull()
  })

  it('show a new key once, and nothing of it afterwards', async () => {
    answers['POST /v1/sources'] = json({ source: 'portal', write_key: 'wk_secret' }, 201)
    show(all)
    await userEvent.click(await screen.findByRole('button', { name: /New source/ }))
    await userEvent.type(await screen.findByLabelText(/^Name/), 'portal')
    await userEvent.click(screen.getByRole('button', { name: 'Make the key' }))
    await screen.findByText('wk_secret')
    expect(screen.getByLabelText('A line that sends an event').textContent).toContain("curl -u 'wk_secret:'")
    await userEvent.click(screen.getByRole('button', { name: 'I have it' }))
    await vi.waitFor(() => expect(document.body.textContent).not.toContain('wk_secret'))
    expect(JSON.stringify({ ...localStorage, ...sessionStorage })).not.toContain('wk_secret')
  })

  it('say why a key cannot be made', async () => {
    answers['POST /v1/sources'] = json({ type: 'x', title: 'Refused', status: 422, detail: '"attune" is Attune’s own name' }, 422)
    show(all)
    await userEvent.click(await screen.findByRole('button', { name: /New source/ }))
    await userEvent.type(await screen.findByLabelText(/^Name/), 'attune')
    await userEvent.click(screen.getByRole('button', { name: 'Make the key' }))
    expect((await screen.findByRole('alert')).textContent).toContain('own name')
  })

  it('say of each arrival what became of it, and why, the newest first', async () => {
    answers['GET /v1/arrivals/now'] = json({ since: '2027-03-01T09:00:00Z', sources: { app: quiet }, lines: { 9: { at: '2027-03-01T09:00:01Z', source: 'app', event: 'portal.visited', became: 'taken', field: '', reason: '' }, 10: { at: '2027-03-01T09:00:02Z', source: 'app', event: '', became: 'quarantined', field: 'type', reason: 'it is not known' } } })
    show(all, { part: 'live' })
    const rows = within(await screen.findByRole('region', { name: 'Newest arrivals' })).getAllByRole('row').slice(1).map((r) => r.textContent)
    expect(rows[0]).toContain('no name that can be shown')
    expect(rows[0]).toContain('type: it is not known')
    expect(rows[1]).toContain('portal.visitedtaken in')
  })

  it('let nobody read, send again or drop what is in quarantine who may not', async () => {
    answers['GET /v1/quarantine/reasons'] = json({ items: [reason], total: 1 })
    answers['GET /v1/quarantine'] = json({ items: [{ event: 'e1', at: reason.last, ...reason }], total: 1 })
    show(may('arrivals.read'), { part: 'quarantine' })
    await userEvent.click(await screen.findByRole('button', { name: 'Show them' }))
    await screen.findByText(/takes the permission quarantine\.read/)
    expect(screen.queryByRole('button', { name: /^(Open|Send|Drop)/ })).toBeNull()
  })

  it('say what came of sending again', async () => {
    answers['GET /v1/quarantine/reasons'] = json({ items: [reason], total: 1 })
    let body: unknown
    answers['POST /v1/quarantine/retry'] = async (r) => { body = await r.json(); return json({ taken: 1, still: [{ event: 'e1', at: reason.last, ...reason }], left: 7 })(r) }
    show(all, { part: 'quarantine' })
    await userEvent.click(await screen.findByRole('button', { name: 'Send all again' }))
    await screen.findByText('1 event was taken in. 1 still cannot be used: days_supply: found text where integer is declared; send it as in this example: 30. 7 more wait: send again once more.')
    expect(body).toEqual({ source: 'app', field: 'days_supply', reason: 'found text where integer is declared' })
  })

  it('drop nothing without a reason', async () => {
    answers['GET /v1/quarantine/reasons'] = json({ items: [reason], total: 1 })
    show(all, { part: 'quarantine' })
    await userEvent.click(await screen.findByRole('button', { name: 'Drop all' }))
    const dialog = await screen.findByRole('dialog')
    expect((within(dialog).getByRole('button', { name: 'Drop' }) as HTMLButtonElement).disabled).toBe(true)
  })
})

describe('fields of an unknown event', () => {
  const of = (types: Record<string, number>, name = 'f') => fieldsOf({ properties: [{ name, types }] })[0]
  it('have the narrowest type that takes all that was seen', () => {
    expect([{ integer: 3 }, { integer: 2, number: 1 }, { time: 1 }, { time: 1, text: 1 }, { flag: 1 }, { list: 1 }].map((t) => of(t as unknown as Record<string, number>)?.type)).toEqual(['integer', 'number', 'time', 'text', 'flag', 'list'])
  })
  it('are left out where no type takes all, or rules cannot write the name', () => {
    expect(of({ integer: 1, text: 1 })).toMatchObject({ use: false, not: '' })
    expect(of({ text: 1 }, 'a.b')).toMatchObject({ use: false, not: 'rules cannot write this name' })
    expect(of({ text: 1 })).toMatchObject({ use: true, sensitivity: 'clinical' })
  })
})
