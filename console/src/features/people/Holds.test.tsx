// Leaving somebody alone, over a server that answers as the contract says.
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { render, screen } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { useState } from 'react'
import { beforeEach, describe, expect, it, vi } from 'vitest'

import type { Schemas } from '@attune/client'

import type { Me } from '../../api/client'
import { sampleMe } from '../../test-sample'
import { UI } from '../../ui'
import { Holds, type Doing } from './Holds'

const hold = (name: string, until: string) => ({ hold: name, since: '2026-11-01T00:00:00Z', until, event: 'e' })
const somebody = (...holds: Array<ReturnType<typeof hold>>) => ({ id: 'p1', kind: 'patient', traits: {}, holds } as unknown as Schemas['PersonState'])

let sent: Array<{ method: string, path: string, body: unknown }>
let refuse: boolean
let now: Schemas['PersonState']

beforeEach(() => {
  sent = []
  refuse = false
  now = somebody()
  vi.stubGlobal('fetch', async (input: RequestInfo | URL, init?: RequestInit) => {
    const r = new Request(input instanceof Request ? input : String(input), init)
    const json = (status: number, is: unknown) => new Response(JSON.stringify(is), { status, headers: { 'Content-Type': status === 200 ? 'application/json' : 'application/problem+json' } })
    if (r.method === 'GET') return json(200, now)
    sent.push({ method: r.method, path: new URL(r.url).pathname, body: await r.json() as unknown })
    if (refuse) return json(422, { type: 'about:blank', title: 'It cannot end before it begins', status: 422, detail: 'It cannot end before it begins', code: 'refused', errors: [] })
    now = r.method === 'PUT' ? somebody(hold('bereavement', 'never')) : somebody()
    return json(200, {})
  })
})

function Page ({ s, may }: { s: Schemas['PersonState'], may: string[] }) {
  const [doing, ask] = useState<Doing>()
  return <Holds person='p1' s={s} me={{ ...sampleMe, may: may as Me['may'] }} purpose='treatment' doing={doing} ask={ask} />
}
const show = (s: Schemas['PersonState'], ...may: string[]) => render(<QueryClientProvider client={new QueryClient({ defaultOptions: { queries: { retry: false } } })}><UI><Page s={s} may={may} /></UI></QueryClientProvider>)

describe('leaving somebody alone', () => {
  it('shows what they are left alone for to everybody, and buttons to who may', () => {
    show(somebody(hold('crisis', 'never')), 'person.read')
    expect(screen.getByText(/a crisis, until somebody says that it is over/)).toBeTruthy()
    expect(screen.queryByRole('button')).toBeNull()
  })

  it('says until when it lasts, where it ends by itself', () => {
    show(somebody(hold('complaint', '2027-04-01T00:00:00Z')), 'person.hold')
    expect(screen.getByText(/a complaint, until .*2027/)).toBeTruthy()
  })

  it('does not end what somebody has to read first', () => {
    show(somebody(hold('unsure_stop', 'never')), 'person.hold')
    expect(screen.queryByRole('button', { name: 'It is over' })).toBeNull()
  })

  it('says what follows, and sends what for, until when and what there is to remember', async () => {
    show(somebody(), 'person.hold')
    await userEvent.click(screen.getByRole('button', { name: /Leave them alone/ }))
    await screen.findByText(/No program says anything to them meanwhile/)
    await userEvent.type(screen.getByLabelText('What there is to remember'), 'Her mother died')
    await userEvent.click(screen.getByRole('button', { name: 'Leave alone' }))
    await screen.findByText('They are left alone now.')
    expect(sent).toEqual([{ method: 'PUT', path: '/v1/people/p1/holds/bereavement', body: { note: 'Her mother died' } }])
  })

  it('says why it was refused, and keeps what was typed', async () => {
    refuse = true
    show(somebody(), 'person.hold')
    await userEvent.click(screen.getByRole('button', { name: /Leave them alone/ }))
    await userEvent.type(await screen.findByLabelText('What there is to remember'), 'Her mother died')
    await userEvent.click(screen.getByRole('button', { name: 'Leave alone' }))
    expect((await screen.findByRole('alert')).textContent).toMatch(/cannot end before/)
    expect(screen.getByLabelText<HTMLInputElement>('What there is to remember').value).toBe('Her mother died')
  })
})
