// Tables as CSV that people open in a spreadsheet, by the rules of internal/spreadsheet: a cell that a spreadsheet could take for a formula becomes
// text by an apostrophe before it. Both are held against internal/spreadsheet/testdata/cells.json.

/** What may begin with a minus. A plus makes no number: telephone numbers are none. */
const number = /^-(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?$/
/** The signs with which a formula begins, the wide ones too. */
const formula = /^[=+\-@＝＋－＠﹢﹣﹦﹫−]/
/** Signs that end a cell in spreadsheets which are set to another separator than the comma, whatever quotes say. */
const separators = /([;\t\r\n|])/
/** What is not seen before a formula: spaces, marks of direction, signs that no font has, and quotes. */
const unseen = /^[\s"\p{Z}\p{C}\ufffd]+/u

const dangerous = (part: string): boolean => !number.test(part) && formula.test(part.replace(unseen, ''))

/** What stands in a cell so that no spreadsheet takes it, or a part of it, for a formula. */
export function cell (text: string): string {
  const parts = text.split(separators) // what stands between separators, and these, in turn
  return parts.map((part, k) => {
    if (k % 2 === 1) return part
    const bare = part.replace(/^'+/, '')
    const begins = k === 0 && bare === '' && /^[\t\r\n]$/.test(parts[1] ?? '')
    return dangerous(bare) || begins ? `'${part}` : part
  }).join('')
}

const quoted = (text: string): string => /[",\r\n]/.test(text) || /^\s/.test(text) ? `"${text.replaceAll('"', '""')}"` : text

/** Rows as the text of a table, the first of them its heads. */
export const csv = (rows: string[][]): string => rows.map((r) => r.map((c) => quoted(cell(c))).join(',')).join('\r\n') + '\r\n'

/** Gives something to whoever looks, as a file of this device. */
export function save (name: string, type: string, body: string | Blob): void {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(new Blob([body], { type }))
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000)
}
