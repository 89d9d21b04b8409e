// What is connected, is it healthy, and who may do what? Each part is there for who may see it.
import type { Me } from '../../api/client'
import { tidy } from '../../app/address'
import { Notice } from '../../app/states'
import { useTitle } from '../../app/title'
import { Segments } from '../../ui'
import { say, text } from '../../words/words'
import { Contact } from './Contact'
import { Delivery } from './Delivery'
import type { Part, Search } from './search'
import { Server } from './Server'
import { Staff } from './Staff'
import './settings.css'

/** The parts, what they are called, and the permission that each takes. */
const all: Array<{ part: Part, called: string, may: string }> = [
  { part: 'delivery', called: text('Channels and pauses'), may: 'delivery.read' },
  { part: 'contact', called: text('May we contact them?'), may: 'person.read' },
  { part: 'staff', called: text('Staff and roles'), may: 'staff.manage' },
  { part: 'server', called: text('The server'), may: 'settings.read' },
]

export function SettingsScreen ({ search, navigate, me }: { search: Search, navigate: (s: Search) => void, me: Me }) {
  useTitle(say('Settings'))
  const open = all.filter((p) => me.may.includes(p.may))
  const part = open.find((p) => p.part === search.part)?.part ?? (search.part === undefined ? open[0]?.part : undefined)
  return (
    <div className='settings'>
      <header className='screen'><div><h1>{say('Settings')}</h1><p className='quiet'>{say('What is connected, whether it is well, and who may do what.')}</p></div></header>
      {open.length > 0 && <p className='parts'><Segments label={say('Which settings')} value={part ?? ''} choose={(p) => navigate(tidy({ part: p as Part }))} of={open.map((p) => ({ value: p.part, label: say(p.called) }))} /></p>}
      {part === undefined && <Notice title={say('You may not see this')} alert><p>{say('Settings are seen by operators and admins; channels and pauses by most of the staff.')}</p></Notice>}
      {part === 'delivery' && <Delivery me={me} asks={search.pause === true} asked={() => navigate(tidy({ part }))} />}
      {part === 'contact' && <Contact me={me} />}
      {part === 'staff' && <Staff me={me} />}
      {part === 'server' && <Server />}
    </div>
  )
}
