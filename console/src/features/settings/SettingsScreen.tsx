// The settings: what is connected and whether it is healthy, each part for who may see it.
import { Link } from '@tanstack/react-router'

import type { Me } from '../../api/client'
import { useKeys } from '../../app/keys'
import { Notice } from '../../app/states'
import { useTitle } from '../../app/title'
import { say, text } from '../../words/words'
import { Channels } from './Channels'
import { Health } from './Health'
import { Keys } from './Keys'
import { Policy } from './Policy'
import { Roles } from './Roles'
import { isPart, parts, type Part } from './search'
import { Server } from './Server'
import './settings.css'

export const names: Record<Part, string> = { health: text('Health and pauses'), channels: text('Channels'), policy: text('May this reach somebody?'), roles: text('Staff and roles'), keys: text('Tokens and systems'), server: text('The server') }

/** What a part takes; roles are there to be read by every account. */
const takes: Record<Part, string | undefined> = { health: 'delivery.read', channels: 'delivery.read', policy: 'person.read', roles: undefined, keys: undefined, server: 'settings.read' }

const mayOf = (part: Part, me: Me): boolean => { const p = takes[part]; return p === undefined ? me.id !== '' : me.may.includes(p) }

export function SettingsScreen ({ part, pausing, setPausing, navigate, me }: { part?: string, pausing: boolean, setPausing: (is: boolean) => void, navigate: (to: Part) => void, me: Me }) {
  const open = parts.filter((p) => mayOf(p, me))
  const shown = part === undefined ? open[0] : part
  useTitle(say('Settings'))
  useKeys(Object.fromEntries(open.map((p, k) => [String(k + 1), () => navigate(p)])))
  if (shown === undefined) return <Notice title={say('You may not see this')} alert><p>{say('The settings are for people with an account.')}</p></Notice>
  if (!isPart(shown)) return <Notice title={say('The settings have no such part')}><p><Link to='/settings' search={{}}>{say('To the settings')}</Link></p></Notice>
  return (
    <div className='settings'>
      <header className='screen'><h1>{say('Settings')}</h1></header>
      <div className='settings-work'>
        <ul className='settings-parts' aria-label={say('Parts of the settings')}>
          {open.map((p, k) => <li key={p}><Link to='/settings/$part' params={{ part: p }} search={{}} aria-current={p === shown ? 'page' : undefined}>{say(names[p])} <kbd>{k + 1}</kbd></Link></li>)}
        </ul>
        <section aria-label={say(names[shown])} className='settings-part' key={shown}>
          {!mayOf(shown, me)
            ? <Notice title={say('You may not see this')} alert><p>{say('It takes the permission {permission}. Whoever manages staff can give you a role that has it.', { permission: takes[shown] })}</p></Notice>
            : shown === 'health' ? <Health me={me} pausing={pausing} setPausing={setPausing} /> : shown === 'channels' ? <Channels me={me} /> : shown === 'policy' ? <Policy me={me} /> : shown === 'roles' ? <Roles me={me} /> : shown === 'keys' ? <Keys me={me} /> : <Server />}
        </section>
      </div>
    </div>
  )
}
