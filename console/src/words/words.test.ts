// Every text that the console says is in the catalogues, and nothing else is.
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'

import { compileMessage } from '@lingui/message-utils/compileMessage'
import ts from 'typescript'
import { describe, expect, it } from 'vitest'

import { groups, screenKeys, screens } from '../app/screens'
import { heatWords } from '../features/map/model'
import { ends } from '../features/map/search'

const parts = import.meta.glob<Record<string, string>>('./es/*.json', { import: 'default', eager: true })
const spanish: Record<string, string> = Object.assign({}, ...Object.values(parts))

const walk = (folder: string): string[] => readdirSync(folder).flatMap((name) => {
  const path = join(folder, name)
  return statSync(path).isDirectory() ? walk(path) : /\.tsx?$/.test(name) && !/\.test\.|test-/.test(name) ? [path] : []
})

/** The texts of every say() and text(), and those of the console's own tables. What say() takes from a table is a name, not something put together. */
function said (): Set<string> {
  const out = new Set<string>([...Object.values(ends), ...heatWords, ...Object.values(groups), ...screenKeys.map(([, text]) => text), ...screens.flatMap((s) => [s.text, ...s.keys.map(([, text]) => text)])])
  const unread: string[] = []
  for (const path of walk('src')) {
    const file = ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.ES2022, true, ts.ScriptKind.TSX)
    const visit = (node: ts.Node): void => {
      if (ts.isCallExpression(node) && ts.isIdentifier(node.expression) && ['say', 'text'].includes(node.expression.text)) {
        const [text] = node.arguments
        if (text !== undefined && ts.isStringLiteralLike(text)) out.add(text.text)
        else if (node.expression.text === 'text' || !/^[\w.?[\] ']+$/.test(text?.getText() ?? '')) unread.push(`${path}: ${text?.getText()}`)
      }
      ts.forEachChild(node, visit)
    }
    visit(file)
  }
  expect(unread, 'say() takes a text as it stands, so that it can be found').toEqual([])
  return out
}

const holes = (text: string) => [...text.matchAll(/\{(\w+)[,}]/g)].map((m) => m[1]).sort()

describe('words', () => {
  const all = said()
  it('are all in the Spanish catalogue, which has no others', () => {
    expect([...all].filter((t) => !(t in spanish)), 'not translated').toEqual([])
    expect(Object.keys(spanish).filter((t) => !all.has(t)), 'said by nobody').toEqual([])
  })

  it('stand in one catalogue each', () => {
    const all = Object.values(parts).flatMap((p) => Object.keys(p))
    expect(all.filter((t, k) => all.indexOf(t) !== k)).toEqual([])
  })

  it('have the same values in every language, and ICU can read them', () => {
    for (const [english, text] of Object.entries(spanish)) {
      expect(new Set(holes(text)), english).toEqual(new Set(holes(english)))
      expect(() => compileMessage(text), english).not.toThrow()
      expect(text.trim(), english).not.toBe('')
    }
  })
})
