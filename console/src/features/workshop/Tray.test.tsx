// The tray of a workshop: what is written while an answer is under way stays.
import { fireEvent, render, screen } from '@testing-library/react'
import { act as settle } from 'react'
import { describe, expect, it } from 'vitest'

import { UI } from '../../ui'
import type { MapWritten } from '../map/written'
import { Tray } from './Tray'
import type { Act, Workshop } from './useWorkshop'

const map: MapWritten = { phases: [{ id: 'p', name: 'Before' }], stakeholders: [{ id: 's', name: 'Patient' }], moments: [], lifecycle: {} }
const workshop: Workshop = { draft: 'd', on: true, notes: [{ note: 'n1', text: 'A nurse rings', by: 'Kim', at: '2027-03-01T09:00:00Z' }], voting: false, dots: 3, mine: {}, sums: {}, voters: 0, here: [] }

/** Shows the tray over acts that are answered only when the test says so. */
function show () {
  const asked: Array<{ act: Act, answer: (ok: boolean) => Promise<void> }> = []
  render(<UI><Tray is={workshop} map={map} program='ra' near={undefined} today={() => undefined}
    act={(act) => new Promise((resolve) => asked.push({ act, answer: (ok) => settle(async () => resolve(ok)) }))} /></UI>)
  const field = screen.getByRole<HTMLInputElement>('textbox', { name: 'A note' })
  const write = (text: string) => fireEvent.change(field, { target: { value: text } })
  return { asked, field, write, enter: () => fireEvent.submit(field.form as HTMLFormElement) }
}

describe('the tray of a workshop', () => {
  it('is free for the next note at once, and keeps what is written while the first is answered', async () => {
    const { asked, field, write, enter } = show()
    write('First')
    enter()
    expect(field.value).toBe('')
    write('Second')
    await asked[0]?.answer(true)
    expect(field.value).toBe('Second')
    enter()
    expect(asked.map((a) => a.act.text)).toEqual(['First', 'Second'])
  })

  it('gives a note back that was not taken, unless another is being written', async () => {
    const { asked, field, write, enter } = show()
    write('First')
    enter()
    await asked[0]?.answer(false)
    expect(field.value).toBe('First')
    enter()
    write('Second')
    await asked[1]?.answer(false)
    expect(field.value).toBe('Second')
  })

  it('places a note in the cell that is chosen, under an id of its words', () => {
    const { asked } = show()
    fireEvent.click(screen.getByRole('button', { name: /^Place\s*A nurse rings$/ }))
    fireEvent.click(screen.getByRole('button', { name: 'Place it' }))
    expect(asked[0]?.act).toEqual({ do: 'place', note: 'n1', phase: 'p', lane: 's', id: 'a_nurse_rings' })
  })
})
