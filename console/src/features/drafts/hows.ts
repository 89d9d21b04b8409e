import { text } from '../../words/words'

/** How something differs, in a word. */
export const hows: Record<string, string> = { added: text('new'), removed: text('taken away'), changed: text('changed') }
