/** The keys there are, and what they do. */
export const screenKeys: Array<[string, string]> = [
  ['Ctrl K / ⌘K', 'find or do anything'], ['?', 'these keys'], ['← ↑ → ↓', 'move from card to card on the map'], ['Enter', 'open a card'], ['Esc', 'back one layer'],
  ['L', 'the top leverage point'], ['H', 'leverage heat'], ['C', 'the life cycle'], ['T', 'the map as tables'], ['F', 'whose numbers'],
]
