// The settings over a server that answers as the contract says: each part for who may see it.
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { createMemoryHistory, createRootRoute, createRoute, createRouter, RouterProvider } from '@tanstack/react-router'
import { render, screen, within } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { beforeEach, describe, expect, it, vi } from 'vitest'

import type { Me } from '../../api/client'
import { sampleMe, samplePrograms } from '../../test-sample'
import { UI } from '../../ui'
import { SettingsScreen } from './SettingsScreen'

type Answer = () => Response
const json = (body: unknown, status = 200): Answer => () => new Response(JSON.stringify(body), { status, headers: { 'Content-Type': status < 400 ? 'application/json' : 'application/problem+json' } })

let answers: Record<string, Answer>
let asked: string[]
let sent: Array<{ method: string, path: string, body: unknown }>

beforeEach(() => {
  asked = []
  sent = []
  answers = {
    '/programs': json(samplePrograms),
    '/overview': json({ now: '2027-03-01T09:00:00Z', people: null, behind: 0, quarantined: 0, programs: [], waiting: {}, paused: 0, release: 'abc' }),
    '/channels': json([{ channel: 'sms', at_once: 4, breaker: 'open', due: { safety: 1, ordinary: 2 }, later: 5, under_way: 0 }]),
    '/pauses': json([]), '/ceilings': json([]),
    '/roles': json([{ role: 'admin', for: 'Gives roles.', may: ['staff.manage'], sees: [], panel: false }, { role: 'author', for: 'Writes.', may: [], sees: [], panel: false }]),
    '/permissions': json([{ permission: 'staff.manage', means: 'Invite staff.', of_one: false }]),
    '/staff': json({ items: [{ id: 'a1', name: 'Kim Lee', email: 'kim@clinic.example', roles: ['admin'], made: '2027-03-01T09:00:00Z', password: true, factors: ['totp'] }], total: 1 }),
  }
  vi.stubGlobal('fetch', async (input: RequestInfo | URL, init?: RequestInit) => {
    const r = new Request(input instanceof Request ? input : String(input), init)
    const path = new URL(r.url).pathname
    asked.push(path)
    if (r.method !== 'GET') {
      const text = await r.text()
      sent.push({ method: r.method, path, body: text === '' ? undefined : JSON.parse(text) as unknown })
    }
    const found = Object.entries(answers).find(([end]) => path.endsWith(end))
    return found === undefined ? Promise.reject(new TypeError('not reached')) : Promise.resolve(found[1]())
  })
})

function show (part: string | undefined, may: string[], pausing = false) {
  const me: Me = { ...sampleMe, may }
  const root = createRootRoute()
  const at = createRoute({ getParentRoute: () => root, path: '/', component: () => <SettingsScreen {...(part === undefined ? {} : { part })} pausing={pausing} setPausing={() => undefined} navigate={() => undefined} me={me} /> })
  const router = createRouter({ routeTree: root.addChildren([at]), history: createMemoryHistory() })
  const client = new QueryClient({ defaultOptions: { queries: { retry: false } } })
  render(<QueryClientProvider client={client}><UI><RouterProvider router={router as never} /></UI></QueryClientProvider>)
}

