// The matrix: a table in which arrows move from text to text.
import { useEffect, useRef, useState } from 'react'

import { say } from '../../words/words'
import { cellsOf, findings, keyOf, type Cell, type Row } from './matrix'
import { stateWords } from './TextColumn'

export function Grid ({ rows, columns, phases, back, open }: {
  rows: Row[]
  columns: Array<{ channel: string, language: string }>
  phases: { id: string, name: string }[]
  /** The variant that one comes back from. */
  back: string | undefined
  open: (r: Row, c: Cell) => void
}) {
  const table = useRef<HTMLTableElement>(null)
  const [at, setAt] = useState<[number, number]>([Math.max(0, rows.findIndex((r) => keyOf(r) === back)), 0])
  const [y, x] = [Math.min(at[0], rows.length - 1), Math.min(at[1], columns.length - 1)]
  const cell = (r: number, c: number) => table.current?.querySelector<HTMLElement>(`[data-at="${r}.${c}"]`)
  useEffect(() => { // whoever looked at one text comes back to it
    if (back !== undefined) table.current?.querySelector<HTMLElement>('[tabindex="0"]')?.focus()
  }, [back])
  const keys = (e: React.KeyboardEvent) => {
    const to: Record<string, [number, number]> = {
      ArrowDown: [y + 1, x], ArrowUp: [y - 1, x], ArrowRight: [y, x + 1], ArrowLeft: [y, x - 1], Home: [y, 0], End: [y, columns.length - 1], PageDown: [Math.min(rows.length - 1, y + 10), x], PageUp: [Math.max(0, y - 10), x],
    }
    const next = to[e.key]
    if (next === undefined || e.altKey || e.ctrlKey || e.metaKey) return
    e.preventDefault()
    const el = cell(...next)
    if (el === null || el === undefined) return
    setAt(next)
    el.focus()
  }
  const channels = [...new Set(columns.map((c) => c.channel))]
  return (
    <div className='field' role='region' aria-label={say('Texts by variant, channel and language')} tabIndex={-1}>
      <table className='matrix' ref={table} onKeyDown={keys} style={{ minWidth: 370 + 150 * columns.length }}>
        <caption>{say('{n, plural, one {# variant} other {# variants}}. Arrows go from text to text, Enter opens one.', { n: rows.length })}</caption>
        <thead>
          <tr><th scope='col' rowSpan={2}>{say('What is said')}</th><th scope='col' rowSpan={2}>{say('For whom and when')}</th>{channels.map((c) => <th key={c} scope='colgroup' colSpan={columns.filter((x) => x.channel === c).length}>{c}</th>)}</tr>
          <tr>{columns.map((c) => <th key={`${c.channel}.${c.language}`} scope='col'>{c.language}</th>)}</tr>
        </thead>
        <tbody>{rows.map((r, j) => (
          <tr key={keyOf(r)}>
            <th scope='row'>{r.engagement}<span className='quiet'>{r.variant}</span>{r.problems.length > 0 && <b className='bad'>{say('something is wrong')}</b>}</th>
            <td className='for'>
              {r.phases.length > 0 && <span>{r.phases.map((p) => phases.find((x) => x.id === p)?.name ?? p).join(', ')}</span>}
              {r.journeys.length > 0 && <span>{say('by the journey {names}', { names: r.journeys.join(', ') })}</span>}
              {r.stages.length > 0 && <span>{r.stages.join(', ')}</span>}
              {r.phases.length + r.journeys.length + r.stages.length === 0 && <span>{say('by its own rule')}</span>}
            </td>
            {cellsOf(r, columns).map((c, k) => (
              <td key={`${c.channel}.${c.language}`}>
                <button type='button' className='at' data-at={`${j}.${k}`} data-state={c.state} data-cell={`${keyOf(r)} ${c.channel} ${c.language}`} tabIndex={j === y && k === x ? 0 : -1} onFocus={() => setAt([j, k])} onClick={() => open(r, c)}>
                  <b>{say(stateWords[c.state] ?? 'not written')}</b>
                  {c.problems.length > 0 && <span className='bad'>{say('{n, plural, one {# problem} other {# problems}}', { n: c.problems.length })}</span>}
                  {c.warnings.length > 0 && <span className='warn'>{say('{n, plural, one {# thing} other {# things}} to think about', { n: c.warnings.length })}</span>}
                  {c.begins !== undefined && c.begins !== '' && findings(c) === 0 && <span className='begins' lang={c.language}>{c.begins}</span>}
                </button>
              </td>
            ))}
          </tr>
        ))}</tbody>
      </table>
    </div>
  )
}
