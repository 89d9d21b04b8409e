// A document for paper is asked for by who presses the button.
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { render, screen, waitFor } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { afterEach, expect, it, vi } from 'vitest'

import { Refused } from '../api/client'
import { UI } from '../ui'
import { Paper } from './Paper'

afterEach(() => { vi.restoreAllMocks() })

const shown = (ask: () => Promise<Blob>) => render(<QueryClientProvider client={new QueryClient()}><UI><Paper name='welcome' ask={ask}>As PDF</Paper></UI></QueryClientProvider>)

it('asks once it is pressed, and gives what comes as a file of that name', async () => {
  const saved: string[] = []
  URL.createObjectURL = () => 'blob:it'
  URL.revokeObjectURL = () => undefined
  vi.spyOn(HTMLAnchorElement.prototype, 'click').mockImplementation(function (this: HTMLAnchorElement) { saved.push(`${this.download} ${this.href}`) })
  const ask = vi.fn(() => Promise.resolve(new Blob(['%PDF-1.7'])))
  shown(ask)
  expect(ask).not.toHaveBeenCalled()
  await userEvent.click(screen.getByRole('button', { name: 'As PDF' }))
  await waitFor(() => expect(saved).toEqual(['welcome.pdf blob:it']))
})

it('says what stands against it, and gives no file', async () => {
  const click = vi.spyOn(HTMLAnchorElement.prototype, 'click')
  shown(() => Promise.reject(new Refused({ type: '', title: 'This is not possible', status: 422, detail: 'journeys/welcome.yaml: steps are missing', remedy: 'add steps' })))
  await userEvent.click(screen.getByRole('button', { name: 'As PDF' }))
  expect(await screen.findByText(/steps are missing/)).toBeTruthy()
  expect(screen.getByRole('dialog', { name: 'It was not written' })).toBeTruthy()
  expect(click).not.toHaveBeenCalled()
})