describe('the settings', () => {
  it('ask for nothing that whoever looks may not see, and say what it takes', async () => {
    show('health', ['program.read'])
    await screen.findByText(/takes the permission delivery\.read/)
    expect(asked.filter((p) => /overview|channels|pauses|staff/.test(p))).toEqual([])
    expect(screen.queryByRole('link', { name: /Channels/ })).toBeNull()
  })

  it('have no button that pauses for who may only look, and say that numbers are hidden', async () => {
    show(undefined, ['delivery.read'])
    await screen.findByText('Nothing is held back.')
    expect(screen.queryByRole('button', { name: 'Pause all sending' })).toBeNull()
    expect(screen.getByText('hidden')).toBeTruthy()
  })

  it('say how many messages would wait, and pause only once the word is typed', async () => {
    show('health', ['delivery.read', 'delivery.control'], true)
    await screen.findByText(/3 messages are due now and wait; 5 more become due later/)
    const does = () => within(screen.getByRole('dialog')).getByRole<HTMLButtonElement>('button', { name: 'Pause all sending' })
    await userEvent.type(screen.getByLabelText(/Why\?/), 'Wrong words')
    expect(does().disabled).toBe(true)
    await userEvent.type(screen.getByLabelText(/Type PAUSE/), 'pause')
    expect(does().disabled).toBe(false)
  })

  it('say that a carrier does not answer', async () => {
    show('channels', ['delivery.read'])
    await screen.findByText(/its carrier does not answer/)
  })

  it('say that the server cannot be reached', async () => {
    delete answers['/overview']
    show('health', ['delivery.read'])
    await screen.findByText('The server cannot be reached just now')
  })

  it('let nobody end their own access, nor take from themselves what gives roles', async () => {
    show('roles', ['staff.manage'])
    await userEvent.click(await screen.findByRole('button', { name: /^Change/ }))
    expect(screen.queryByRole('button', { name: /End access/ })).toBeNull()
    await userEvent.click(await screen.findByLabelText('author'))
    await userEvent.click(screen.getByLabelText('admin'))
    await screen.findByText(/you could give nobody a role any more/)
    expect(screen.getByRole<HTMLButtonElement>('button', { name: 'Change it' }).disabled).toBe(true)
  })

  it('show a new token this once, and make none of a script that may nothing', async () => {
    answers['/me/tokens'] = json({ items: [] })
    answers['/services'] = json({ items: [], total: 0 })
    const made: unknown[] = []
    answers['/v1/tokens'] = () => json(sent.length === made.length ? { items: [], total: 0 } : { id: 't1', name: 'nightly', roles: ['author'], made: '2027-03-01T09:00:00Z', ends: '2027-05-30T09:00:00Z', token: (made.push(sent), 'att_secret') })()
    show('keys', ['staff.manage'])
    await screen.findByText('Nobody else has a token, and no script.')
    await userEvent.click(screen.getByRole('button', { name: 'Make a token for a script' }))
    const dialog = within(await screen.findByRole('dialog'))
    await userEvent.type(dialog.getByLabelText('What it is for *'), 'nightly')
    expect(dialog.getByRole<HTMLButtonElement>('button', { name: 'Make it' }).disabled).toBe(true)
    await userEvent.click(await dialog.findByLabelText('author'))
    await userEvent.click(dialog.getByRole('button', { name: 'Make it' }))
    await screen.findByText('att_secret')
    expect(sent).toEqual([{ method: 'POST', path: '/v1/tokens', body: { name: 'nightly', ends: expect.any(String), roles: ['author'], programs: [] } }])
    await userEvent.keyboard('{Escape}')
    await vi.waitFor(() => expect(screen.queryByText('att_secret')).toBeNull())
  })

  it('show nobody else’s tokens to who does not manage staff', async () => {
    answers['/me/tokens'] = json({ items: [{ id: 't1', name: 'laptop', roles: [], account: 'a1', made: '2027-03-01T09:00:00Z', ends: '2027-05-30T09:00:00Z', used: '0001-01-01T00:00:00Z' }] })
    show('keys', [])
    await screen.findByText('never used')
    screen.getByText(/seen by who manages staff/)
    expect(asked.filter((p) => /\/(services|v1\/tokens)$/.test(p))).toEqual([])
  })

  it('take a system’s keys as an address or as they are, and not what is neither', async () => {
    answers['/me/tokens'] = json({ items: [] })
    answers['/v1/tokens'] = json({ items: [], total: 0 })
    answers['/services'] = json({ items: [], total: 0 })
    show('keys', ['staff.manage'])
    await userEvent.click(await screen.findByRole('button', { name: 'Give a system an account' }))
    const dialog = within(await screen.findByRole('dialog'))
    const does = () => dialog.getByRole<HTMLButtonElement>('button', { name: 'Give it an account' })
    await userEvent.type(dialog.getByLabelText('Name *'), 'ehr')
    await userEvent.click(dialog.getByLabelText('Or its public keys'))
    await userEvent.paste('{"keys":[')
    await dialog.findByText('This is no JSON.')
    expect(does().disabled).toBe(true)
    await userEvent.paste(']}')
    expect(does().disabled).toBe(false)
    await userEvent.type(dialog.getByLabelText('Where it publishes its public keys'), 'https://ehr.example/jwks')
    await dialog.findByText('Give one of the two.')
    expect(does().disabled).toBe(true)
    await userEvent.clear(dialog.getByLabelText('Or its public keys'))
    await userEvent.click(does())
    await vi.waitFor(() => expect(sent).toEqual([{ method: 'POST', path: '/v1/services', body: { name: 'ehr', roles: ['service'], programs: [], jwks_uri: 'https://ehr.example/jwks' } }]))
  })

  it('say the same as who asked first to raise a ceiling, and leave who asked waiting', async () => {
    const of = (engagement: string, account: string) => ({ program: 'ra', engagement, hour: 1, day: 2000, ceiling_day: 2000, waiting: 7, asked: { to: 5000, for: '24h', by: 'Lee', account, until: '2027-03-01T10:00:00Z' } })
    answers['/ceilings'] = json([of('first_word', 'account/a2'), of('second_word', 'account/a1'), { program: 'ra', engagement: 'third_word', hour: 0, day: 1, ceiling_day: 2000 }, { program: 'ra', engagement: 'fourth_word', hour: 0, day: 1 }])
    answers['/raise'] = json({ program: 'ra', engagement: 'first_word', to: 5000, for: '24h', asked_by: 'Lee', by: 'Kim Lee', at: '', until: '2027-03-02T09:00:00Z' })
    show('health', ['delivery.read', 'ceiling.raise'])
    await screen.findByText(/Somebody else has to ask for the same until/)
    expect(screen.getAllByRole('button', { name: /^Raise/ })).toHaveLength(1)
    await userEvent.click(screen.getByRole('button', { name: /^Say so too/ }))
    const dialog = within(await screen.findByRole('dialog'))
    dialog.getByText(/7 messages wait above it and go out then/)
    expect(dialog.getByLabelText<HTMLInputElement>('How many a day *').disabled).toBe(true)
    await userEvent.click(dialog.getByRole('button', { name: 'Say so too' }))
    await screen.findByText(/It may say 5,000 a day until/)
    expect(sent).toEqual([{ method: 'POST', path: '/v1/ceilings/raise', body: { program: 'ra', engagement: 'first_word', to: 5000, for: '24h' } }])
  })
})
