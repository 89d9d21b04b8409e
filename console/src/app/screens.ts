// The screens there are: where they stand beside the work, what they take, and their keys. A screen that is not here cannot be reached.
import {
  IconChecklist,
  IconFileText,
  IconFlask,
  IconMap2,
  IconPlugConnected,
  IconRoute,
  IconScale,
  IconSettings,
  IconSun,
  IconUsers,
  IconUsersGroup,
  type Icon,
} from '@tabler/icons-react'

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
  /** What its address says of the draft that is worked on: so one draft goes along from screen to screen. */
  draft?: (id: string) => Record<string, string>
  /** The keys that it has, and what they do. */
  keys: Array<[string, string]>
}

const ofDraft = (draft: string) => ({ draft })

/** The draft that an address is about, if it is about one. */
export const draftIn = (search: { draft?: unknown, try?: unknown }): string | undefined =>
  typeof search.draft === 'string' ? search.draft : typeof search.try === 'string' && search.try.startsWith('draft/') ? search.try.slice('draft/'.length) : undefined

export const screens: Screen[] = [
  {
    id: 'today', group: 'work', text: 'Today', icon: IconSun, letter: 't', to: '/today',
    keys: [['J K', 'the next piece of work, the one before'], ['Enter', 'open it'], ['D', 'it is done'], ['S', 'put it off, or no longer'], ['A', 'hand it over']],
  },
  {
    id: 'work', group: 'work', text: 'Work', icon: IconChecklist, letter: 'w', to: '/work', may: 'work.read',
    keys: [['J K', 'the next piece of work, the one before'], ['Enter', 'take it, and see whom it is about'], ['1 – 5', 'how it went'], ['N', 'a note'], ['A', 'hand it over'], ['Esc', 'give it back, or back to the list']],
  },
  {
    id: 'map', group: 'work', text: 'Map', icon: IconMap2, letter: 'm', to: '/programs/$program/map', may: 'program.read', draft: ofDraft,
    keys: [['← ↑ → ↓', 'move from card to card on the map'], ['Enter', 'open a card'], ['L', 'the top leverage point'], ['H', 'leverage heat'], ['C', 'the life cycle'], ['T', 'the map as tables'], ['F', 'whose numbers'],
      ['V', 'versions of the map'], ['D', 'change the map in a draft'], ['E', 'design an engagement for the open card'], ['N', 'a new moment beside the card'], ['F2', 'name the card'],
      ['Shift ← ↑ → ↓', 'put the card elsewhere'], ['Del', 'take the card away'], ['Ctrl Z', 'undo'], ['!', 'what is wrong with the draft'],
      ['W', 'a workshop'], ['K', 'the card is a guess, or known'], ['+ −', 'a dot for the card, or back']],
  },
  {
    id: 'journeys', group: 'work', text: 'Journeys', icon: IconRoute, letter: 'j', to: '/programs/$program/journeys', may: 'program.read', draft: ofDraft,
    keys: [['↑ ↓', 'move from step to step'], ['C', 'the canvas instead of the outline'], ['T', 'a dry-run'], ['O', 'the people who are at the step, or on the journey'], ['.', 'hold back what the journey says'], ['→', 'the next thing in a dry-run'], ['Shift →', 'the next message in a dry-run'], ['D', 'change the journeys in a draft'], ['N', 'a new step'], ['F2', 'name the step'], ['Shift ↑ ↓', 'move the step'], ['Del', 'take the step away']],
  },
  {
    id: 'audiences', group: 'work', text: 'Audiences', icon: IconUsersGroup, letter: 'a', to: '/programs/$program/audiences', may: 'program.read', draft: ofDraft,
    keys: [['N', 'a new audience'], ['D', 'change the audiences in a draft'], ['Ctrl Space', 'what can come next in a condition'], ['Ctrl Enter', 'ten people of it, and why'], ['Esc', 'back to the list']],
  },
  {
    id: 'content', group: 'work', text: 'Content', icon: IconFileText, letter: 'c', to: '/programs/$program/content', may: 'program.read', draft: ofDraft,
    keys: [['← ↑ → ↓', 'move from text to text'], ['Enter', 'open a text'], ['[ ]', 'the variant before, and the next'], ['P', 'for whom it is shown'], ['D', 'change the texts in a draft'], ['Ctrl S', 'keep what was typed in the draft']],
  },
  {
    id: 'decisions', group: 'work', text: 'Decisions', icon: IconScale, letter: 'd', to: '/decisions', may: 'people.list',
    keys: [['V', 'vetoed only'], ['P', 'pause what comes in, or go on'], ['/', 'to the filter'], ['↑ ↓', 'move from line to line, or candidate to candidate'], ['Enter', 'open a decision']],
  },
  {
    id: 'people', group: 'people', text: 'Patients', icon: IconUsers, letter: 'p', to: '/people', may: 'people.find',
    keys: [['/', 'to the search'], ['1 – 4', 'all that happened, what they were told, what was asked of them, what they did'], ['R', 'look again'], ['Y', 'why this, or why not'], ['H', 'leave the patient alone'], ['N', 'write something down'], ['Esc', 'back to the search']],
  },
  {
    id: 'sandbox', group: 'control', text: 'Sandbox', icon: IconFlask, letter: 's', to: '/programs/$program/sandbox', may: 'simulate.run', draft: (id) => ({ try: `draft/${id}` }),
    keys: [['R', 'run what the form says'], ['C', 'hold another run beside the one that is shown']],
  },
  {
    id: 'arrivals', group: 'control', text: 'Arrivals', icon: IconPlugConnected, letter: 'r', to: '/arrivals', may: 'arrivals.read',
    keys: [['P', 'pause what arrives, or go on'], ['J K', 'the next line, the one before'], ['Enter', 'open the line'], ['N', 'a new source'], ['D', 'declare the event']],
  },
  { id: 'settings', group: 'control', text: 'Settings', icon: IconSettings, letter: 'e', to: '/settings', may: 'delivery.read', keys: [['1 – 5', 'a part of the settings']] },
]

/** The keys that every screen has. */
export const screenKeys: Array<[string, string]> = [['Ctrl K / ⌘K', 'find or do anything'], ['?', 'these keys'], ['G', 'and then a letter: go to a screen'], ['Esc', 'back one layer']]
