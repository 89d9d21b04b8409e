// The screen over a server that answers as the contract says.
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { act, render, screen, within } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { useState } from 'react'
import { beforeEach, describe, expect, it, vi } from 'vitest'

import type { Me } from '../../api/client'
import { sampleLeverage, sampleLived, sampleMap, sampleMe } from '../../test-sample'
import { UI } from '../../ui'
import { MapScreen } from './MapScreen'
import type { Search } from './search'

type Answer = () => Response | Promise<Response>
const json = (body: unknown, status = 200): Answer => () => new Response(JSON.stringify(body), { status, headers: { 'Content-Type': status < 400 ? 'application/json' : 'application/problem+json' } })
const problem = (status: number, detail: string, remedy: string): Answer => json({ type: '/docs/api#problem', title: 'No', status, detail, remedy, request: 'r-1' }, status)

let answers: Record<string, Answer>
let asked: Request[]

beforeEach(async () => {
  await new Promise((r) => { setTimeout(r, 10) }) // the stream of the screen before has ended
  asked = []
  answers = { '/map': json(sampleMap), '/lived': json(sampleLived), '/leverage': json(sampleLeverage) }
  vi.stubGlobal('fetch', (input: RequestInfo | URL, init?: RequestInit) => {
    const request = new Request(input instanceof Request ? input : String(input), init)
    asked.push(request)
    const path = new URL(request.url).pathname
    const found = Object.entries(answers).find(([end]) => path.endsWith(end))
    return found === undefined ? Promise.reject(new TypeError('not reached')) : Promise.resolve(found[1]())
  })
})

let at: Search
function Screen ({ me, first }: { me: Me, first: Search }) {
  const [s, set] = useState(first)
  at = s
  return <MapScreen program='ra' search={s} navigate={set} me={me} />
}

function show (first: Search = {}, me: Me = sampleMe) {
  const client = new QueryClient({ defaultOptions: { queries: { retry: false } } })
  return render(<QueryClientProvider client={client}><UI><Screen me={me} first={first} /></UI></QueryClientProvider>)
}

const number = (id: string) => document.querySelector(`[data-number="${id}"]`)

