// The screen over a server that answers as the contract says: who sees numbers, and what groups lead to.
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { render, screen } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { useState } from 'react'
import { beforeEach, describe, expect, it, vi } from 'vitest'

import type { Me } from '../../api/client'
import { sampleMe } from '../../test-sample'
import { UI } from '../../ui'
import { AudiencesScreen } from './AudiencesScreen'
import { audiencesOf, fileOf, nameOf, usersOf } from './audience'
import type { Search } from './search'

const json = (body: unknown, status = 200) => new Response(JSON.stringify(body), { status, headers: { 'Content-Type': status < 400 ? 'application/json' : 'application/problem+json' } })
const share = (people: number, more = {}) => ({ seen: people, people, low: people, high: people, ...more })
let asked: string[]
let answers: Record<string, (r: Request) => unknown>

beforeEach(() => {
  asked = []
  answers = {
    '/v1/programs': () => [{ id: 'ra', name: 'Joints', phases: [{ id: 'referral', name: 'Referral' }], journeys: [], audiences: ['waiting'], engagements: [] }],
    '/files': () => ({ programs: [{ id: 'ra', files: { 'audiences.yaml': 'audiences:\n  waiting: …\n', 'journeys/call.yaml': 'enter: in_audience("waiting")' } }] }),
    '/values': () => ({ value: { audiences: { waiting: { says: 'Referred and not seen yet', when: 'phase() == "referral"' }, sudden: { when: { on: 'visit.held' } } } }, lines: {} }),
    '/vocabulary': () => ({ functions: [], names: [] }),
    '/v1/rules/read': () => ({ words: ['A person belongs to this audience as long as they wait.'] }),
    '/v1/people/audience': () => ({ at: '2027-03-01T09:00:00Z', known: 2000, looked: 400, whole: false, in: share(120, { seen: 24, low: 81, high: 175 }), some: [] }),
    '/groups': () => ({ program: 'ra', phase: 'referral', basis: {}, tested: 1, groups: [{ says: 'never looked into the portal: 90 people', people: 90, estimated: 45, here: { value: 0.28, low: 0.2, high: 0.37 }, elsewhere: { value: 0.59, low: 0.5, high: 0.66 }, stability: 0.8, when: '!has_happened("portal.visited")', audience: 'x' }] }),
  }
  vi.stubGlobal('fetch', async (input: RequestInfo | URL, init?: RequestInit) => {
    const request = new Request(input instanceof Request ? input : String(input), init)
    const path = new URL(request.url).pathname
    asked.push(path)
    const found = Object.entries(answers).find(([end]) => path.includes(end) && (end !== '/v1/programs' || path === end))
    if (found === undefined) throw new TypeError(`not reached: ${path}`)
    return json(found[1](request))
  })
})

function Screen ({ me, first }: { me: Me, first: Search }) {
  const [s, set] = useState(first)
  return <AudiencesScreen program='ra' search={s} navigate={set} me={me} />
}

const show = (may: string[], first: Search = {}) => render(<QueryClientProvider client={new QueryClient({ defaultOptions: { queries: { retry: false } } })}><UI><Screen me={{ ...sampleMe, may: may as Me['may'] }} first={first} /></UI></QueryClientProvider>)

describe('audiences', () => {
  it('are read in words by who may not list people, of whom no number is asked for', async () => {
    show(['program.read'], { audience: 'waiting' })
    await screen.findByText('A person belongs to this audience as long as they wait.')
    await screen.findByText(/is told to who may list people/)
    expect(asked).not.toContain('/v1/people/audience')
    expect(screen.queryByText('Choose a draft, to keep it')).toBeNull()
    expect(screen.getByText('journeys/call.yaml')).toBeTruthy()
  })

  it('say when a number is reckoned from some, with its interval', async () => {
    show(['program.read', 'people.list'], { audience: 'waiting' })
    expect((await screen.findAllByText('about 120 (81 to 175) of 2,000')).length).toBe(2)
    await screen.findByText(/reckoned from 400 who were looked at/)
  })

  it('whose rule is more than a condition are changed as text', async () => {
    show(['program.read'], { audience: 'sudden' })
    await screen.findByText(/is changed in the text of audiences\.yaml/)
    expect(screen.queryByLabelText('The condition')).toBeNull()
  })

  it('begin with a group that was found', async () => {
    show(['program.read'], { view: 'groups', phase: 'referral' })
    await screen.findByText('28% (20%–37%)')
    await userEvent.click(screen.getByText('Make an audience of it'))
    expect((await screen.findByLabelText<HTMLTextAreaElement>('The condition')).value).toBe('!has_happened("portal.visited")')
    expect(screen.getByLabelText<HTMLInputElement>('Its name, by which rules ask for it').value).toBe('never_looked_into_the_portal')
  })

  it('are read from a file, and written as one', () => {
    expect(audiencesOf({ audiences: { a: 'age() > 3', b: { says: 'B', when: 'true' }, c: { when: { on: 'x' } } } })).toEqual([{ id: 'a', says: '', when: 'age() > 3' }, { id: 'b', says: 'B', when: 'true' }, { id: 'c', says: '', when: undefined }])
    expect(audiencesOf(undefined)).toEqual([])
    expect(fileOf('a', { says: 'Those "there"', when: 'phase() ==\n  "x"' })).toBe('audiences:\n  a: {says: "Those \\"there\\"", when: "phase() == \\"x\\""}\n')
    expect(usersOf({ 'a.yaml': "if: in_audience('waiting') && x", 'b.yaml': 'in_audience("waiting_long")' }, 'waiting')).toEqual(['a.yaml'])
    expect(nameOf('  Espera más de 3 días! ')).toBe('espera_mas_de_3_dias')
  })
})
