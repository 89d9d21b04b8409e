import { fireEvent, render, screen } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { expect, it, vi } from 'vitest'

import { UI } from '.'
import { TextField } from './fields'

it('a field gives on what was written once, by Enter or by leaving it, and takes it back with Escape', async () => {
  const user = userEvent.setup()
  const commit = vi.fn()
  const { rerender } = render(<UI><TextField label='Name' value='one' commit={commit} /></UI>)
  const field = screen.getByLabelText<HTMLInputElement>('Name')
  await user.clear(field)
  await user.type(field, ' two ')
  expect(commit).not.toHaveBeenCalled()
  await user.keyboard('{Enter}')
  fireEvent.blur(field)
  expect(commit.mock.calls, 'once, though the value has not come back yet').toEqual([['two']])
  rerender(<UI><TextField label='Name' value='two' commit={commit} /></UI>)
  await user.type(field, '!')
  await user.keyboard('{Escape}')
  expect(field.value).toBe('two')
  await user.clear(field)
  await user.type(field, 'one')
  fireEvent.blur(field)
  expect(commit.mock.calls.at(-1)).toEqual(['one'])
})
