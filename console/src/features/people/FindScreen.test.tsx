// Finding people over a server that answers as the contract says: nobody before one asks, a reason for who is outside, and a word about who may be one person.
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { render, screen, within } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { beforeEach, describe, expect, it, vi } from 'vitest'

import type { Me } from '../../api/client'
import { sampleMe } from '../../test-sample'
import { UI } from '../../ui'
import { FindScreen } from './FindScreen'

interface Sent { method: string, path: string, body: unknown, purpose: string | null }
let sent: Sent[]
let answers: Record<string, unknown>

const record = (person: string, name: string) => ({ person, kind: 'patient', name, birth_date: '1961-04-30' })

beforeEach(() => {
  sent = []
  answers = { '/duplicates': { pairs: [], all: 0, waiting: 0, crowds: 0 } }
  vi.stubGlobal('fetch', async (input: RequestInfo | URL, init?: RequestInit) => {
    const r = new Request(input instanceof Request ? input : String(input), init)
    const path = new URL(r.url).pathname
    const body = r.method === 'GET' ? undefined : await r.json() as unknown
    sent.push({ method: r.method, path, body, purpose: r.headers.get('Attune-Purpose') })
    const found = Object.entries(answers).find(([end]) => path.endsWith(end))
    return found === undefined ? Promise.reject(new TypeError('not reached')) : new Response(JSON.stringify(found[1]), { headers: { 'Content-Type': 'application/json' } })
  })
})

const show = (open: (p: string) => void, ...may: string[]) => render(<QueryClientProvider client={new QueryClient({ defaultOptions: { queries: { retry: false } } })}><UI><FindScreen me={{ ...sampleMe, may: may as Me['may'] }} open={open} /></UI></QueryClientProvider>)

describe('finding people', () => {
  it('says who can give the permission, where one has none, and asks for nobody', () => {
    show(vi.fn(), 'work.read')
    expect(screen.getByText(/people\.find/)).toBeTruthy()
    expect(sent).toEqual([])
  })

  it('opens somebody outside the panel with a reason alone, for the purpose that was chosen', async () => {
    answers['/people/search'] = { people: [], more: 0, outside: 'p1' }
    answers['/openings'] = { id: 'o', by: 'kim', person: 'p1', at: 'a', until: 'u', review_by: 'r' }
    const open = vi.fn()
    show(open, 'people.find', 'glass.break')
    await userEvent.selectOptions(screen.getByLabelText('For'), 'safety')
    await userEvent.type(screen.getByLabelText(/Identifier/), 'ehr:p-1042{Enter}')
    await userEvent.click(await screen.findByRole('button', { name: 'Open their record, with a reason' }))
    const dialog = within(await screen.findByRole('dialog'))
    expect((dialog.getByRole('button', { name: 'Open it' }) as HTMLButtonElement).disabled).toBe(true)
    await userEvent.type(dialog.getByLabelText(/Why it has to be/), 'She stands here')
    await userEvent.click(dialog.getByRole('button', { name: 'Open it' }))
    await vi.waitFor(() => expect(open).toHaveBeenCalledWith('p1'))
    expect(sent.filter((s) => s.method === 'POST')).toEqual([
      { method: 'POST', path: '/v1/people/search', body: { id: 'ehr:p-1042' }, purpose: 'safety' },
      { method: 'POST', path: '/v1/people/p1/openings', body: { reason: 'She stands here' }, purpose: null },
    ])
  })

  it('lets who may say that two records are one person, or are not, once it was asked, and asks no more though the list still has them', async () => {
    const pair = (one: string, other: string) => ({ one: record(one, 'John Smith'), other: record(other, 'Jon Smyth'), state: 'open', for: [{ code: 'names', words: `names sound alike, ${one}` }], against: [], since: 's' })
    answers['/duplicates'] = { pairs: [pair('p1', 'p2'), pair('p3', 'p4')], all: 2, waiting: 0, crowds: 0 }
    answers['/merge'] = {}
    answers['/different'] = {}
    show(vi.fn(), 'people.find', 'person.merge')
    for (const [asks, says, one] of [['One person', 'They are one', 'p1'], ['Two people', 'They are two', 'p3']] as const) {
      const of = (await screen.findByText(`For it: names sound alike, ${one}`)).closest('article') as HTMLElement
      await userEvent.click(within(of).getByRole('button', { name: asks }))
      const dialog = within(await screen.findByRole('dialog'))
      await userEvent.type(dialog.getByLabelText('How it is known'), 'Asked')
      await userEvent.click(dialog.getByRole('button', { name: says }))
      await vi.waitFor(() => expect(screen.queryByRole('dialog')).toBeNull())
      expect(screen.queryByText(`For it: names sound alike, ${one}`)).toBeNull()
    }
    expect(sent.filter((s) => s.method === 'POST').map((s) => [s.path, s.body])).toEqual([
      ['/v1/people/p1/merge', { of: 'p2', note: 'Asked' }], ['/v1/duplicates/different', { one: 'p3', other: 'p4', note: 'Asked' }],
    ])
  })

  it('shows pairs to who may not decide, without the buttons', async () => {
    answers['/duplicates'] = { pairs: [{ one: record('p1', 'John Smith'), other: record('p2', 'Jon Smyth'), state: 'open', for: [], against: [], since: 's' }], all: 1, waiting: 0, crowds: 0 }
    show(vi.fn(), 'people.find')
    await screen.findByText('John Smith')
    expect(screen.queryByRole('button', { name: 'One person' })).toBeNull()
  })
})
