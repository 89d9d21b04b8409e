// The queue over a server that answers as the contract says: what each may see and do, and what is said where that is not all.
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { act, render, screen } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { useState } from 'react'
import { beforeEach, describe, expect, it, vi } from 'vitest'

import type { Me } from '../../api/client'
import { sampleMe } from '../../test-sample'
import { UI } from '../../ui'
import type { Work } from './model'
import type { Search } from './search'
import { WorkScreen } from './WorkScreen'

type Answer = (r: Request) => Response | Promise<Response>
const json = (body: unknown, status = 200): Answer => () => new Response(JSON.stringify(body), { status, headers: { 'Content-Type': status < 400 ? 'application/json' : 'application/problem+json' } })
const work = (request: string, more: Partial<Work> = {}): Work => ({ request, kind: 'contact', what: 'call: how_it_goes', outcomes: ['reached', 'no_answer', 'refused', 'call_back', 'wrong_person'], person: 'p1', program: 'ra', since: '2027-03-01T09:00:00Z', due: '2027-03-02T09:00:00Z', ...more })
const list = (...items: Work[]) => json({ items, total: items.length })

let answers: Record<string, Answer>
let asked: Array<{ path: string, body: unknown }>

beforeEach(async () => {
  await new Promise((r) => { setTimeout(r, 10) }) // the stream of the screen before has ended
  asked = []
  answers = { '/v1/work': list(work('w1')) }
  vi.stubGlobal('fetch', async (input: RequestInfo | URL, init?: RequestInit) => {
    const request = new Request(input instanceof Request ? input : String(input), init)
    const path = new URL(request.url).pathname
    const text = await request.clone().text()
    asked.push({ path, body: text === '' ? undefined : JSON.parse(text) as unknown })
    const found = Object.entries(answers).find(([end]) => path.endsWith(end))
    if (found === undefined) throw new TypeError('not reached')
    return found[1](request)
  })
})

function Screen ({ me, first }: { me: Me, first: Search }) {
  const [s, set] = useState(first)
  return <WorkScreen search={s} navigate={set} me={me} />
}

const show = (me: Me, first: Search = {}) => render(<QueryClientProvider client={new QueryClient({ defaultOptions: { queries: { retry: false } } })}><UI><Screen me={me} first={first} /></UI></QueryClientProvider>)
const may = (...permissions: string[]): Me => ({ ...sampleMe, may: permissions as Me['may'] })
const nurse = may('work.read', 'work.do')

describe('the work queue', () => {
  it('says who sees work to whom it is not shown, and asks for nothing', () => {
    show(may('program.read'))
    expect(screen.getByText(/^Work is seen by care coordinators/)).toBeTruthy()
    expect(asked).toEqual([])
  })

  it('is looked at by who does not do it, with no button that does', async () => {
    show(may('work.read'), { work: 'w1' })
    await screen.findByText('You see work, and do not do it: care coordinators and clinicians do.')
    expect(screen.queryByText('Take it')).toBeNull()
    expect(screen.queryByText('Hand it over')).toBeNull()
  })

  it('says what went wrong, and that nothing waits', async () => {
    answers['/v1/work'] = json({ type: '/docs/api#problem', title: 'It did not work', status: 500, detail: 'the disk is full', request: 'r-1' }, 500)
    const { unmount } = show(nurse)
    await screen.findByText('the disk is full')
    expect(screen.getByText('Reference: r-1')).toBeTruthy()
    unmount()
    answers['/v1/work'] = list()
    show(nurse)
    await screen.findByText('Nothing waits')
  })

  it('shows what was somebody’s no longer once another has it', async () => {
    answers['/claim'] = () => { answers['/v1/work'] = list(work('w1', { by: 'Kim Lee', claimed_until: '2027-03-01T10:00:00Z' })); return json({ ...work('w1', { by: 'Kim Lee' }), name: 'Asha Patel', script: 'Ask how it goes' })(new Request('http://x')) as Response }
    show(nurse, { work: 'w1' })
    await userEvent.click(await screen.findByText('Take it'))
    await screen.findByText('Asha Patel')
    await screen.findByText('Ask how it goes')
    answers['/release'] = () => { answers['/v1/work'] = list(work('w1', { by: 'Lee', claimed_until: '2027-03-01T10:30:00Z' })); return new Response(null, { status: 204 }) }
    await userEvent.click(screen.getByText('Give it back'))
    await userEvent.click((await screen.findByRole('dialog')).querySelector('button[data-autofocus]') as HTMLElement)
    await screen.findByText(/^Lee has it until .* Whom it is about is shown to them alone\.$/)
    expect(screen.queryByText('Asha Patel')).toBeNull()
  })

  it('sends how a call went with the note, the minutes, and when they want to be called', async () => {
    answers['/v1/work'] = list(work('w1', { by: 'Kim Lee', claimed_until: '2027-03-01T10:00:00Z' }))
    answers['/claim'] = json({ ...work('w1', { by: 'Kim Lee' }), name: 'Asha Patel', to: '+12025550140' })
    answers['/done'] = json(work('w1'))
    show(nurse, { work: 'w1' })
    await userEvent.click(await screen.findByText('Show whom it is about'))
    await userEvent.type(await screen.findByLabelText(/^Note/), 'At work now')
    await userEvent.type(screen.getByLabelText('Minutes'), '3')
    await act(async () => { (document.querySelector('[data-outcome="call_back"]') as HTMLElement).click() })
    await userEvent.click(await screen.findByText('Call back then'))
    await vi.waitFor(() => expect(asked.some((a) => a.path.endsWith('/done'))).toBe(true))
    const sent = asked.find((a) => a.path.endsWith('/done'))?.body as Record<string, unknown>
    expect(sent).toMatchObject({ outcome: 'call_back', note: 'At work now', minutes: 3 })
    expect(new Date(String(sent['at'])).getTime()).toBeGreaterThan(Date.now())
  })
})
