import { describe, expect, it } from 'vitest'

import { router } from './router'

const sources = import.meta.glob<string>('./{app,features,ui}/**/*.tsx', { query: '?raw', import: 'default', eager: true })

/** Addresses that the console links to by text, with x for what is put in. */
const addresses = Object.entries(sources).filter(([file]) => !file.includes('.test.')).flatMap(([file, text]) =>
  [...text.matchAll(/['"`](\/console\/[^'"`]*)['"`]/g)].map((m) => ({ file, address: (m[1] ?? '').replace(/\$\{[^}]*\}/g, 'x').replace(/\?.*$/, '').slice('/console'.length) })))

describe('links within the console', () => {
  it('lead to screens that there are', () => {
    const screens = Object.keys(router.routesByPath).map((p) => new RegExp(`^${p.replace(/\/$/, '').replace(/\$[a-z]+/g, '[^/]+')}/?$`))
    expect(addresses.length).toBeGreaterThan(5)
    expect(addresses.filter((a) => !screens.some((s) => s.test(a.address)))).toEqual([])
  })
})