describe('the map', () => {
  it('shows every number of every phase as it was told', async () => {
    show()
    await screen.findByText('Notices it')
    for (const p of sampleLived.phases) {
      for (const key of ['entered', 'moved_on', 'left', 'waiting', 'here'] as const) expect(number(`phase.${p.phase}.${key}`)?.textContent, `${p.phase} ${key}`).toContain(String(p[key]))
    }
    expect(number('phase.before.overdue')?.textContent).toBe('7 over 42 days')
    expect(number('phase.before.wait')?.textContent).toBe('half moved on in 20 days (16–25)')
    expect(number('phase.before.back')?.textContent).toBe('3 came back')
    expect(number('handoff.asks.waiting')?.textContent).toBe('13 wait')
    expect(screen.getByText('later than 5 days')).toBeTruthy()
  })

  it('says of a card what its colour, bars and dashes mean', async () => {
    show()
    expect(await screen.findByRole('button', { name: /^Asks the practice ?90 ?people ?17 late ?Leverage high\.$/ })).toBeTruthy()
    expect(screen.getByRole('button', { name: /^Meets others ?our guess$/ })).toBeTruthy()
  })

  it('says where to act first, with every reason', async () => {
    show()
    const list = await screen.findByRole('complementary', { name: 'Where to act first' })
    await within(list).findByText('31 people wait over 42 days.')
    expect(within(list).getByText(/heat 4 of 5: high/).textContent).toContain('two lists agree')
  })

  it('opens a moment, shows its parts with their intervals, and goes back with Esc', async () => {
    const user = userEvent.setup()
    show()
    await user.click(await screen.findByRole('button', { name: /Asks the practice/ }))
    const panel = screen.getByRole('complementary', { name: 'Selected moment' })
    expect(within(panel).getByText('410 (320–500) days a year')).toBeTruthy()
    expect(within(panel).getByText('14 (2–24) people helped')).toBeTruthy()
    expect(within(panel).getByText('Age: too few segments')).toBeTruthy()
    for (const key of ['made', 'kept', 'kept_late', 'late', 'open'] as const) expect(within(panel).getByRole('row', { name: new RegExp(`${sampleLived.moments[1]?.[key]}$`) })).toBeTruthy()
    await user.keyboard('{Escape}')
    expect(at.moment).toBeUndefined()
    expect(document.activeElement?.getAttribute('data-moment')).toBe('asks')
  })

  it('is walked with arrow keys: one card is in the order of tabs, Enter opens it', async () => {
    const user = userEvent.setup()
    show()
    const first = await screen.findByRole('button', { name: /Notices it/ })
    act(() => first.focus())
    await user.keyboard('{ArrowDown}{ArrowRight}')
    expect(document.activeElement?.getAttribute('data-moment')).toBe('helped')
    expect([...document.querySelectorAll('[data-moment]')].map((c) => c.getAttribute('tabindex'))).toEqual(['-1', '-1', '0', '-1'])
    await user.keyboard('{Enter}')
    expect(at.moment).toBe('helped')
    await user.keyboard('l')
    expect(at.moment).toBe('asks')
    await user.keyboard('t')
    expect(at.view).toBe('table')
  })

  it('has every number in tables too', async () => {
    show({ view: 'table' })
    const phases = await screen.findByRole('table', { name: 'Phases' })
    expect(within(phases).getByRole('row', { name: /^Before/ }).textContent).toBe('Before12080192121742 days20 (16–25)300')
    expect(within(screen.getByRole('table', { name: 'Moments' })).getByRole('row', { name: /^Asks/ }).textContent).toBe('Asks the practiceBeforePatient90905 days904123179')
    expect(within(screen.getByRole('table', { name: 'Hand-offs' })).getByRole('row', { name: /^Asks/ }).textContent).toBe('Asks the practicePatientGP practice906413136.5 (5–8)5 days')
    expect(within(screen.getByRole('table', { name: 'How it feels' })).getByRole('row', { name: /^Notices/ }).textContent).toBe('Notices itBeforeanxious -0.75-0.433')
  })

  it('opens the people behind a number, by their ids', async () => {
    const user = userEvent.setup()
    answers['/phases/before/passages'] = json({ items: [{ person: 'p1', program: 'ra', phase: 'before', entered: '2026-01-01T00:00:00Z', end: 'left', until: '2026-02-01T00:00:00Z', to: 'declined', here: false }], total: 19 })
    show({ saw: 'notices' })
    await screen.findByText('Notices it')
    await user.click(number('phase.before.left') as HTMLElement)
    expect(at).toMatchObject({ phase: 'before', end: 'left' })
    const dialog = await screen.findByRole('dialog', { name: 'Before: who left' })
    expect((await within(dialog).findByRole('link', { name: 'p1' })).getAttribute('href')).toBe('/console/people/p1')
    expect(document.querySelector('[data-total]')?.getAttribute('data-total')).toBe('19')
    expect(new URL(asked.find((r) => r.url.includes('passages'))?.url ?? '').search).toBe('?saw=notices&end=left&limit=50')
    await user.keyboard('{Escape}')
    expect(at.phase).toBeUndefined()
  })

  it('asks for whom it is told to, and refuses a level without an attribute', async () => {
    const user = userEvent.setup()
    show()
    await user.click(await screen.findByRole('button', { name: /Whose numbers/ }))
    const dialog = await screen.findByRole('dialog', { name: 'Whose numbers' })
    await user.type(within(dialog).getByLabelText('Of whom it is so'), 'female')
    expect(within(dialog).getByText('“female” has no level: write it as attribute:level')).toBeTruthy()
    await user.clear(within(dialog).getByLabelText('Of whom it is so'))
    await user.type(within(dialog).getByLabelText('Of whom it is so'), 'sex:female, area:1')
    await user.selectOptions(within(dialog).getByLabelText('Who saw'), 'notices')
    await user.click(within(dialog).getByRole('button', { name: 'Show these' }))
    expect(at).toEqual({ is: ['sex:female', 'area:1'], saw: 'notices' })
    await vi.waitFor(() => expect(asked.some((r) => r.url.endsWith('/lived?is=sex%3Afemale&is=area%3A1&saw=notices'))).toBe(true))
  })
})

