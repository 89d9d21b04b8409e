import { IconHome, IconMap2 } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { Link, Outlet, useNavigate, useParams } from '@tanstack/react-router'
import { useEffect, useState } from 'react'

import { signedOut } from '../api/client'
import { begin, useLive } from '../api/live'
import { me as meQuery, programs as programsQuery } from '../api/queries'
import { Button, Dialog, Dropdown, openPalette, Palette, Select, toast, useColours, type Act, type Colours } from '../ui'
import { clock, languages, say, speak, type Language } from '../words/words'
import { keysOff, turnKeys, useKeys } from './keys'
import { screenKeys } from './screenKeys'
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
  const navigate = useNavigate()
  const live = useLive()
  const [colours, setColours] = useColours()
  const [help, setHelp] = useState(false)
  const [single, setSingle] = useState(!keysOff())
  useKeys({ '?': () => setHelp(true) })
  const may = me.data?.may
  useEffect(() => {
    if (may === undefined || !may.includes('people.report')) return
    return begin([may.includes('people.list') ? 'maps_of_care' : 'maps'])
  }, [may])
  useEffect(() => {
    const name = programs.data?.find((p) => p.id === program)?.name
    document.title = name === undefined ? 'Attune' : `${name} · ${say('Map')} · Attune`
  }, [program, programs.data])
  if (signedOut(me.error)) return <main className='alone'><SignIn /></main>
  if (me.isError) return <main className='alone'><Wrong error={me.error} again={() => void me.refetch()} /></main>
  const known = programs.data ?? []
  const go = (id: string) => void navigate({ to: '/programs/$program/map', params: { program: id }, search: {} })
  const account = me.data?.kind === 'account'
  const leave = () => (document.getElementById('leave') as HTMLFormElement | null)?.requestSubmit()
  const themes: Array<[Colours, string]> = [['light', say('Light')], ['dark', say('Dark')], ['auto', say('As the system')]]
  const speaks = (l: Language) => void speak(l).then(() => setLanguage(l))
  const actions: Array<{ group: string, actions: Act[] }> = [
    { group: say('Programs'), actions: known.map((p) => ({ id: `map ${p.id}`, label: p.name, description: say('Map'), run: () => go(p.id) })) },
    {
      group: say('Do'), actions: [
        { id: 'copy', label: say('Copy the link to this screen'), run: () => void navigator.clipboard.writeText(location.href).then(() => toast(say('The link is copied.')), () => toast(say('This browser does not let links be copied: take it from the address.'))) },
        ...themes.map(([c, text]) => ({ id: `colours ${c}`, label: say('Colours: {colours}', { colours: text }), run: () => setColours(c) })),
        ...Object.entries(languages).filter(([l]) => l !== language).map(([l, text]) => ({ id: `language ${l}`, label: say('Language: {language}', { language: text }), run: () => speaks(l as Language) })),
        { id: 'keys', label: say('Keys'), run: () => setHelp(true) },
        { id: 'overview', label: say('First page'), description: say('Events, touches and people in numbers'), run: () => location.assign('/') },
        ...(account ? [{ id: 'account', label: say('Your account'), run: () => location.assign('/account') }, { id: 'leave', label: say('Sign out'), run: leave }] : []),
      ],
    },
  ]
  return (
    <div className='shell'>
      <a className='skip' href='#main'>{say('Skip to the content')}</a>
      <nav aria-label={say('Screens')}>
        <a className='brand' href='/console/'><svg viewBox='0 0 24 24' width='24' aria-hidden><path d='M2 12h3c2.500 0 2.500-6 5-6s2.500 12 5 12 2.500-6 5-6h2' /></svg>Attune</a>
        <h2>{say('Work')}</h2>
        {(program ?? known[0]?.id) !== undefined && <Link to='/programs/$program/map' params={{ program: program ?? known[0]?.id ?? '' }} search={{}} aria-current={program === undefined ? undefined : 'page'}><IconMap2 size={18} aria-hidden />{say('Map')}</Link>}
        <h2>{say('Control')}</h2>
        <a href='/'><IconHome size={18} aria-hidden />{say('First page')}</a>
      </nav>
      <div className='right'>
        <header className='top'>
          {known.length > 0 && <Select aria-label={say('Program')} value={program ?? ''} onChange={(e) => go(e.target.value)} data={known.map((p) => ({ value: p.id, label: p.name }))} />}
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
        <main id='main' tabIndex={-1}>
          <Boundary key={program ?? ''}>
            {me.isPending || programs.isPending ? <Waiting what={say('The console is being fetched')} /> : programs.isError ? <Wrong error={programs.error} again={() => void programs.refetch()} /> : <Outlet />}
          </Boundary>
        </main>
      </div>
      <Palette groups={actions} placeholder={say('Find a program, or something to do')} nothing={say('Nothing is called that.')} />
      <Dialog open={help} close={() => setHelp(false)} title={say('Keys')}>
        <table className='keys'><tbody>{screenKeys.map(([k, text]) => <tr key={k}><th scope='row'><kbd>{k}</kbd></th><td>{say(text)}</td></tr>)}</tbody></table>
        <label className='check'><input type='checkbox' checked={single} onChange={(e) => { setSingle(e.target.checked); turnKeys(!e.target.checked) }} /> {say('Single letters are keys, until this page is left')}</label>
      </Dialog>
    </div>
  )
}
