import { describe, expect, it } from 'vitest'

import cases from '../../../internal/spreadsheet/testdata/cells.json'
import { cell, csv } from './csv'

describe('a table', () => {
  it('has no cell that a spreadsheet takes for a formula, by the same cases as the server', () => {
    expect(cases.length).toBeGreaterThan(40)
    for (const x of cases) expect(cell(x.is), JSON.stringify(x.is)).toBe(x.cell)
  })

  it('quotes what would end a cell or a line', () => {
    expect(csv([['=1+1', 'a "b"']])).toBe('\'=1+1,"a ""b"""\r\n')
    expect(csv([['a', 'b'], ['1,5', 'she said "no"'], ['two\nlines', '']])).toBe('a,b\r\n"1,5","she said ""no"""\r\n"two\nlines",\r\n')
  })
})