describe('what is not there', () => {
  it('a hidden number says so, draws nothing, and opens nobody', async () => {
    const [before, after] = sampleLived.phases
    answers['/lived'] = json({ ...sampleLived, basis: { ...sampleLived.basis, smallest: 11 }, phases: [{ ...before, left: null, waiting: null }, after] })
    show({}, { ...sampleMe, may: ['people.report'] })
    await screen.findByText('Notices it')
    expect(number('phase.before.left')?.textContent).toBe('hidden left')
    expect(screen.getByText('not drawn: numbers are hidden')).toBeTruthy()
    expect(screen.getByText('Numbers about fewer than 11 people are hidden, and others from which they could be computed.')).toBeTruthy()
    expect(number('phase.before.entered')?.tagName).toBe('SPAN')
  })

  it('who may see no numbers sees the map, and who can help', async () => {
    show({}, { ...sampleMe, may: ['program.read'] })
    await screen.findByText('You see the map without its numbers')
    expect(screen.getByText('Notices it')).toBeTruthy()
    expect(asked.map((r) => new URL(r.url).pathname)).toEqual(['/v1/releases/live/programs/ra/map', '/v1/programs', '/v1/releases/live/programs/ra/values'])
  })

  it('who may not is told what it takes', async () => {
    answers['/map'] = problem(403, 'it takes the permission program.read', 'ask for one of the roles analyst')
    show()
    expect((await screen.findByRole('alert')).textContent).toBe('You may not see thisit takes the permission program.readask for one of the roles analyst')
  })

  it('who was signed out is led to signing in, and back', async () => {
    answers['/map'] = problem(401, 'nobody is known', 'sign in')
    show()
    expect((await screen.findByRole('link', { name: 'Sign in' })).getAttribute('href')).toBe('/')
  })

  it('what is refused says why, what to do and what to call it', async () => {
    answers['/lived'] = problem(422, 'the map has no attribute "x"', 'name what the map has')
    show({ is: ['x:y'] })
    expect((await screen.findByRole('alert')).textContent).toBe('This cannot be shownthe map has no attribute "x"name what the map hasReference: r-1Try again')
  })

  it('a server that is not reached can be asked again', async () => {
    const user = userEvent.setup()
    delete answers['/map']
    show()
    await screen.findByText('The server cannot be reached just now')
    answers['/map'] = json(sampleMap)
    await user.click(screen.getByRole('button', { name: 'Try again' }))
    await screen.findByText('Notices it')
  })

  it('a program without a map, and a map without people, say so', async () => {
    answers['/map'] = json({ ...sampleMap, phases: [], moments: [] })
    const { unmount } = show()
    await screen.findByText('This program has no map yet')
    unmount()
    answers['/map'] = json(sampleMap)
    answers['/lived'] = json({ ...sampleLived, basis: { ...sampleLived.basis, people: 0 } })
    show()
    await screen.findByText('Nobody is on this map yet')
  })

  it('waits in the shape of what comes', async () => {
    answers['/lived'] = () => new Promise(() => {})
    show()
    expect(await screen.findByRole('status', { name: 'Numbers are being fetched' })).toBeTruthy()
  })
})

describe('as it happens', () => {
  const events = (texts: string[], end: boolean): Answer => () => new Response(new ReadableStream({
    async start (out) {
      await screen.findByText('120', { exact: false, selector: '.n' }) // what is told meanwhile is in the answer already
      for (const t of texts) out.enqueue(new TextEncoder().encode(t))
      if (end) out.close()
    },
  }), { headers: { 'Content-Type': 'text/event-stream' } })
  const before = { ...sampleLived.phases[0], here: 22, waiting: 22, entered: 121 }

  it('numbers change with the stream, and the page’s own questions keep no session alive', async () => {
    answers['/stream'] = events([`id: maps_of_care.1\ndata: ${JSON.stringify({ topic: 'maps_of_care', seq: 1, state: { ra: { phases: { before: sampleLived.phases[0], after: sampleLived.phases[1] }, moments: {} } } })}\n\n`, `id: maps_of_care.2\ndata: ${JSON.stringify({ topic: 'maps_of_care', seq: 2, patch: { ra: { phases: { before } } } })}\n\n`], false)
    show()
    await screen.findByText('Notices it')
    await vi.waitFor(() => expect(number('phase.before.entered')?.textContent).toBe('121 came in'))
    expect(number('phase.before.here')?.textContent).toBe('22 here now')
    expect(asked.find((r) => r.url.includes('/stream'))?.headers.get('Attune-Renew') ?? 'no header').toBe('1')
  })

  it('numbers turn grey once nothing is told any more', async () => {
    answers['/stream'] = events([`id: maps_of_care.1\ndata: ${JSON.stringify({ topic: 'maps_of_care', seq: 1, state: {} })}\n\n`], true)
    const { container } = show()
    await screen.findByText('Notices it')
    await vi.waitFor(() => expect(container.querySelector('.map.stale')).not.toBeNull())
  })

  it('leads to the report of whoever is on the screen', async () => {
    show({ is: ['sex:female'] } as Search)
    await userEvent.click(await screen.findByRole('button', { name: 'Report' }))
    const link = await screen.findByText('The same as PDF', {})
    expect(link.closest('a')?.getAttribute('href')).toMatch(/^\/v1\/programs\/ra\/report\/file\?format=pdf&is=sex(:|%3A)female$/)
  })

  it('says what trials changed, beside where to act', async () => {
    const sentence = 'Before → After: 30 of 50 go on within 60 days, and of those who are told nothing but what must be said 10 of 50: changed by 40 (21 to 55) points.'
    answers['/leverage'] = json({ ...sampleLeverage, answer: { ...sampleLeverage.answer, trials: [{ at: 0, layer: 'all', part: '', n: 50, hits: 10, usual: 50, usual_hits: 30, difference: { value: 0.4, lo: 0.21, hi: 0.55 }, p: 0.001, time_p: 0.4, q: 0.002, time_q: 0.4, changed: true, sooner: false, sentence }] } })
    show()
    expect(await screen.findByRole('heading', { name: 'What chance shows' })).toBeTruthy()
    expect(screen.getByText(sentence)).toBeTruthy()
  })
})
