import { IconHome } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { Link, Outlet, useLocation, useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { Fragment, useEffect, useRef, useState } from 'react'

import { signedOut } from '../api/client'
import { useLive } from '../api/live'
import { firstOf, me as meQuery, programs as programsQuery } from '../api/queries'
import { Button, Dialog, Dropdown, openPalette, Select, toast, useColours, type Act, type Colours } from '../ui'
import { clock, languages, say, speak, type Language } from '../words/words'
import { Finding } from './Finding'
import { keysOff, turnKeys, useKeys } from './keys'
import { Paused } from './Paused'
import { draftIn, groups, screenKeys, screens, type Screen } from './screens'
import { Boundary, SignIn, Waiting, Wrong } from './states'

function Connection () {
  const { state, since } = useLive()
  if (state === 'off') return null
  const text = state === 'live' ? say('Live') : state === 'connecting' ? say('Connecting') : since === null ? say('Not connected') : say('Paused {time}', { time: clock(since) })
  return <span className={`live ${state}`} role='status' data-live={state}><i aria-hidden />{text}</span>
}

export function Shell ({ language, setLanguage }: { language: Language, setLanguage: (l: Language) => void }) {
  const me = useQuery(meQuery)
  const programs = useQuery(programsQuery)
  const { program } = useParams({ strict: false }) as { program?: string }
  const draft = draftIn(useSearch({ strict: false }))
  const navigate = useNavigate()
  const live = useLive()
  const [colours, setColours] = useColours()
  const [help, setHelp] = useState(false)
  const [single, setSingle] = useState(!keysOff())
  const last = useRef<string>(undefined)
  useEffect(() => { if (program !== undefined) last.current = program })
  const path = useLocation({ select: (l) => l.pathname })
  const may = me.data?.may ?? []
  const looked = program ?? last.current ?? firstOf(programs.data)?.id
  const link = (to: string) => to.replace('$program', encodeURIComponent(looked ?? ''))
  const open = screens.filter((s) => (s.may === undefined || may.includes(s.may)) && (looked !== undefined || !s.to.includes('$program')))
  const current = screens.find((s) => new RegExp(`^${s.to.replace('$program', '[^/]+')}(/|$)`).test(path))
  const about = (s: Screen) => draft === undefined || s.draft === undefined ? {} : s.draft(draft)
  const visit = (s: Screen) => void navigate({ to: link(s.to), search: about(s) })
  useKeys({ '?': () => setHelp(true), ...Object.fromEntries(open.map((s) => [`g ${s.letter}`, () => visit(s)])) })
  if (signedOut(me.error)) return <main className='alone'><SignIn /></main>
  if (me.isError) return <main className='alone'><Wrong error={me.error} again={() => void me.refetch()} /></main>
  const known = programs.data ?? []
  const go = (id: string) => void navigate({ to: (current?.to.includes('$program') === true ? current.to : '/programs/$program/map').replace('$program', encodeURIComponent(id)), search: {} })
  const account = me.data?.kind === 'account'
  const leave = () => (document.getElementById('leave') as HTMLFormElement | null)?.requestSubmit()
  const themes: Array<[Colours, string]> = [['light', say('Light')], ['dark', say('Dark')], ['auto', say('As the system')]]
  const speaks = (l: Language) => void speak(l).then(() => setLanguage(l))
  const places = open.map((s) => ({ id: `screen ${s.id}`, label: say(s.text), description: `G ${s.letter.toUpperCase()}`, run: () => visit(s) }))
  const doings: Act[] = [
    { id: 'copy', label: say('Copy the link to this screen'), run: () => void navigator.clipboard.writeText(location.href).then(() => toast(say('The link is copied.')), () => toast(say('This browser does not let links be copied: take it from the address.'))) },
    ...themes.map(([c, text]) => ({ id: `colours ${c}`, label: say('Colours: {colours}', { colours: text }), run: () => setColours(c) })),
    ...Object.entries(languages).filter(([l]) => l !== language).map(([l, text]) => ({ id: `language ${l}`, label: say('Language: {language}', { language: text }), run: () => speaks(l as Language) })),
    ...(may.includes('delivery.control') ? [{ id: 'pause', label: say('Pause all sending, or let it go on'), run: () => void navigate({ to: '/settings/$part', params: { part: 'health' }, search: { pause: true } }) }] : []),
    ...(may.includes('person.read') ? [{ id: 'may', label: say('May this reach somebody, and when?'), run: () => void navigate({ to: '/settings/$part', params: { part: 'policy' }, search: {} }) }] : []),
    { id: 'keys', label: say('Keys'), run: () => setHelp(true) },
    { id: 'overview', label: say('First page'), description: say('Events, touches and people in numbers'), run: () => location.assign('/') },
    ...(account ? [{ id: 'account', label: say('Your account'), run: () => location.assign('/account') }, { id: 'leave', label: say('Sign out'), run: leave }] : []),
  ]
  return (
    <div className='shell'>
      <a className='skip' href='#main'>{say('Skip to the content')}</a>
      <nav aria-label={say('Screens')}>
        <a className='brand' href='/console/'><svg viewBox='0 0 24 24' width='24' aria-hidden><path d='M2 12h3c2.500 0 2.500-6 5-6s2.500 12 5 12 2.500-6 5-6h2' /></svg>Attune</a>
        {Object.entries(groups).map(([group, text]) => {
          const of = open.filter((s) => s.group === group)
          return (of.length > 0 || group === 'control') && (
            <Fragment key={group}>
              <h2>{say(text)}</h2>
              {of.map((s) => <Link key={s.id} to={link(s.to)} search={about(s)} aria-current={current?.id === s.id ? 'page' : undefined}><s.icon size={18} aria-hidden />{say(s.text)}</Link>)}
              {group === 'control' && <a href='/'><IconHome size={18} aria-hidden />{say('First page')}</a>}
            </Fragment>
          )
        })}
      </nav>
      <div className='right'>
        <header className='top'>
          {known.length > 0 && current?.to.includes('$program') === true && <Select aria-label={say('Program')} value={program ?? ''} onChange={(e) => go(e.target.value)} data={known.map((p) => ({ value: p.id, label: p.name }))} />}
          <Connection />
          <span className='grow' />
          <Button onClick={openPalette} aria-haspopup='dialog'>{say('Find or do anything')} <kbd>Ctrl K</kbd></Button>
          <Dropdown label={say('Colours')} items={themes.map(([c, text]) => ({ key: c, text, act: () => setColours(c), chosen: c === colours }))} />
          <Dropdown label={languages[language]} items={Object.entries(languages).map(([l, text]) => ({ key: l, text, act: () => speaks(l as Language), chosen: l === language }))} />
          <Button onClick={() => setHelp(true)} aria-haspopup='dialog'>{say('Keys')} <kbd>?</kbd></Button>
          {account && <><a href='/account'>{me.data?.name}</a></>}
          {(account || me.data?.kind === 'session') && me.data?.id !== 'demonstration' && <form id='leave' method='post' action='/sign-out'><Button type='submit'>{say('Sign out')}</Button></form>}
        </header>
        {live.state === 'broken' && <p className='banner' role='status'>{live.since === null ? say('Not connected. The numbers are as they were last told.') : say('Not connected since {time}. The numbers are as they were then; they go on by themselves once the server answers.', { time: clock(live.since) })}</p>}
        {live.state === 'ended' && <p className='banner' role='status'>{say('The server tells no more: your sign-in has ended, or you may no longer see this.')} <a href={location.pathname + location.search}>{say('Load it again')}</a></p>}
        {me.data !== undefined && <Paused me={me.data} />}
        <main id='main' tabIndex={-1}>
          <Boundary key={`${current?.id} ${program}`}>
            {me.isPending || programs.isPending ? <Waiting what={say('The console is being fetched')} /> : programs.isError ? <Wrong error={programs.error} again={() => void programs.refetch()} /> : <Outlet />}
          </Boundary>
        </main>
      </div>
      <Finding me={me.data} program={looked} first={{ group: say('Screens'), actions: places }} last={{ group: say('Do'), actions: doings }} />
      <Dialog open={help} close={() => setHelp(false)} title={say('Keys')}>
        <table className='keys'><tbody>{[...screenKeys, ...current?.keys ?? []].map(([k, text]) => <tr key={k}><th scope='row'><kbd>{k}</kbd></th><td>{say(text)}</td></tr>)}</tbody></table>
        <p className='quiet'>{open.map(({ letter, text }) => `G ${letter.toUpperCase()} ${say(text)}`).join(' · ')}</p>
        <label className='check'><input type='checkbox' checked={single} onChange={(e) => { setSingle(e.target.checked); turnKeys(!e.target.checked) }} /> {say('Single letters are keys, until this page is left')}</label>
      </Dialog>
    </div>
  )
}
