// Looks what the console weighs, presses its parts, and lays them where the server embeds them. It fails where a browser would have to
// load more than was agreed: 230 kB at first, and 220 kB for any screen, as gzip sends them; letters, which are kept for good, not counted.
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

const FIRST = 230_000
const SCREEN = 220_000

const dist = fileURLToPath(new URL('../dist', import.meta.url))
const into = fileURLToPath(new URL('../../internal/console/dist', import.meta.url))
const manifest = JSON.parse(readFileSync(join(dist, 'manifest.json'), 'utf8'))

const walk = (folder) => readdirSync(folder).flatMap((name) => {
  const path = join(folder, name)
  return statSync(path).isDirectory() ? walk(path) : [path]
})

const weight = (file) => gzipSync(readFileSync(join(dist, file)), { level: 9 }).length

/** The files that a part needs before it can be shown. */
function needs (key, seen = new Set(), files = new Set()) {
  if (seen.has(key)) return files
  seen.add(key)
  const part = manifest[key]
  files.add(part.file)
  for (const css of part.css ?? []) files.add(css)
  for (const other of part.imports ?? []) needs(other, seen, files)
  return files
}

const sum = (files) => [...files].reduce((all, f) => all + weight(f), 0)
let tooMuch = false
const check = (what, bytes, most) => {
  console.log(`${what}: ${(bytes / 1000).toFixed(1)} kB of ${most / 1000}`)
  if (bytes > most) tooMuch = true
}
const entry = Object.keys(manifest).find((key) => manifest[key].isEntry)
const first = needs(entry)
check('first load', sum(first) + weight('index.html'), FIRST)
for (const key of Object.keys(manifest).filter((k) => manifest[k].isDynamicEntry)) {
  check(key, sum([...needs(key)].filter((f) => !first.has(f))), SCREEN)
}
if (tooMuch) {
  console.error('The console weighs more than was agreed: load what is not needed at first with its screen, or take something out.')
  process.exit(1)
}

rmSync(join(dist, 'manifest.json'))
for (const name of readdirSync(into)) if (name !== 'README.md') rmSync(join(into, name), { recursive: true })
for (const path of walk(dist)) {
  const name = relative(dist, path)
  const plain = readFileSync(path)
  mkdirSync(join(into, name, '..'), { recursive: true })
  cpSync(path, join(into, name))
  if (!/\.(js|css|html|svg|json)$/.test(name)) continue
  const gz = gzipSync(plain, { level: 9 })
  const br = brotliCompressSync(plain, { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: plain.length } })
  if (gz.length < plain.length) writeFileSync(join(into, `${name}.gz`), gz)
  if (br.length < plain.length) writeFileSync(join(into, `${name}.br`), br)
}
