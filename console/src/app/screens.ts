// The screens there are: where they stand beside the work, what they take, and their keys. A screen that is not here cannot be reached.
import { IconMap2, IconRoute, type Icon } from '@tabler/icons-react'

export const groups = { work: 'Work', people: 'People', control: 'Control' } as const

export interface Screen {
  id: string
  group: keyof typeof groups
  text: string
  icon: Icon
  /** The letter that leads here after G. */
  letter: string
  /** Its address; $program is the program that is looked at. */
  to: string
  /** The permission without which it is not shown in the list of screens. */
  may?: string
  /** The keys that it has, and what they do. */
  keys: Array<[string, string]>
}

export const screens: Screen[] = [
  {
    id: 'map', group: 'work', text: 'Map', icon: IconMap2, letter: 'm', to: '/programs/$program/map', may: 'program.read',
    keys: [['← ↑ → ↓', 'move from card to card on the map'], ['Enter', 'open a card'], ['L', 'the top leverage point'], ['H', 'leverage heat'], ['C', 'the life cycle'], ['T', 'the map as tables'], ['F', 'whose numbers'],
      ['V', 'versions of the map'], ['D', 'change the map in a draft'], ['E', 'design an engagement for the open card'], ['N', 'a new moment beside the card'], ['F2', 'name the card'],
      ['Shift ← ↑ → ↓', 'put the card elsewhere'], ['Del', 'take the card away'], ['Ctrl Z', 'undo'], ['!', 'what is wrong with the draft'],
      ['W', 'a workshop'], ['K', 'the card is a guess, or known'], ['+ −', 'a dot for the card, or back']],
  },
  {
    id: 'journeys', group: 'work', text: 'Journeys', icon: IconRoute, letter: 'j', to: '/programs/$program/journeys', may: 'program.read',
    keys: [['↑ ↓', 'move from step to step'], ['C', 'the canvas instead of the outline'], ['T', 'a dry-run'], ['→', 'the next thing in a dry-run'], ['Shift →', 'the next message in a dry-run'], ['D', 'change the journeys in a draft'], ['N', 'a new step'], ['F2', 'name the step'], ['Shift ↑ ↓', 'move the step'], ['Del', 'take the step away']],
  },
]

/** The keys that every screen has. */
export const screenKeys: Array<[string, string]> = [['Ctrl K / ⌘K', 'find or do anything'], ['?', 'these keys'], ['G', 'and then a letter: go to a screen'], ['Esc', 'back one layer']]
