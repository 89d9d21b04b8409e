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

beforeEach(() => {
  asked = []
  answers = {
    '/programs': json(samplePrograms),
    '/overview': json({ now: '2027-03-01T09:00:00Z', people: null, behind: 0, quarantined: 0, programs: [], waiting: {}, paused: 0, release: 'abc' }),
    '/channels': json([{ channel: 'sms', at_once: 4, breaker: 'open', due: { safety: 1, ordinary: 2 }, later: 5, under_way: 0 }]),
    '/pauses': json([]), '/ceilings': json([]),
    '/roles': json([{ role: 'admin', for: 'Gives roles.', may: ['staff.manage'], sees: [], panel: false }, { role: 'author', for: 'Writes.', may: [], sees: [], panel: false }]),
    '/permissions': json([{ permission: 'staff.manage', means: 'Invite staff.', of_one: false }]),
    '/staff': json({ items: [{ id: 'a1', name: 'Kim Lee', email: 'kim@clinic.example', roles: ['admin'], made: '2027-03-01T09:00:00Z', password: true, factors: ['totp'] }], total: 1 }),
  }
  vi.stubGlobal('fetch', (input: RequestInfo | URL, init?: RequestInit) => {
    const path = new URL(new Request(input instanceof Request ? input : String(input), init).url).pathname
    asked.push(path)
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
})
