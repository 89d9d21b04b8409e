// A journey as a picture that stands by itself: every step, every way, and the numbers as they stood, on white, for a document or a wall.
import { say, whole } from '../../words/words'
import type { StepLived } from './counts'
import type { Journey } from './graph'
import { curve, laidOut, size } from './layout'
import { kindOf, summary } from './steps'

const escape = (text: string): string => text.replace(/[&<>"]/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[c] ?? c).replace(/[^\t\n\r\x20-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, '')
const cut = (text: string, most: number): string => { const all = [...text]; return all.length > most ? `${all.slice(0, most - 1).join('')}…` : text }

/** A text within a step, narrowed where it could be too wide: which font draws it is not known here. */
const within = (x: number, y: number, letters: number, text: string, fill = ''): string => {
  const [room, wide] = [size.width - 20, [...text].length * letters * 0.62]
  return `<text x="${x + 10}" y="${y}" font-size="${letters}"${fill}${wide > room ? ` textLength="${room}" lengthAdjust="spacingAndGlyphs"` : ''}>${escape(text)}</text>`
}

/** The numbers of a step in a line, with what is hidden said to be hidden. */
function line (n: StepLived): string {
  const told = (x: number | null | undefined) => x === null || x === undefined ? say('hidden') : whole(x)
  return [`${told(n.here)} ${say('here')}`, `${told(n.passed)} ${say('passed')}`, `${told(n.left)} ${say('left')}`, ...((n.stuck ?? 0) > 0 ? [`${told(n.stuck)} ${say('cannot go on')}`] : [])].join(' · ')
}

/** Draws a journey as SVG. What it says under its name (whose numbers these are, and as of when) is given. */
export function picture (journey: Journey, lived: (step: string) => StepLived | undefined, under: string): string {
  const laid = laidOut(journey)
  const head = 62
  const width = Math.max(Math.ceil(laid.width), 420)
  const height = Math.ceil(laid.height) + head
  const ways = laid.ways.map((w) => `<path d="${curve(w.points)}" fill="none" stroke="#555" stroke-width="1.4"${w.by === 'else' ? ' stroke-dasharray="5 4"' : ''} marker-end="url(#to)"/>`)
  const words = laid.ways.filter((w) => w.label !== '' && w.at !== undefined).map((w) => {
    const [wide, at] = [w.label.length * 6.4 + 6, w.at ?? { x: 0, y: 0 }]
    return `<rect x="${at.x - wide / 2}" y="${at.y - 9}" width="${wide}" height="18" fill="#fff"/><text x="${at.x}" y="${at.y + 4}" text-anchor="middle" font-size="12">${escape(w.label)}</text>`
  })
  const steps = journey.steps.map((s) => {
    const { x, y } = laid.steps.get(s.label) ?? { x: 0, y: 0 }
    const kind = kindOf(s.raw)
    const n = lived(s.label)
    return `<g><title>${escape(`${s.label}: ${summary(s.raw)}`)}</title><rect x="${x}" y="${y}" width="${size.width}" height="${size.height}" rx="9" fill="#fff" stroke="#444" stroke-width="1.5"/>`
      + within(x, y + 22, 12, cut(`${kind === undefined ? say('a step') : say(kind.name)}${s.id === undefined ? '' : ` · ${s.id}`}`, 34), ' fill="#555"')
      + within(x, y + 42, 14, cut(summary(s.raw), 28))
      + (n === undefined ? '' : within(x, y + 69, 12, line(n))) + '</g>'
  })
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="Atkinson Hyperlegible, Arial, sans-serif" fill="#111" role="img" aria-label="${escape(journey.name)}">
<defs><marker id="to" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="7" markerHeight="7" orient="auto"><path d="M0,0 L10,5 L0,10 z" fill="#555"/></marker></defs>
<rect width="${width}" height="${height}" fill="#fff"/>
<text x="12" y="28" font-size="20" font-weight="700">${escape(journey.name)}</text><text x="12" y="48" font-size="12" fill="#555">${escape(under)}</text>
<g transform="translate(0 ${head})">
${[...ways, ...words, ...steps].join('\n')}
</g>
</svg>
`
}
