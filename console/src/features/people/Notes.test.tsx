// Writing into a record, over a server that answers as the contract says.
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { render, screen } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { useState } from 'react'
import { beforeEach, describe, expect, it, vi } from 'vitest'

import type { Me } from '../../api/client'
import { sampleMe } from '../../test-sample'
import { UI } from '../../ui'
import { Notes } from './Notes'

let sent: unknown[]
let refuse: boolean

beforeEach(() => {
  sent = []
  refuse = false
  vi.stubGlobal('fetch', async (input: RequestInfo | URL, init?: RequestInit) => {
    const r = new Request(input instanceof Request ? input : String(input), init)
    const json = (status: number, is: unknown) => new Response(JSON.stringify(is), { status, headers: { 'Content-Type': status === 200 ? 'application/json' : 'application/problem+json' } })
    if (r.method === 'GET') return json(200, { lines: [], total: 3 + sent.length })
    if (refuse) return json(422, { type: 'about:blank', title: 'Refused', status: 422, detail: 'it is 4001 characters long', code: 'refused', errors: [] })
    sent.push(await r.json() as unknown)
    return json(200, {})
  })
})

function Page ({ may }: { may: string[] }) {
  const [open, ask] = useState(false)
  return <Notes person='p1' me={{ ...sampleMe, may: may as Me['may'] }} purpose='treatment' open={open} ask={ask} />
}

const show = (...may: string[]) => render(<QueryClientProvider client={new QueryClient()}><UI><Page may={may} /></UI></QueryClientProvider>)
const begin = async () => {
  await userEvent.click(screen.getByRole('button', { name: /^Write it down/ }))
  await screen.findByRole('dialog')
}

describe('writing it down', () => {
  it('is not offered to who may not', () => {
    show('person.read')
    expect(screen.queryByRole('button', { name: /Write it down/ })).toBeNull()
  })

  it('takes a note that has words', async () => {
    show('person.note')
    await begin()
    expect(screen.getByRole<HTMLButtonElement>('button', { name: 'Write' }).disabled).toBe(true)
    await userEvent.type(screen.getByLabelText('What there is to know'), ' Rings before noon ')
    await userEvent.click(screen.getByRole('button', { name: 'Write' }))
    await screen.findByText('It stands in the record.')
    expect(sent).toEqual([{ kind: 'note', text: 'Rings before noon' }])
  })

  it('takes what they told', async () => {
    show('person.note')
    await begin()
    await userEvent.selectOptions(screen.getByLabelText('What it is'), 'told')
    await userEvent.selectOptions(screen.getByLabelText('What they told'), 'barrier')
    await userEvent.type(screen.getByLabelText('In their words'), 'There is no bus')
    await userEvent.click(screen.getByRole('button', { name: 'Write' }))
    await vi.waitFor(() => expect(sent).toEqual([{ kind: 'told', text: 'There is no bus', fact: 'barrier' }]))
  })

  it('takes calls and visits with what came of them', async () => {
    show('person.note')
    await begin()
    await userEvent.selectOptions(screen.getByLabelText('What it is'), 'call')
    await userEvent.type(screen.getByLabelText('Minutes, if you know'), '12')
    await userEvent.click(screen.getByRole('button', { name: 'Write' }))
    await vi.waitFor(() => expect(sent).toEqual([{ kind: 'call', outcome: 'reached', minutes: 12 }]))
  })

  it('says what is wrong, and keeps what was written', async () => {
    refuse = true
    show('person.note')
    await begin()
    await userEvent.type(screen.getByLabelText('What there is to know'), 'Long')
    await userEvent.click(screen.getByRole('button', { name: 'Write' }))
    expect((await screen.findByRole('alert')).textContent).toContain('4001 characters')
    expect(screen.getByLabelText<HTMLTextAreaElement>('What there is to know').value).toBe('Long')
  })
})
