// What is sent to Attune: by whom, as it comes, what nobody declared, and what could not be used.
import { useState } from 'react'

import type { Me } from '../../api/client'
import { tidy } from '../../app/address'
import { useKeys } from '../../app/keys'
import { Notice, Waiting, Wrong } from '../../app/states'
import { useTitle } from '../../app/title'
import { Button, Segments } from '../../ui'
import { instant, say, whole } from '../../words/words'
import { useArriving } from './ask'
import { Live } from './Live'
import { Quarantine } from './Quarantine'
import { parts, type Search } from './search'
import { NewSource, Sources } from './Sources'
import { Unknown } from './Unknown'
import './arrivals.css'

/** Moves from line to line of what is shown. */
function step (by: number): void {
  const lines = [...document.querySelectorAll<HTMLElement>('.arrivals [data-line]')]
  const at = lines.findIndex((l) => l === document.activeElement || l.closest('tr, article')?.contains(document.activeElement) === true)
  lines[at < 0 ? 0 : Math.min(Math.max(at + by, 0), lines.length - 1)]?.focus()
}

export function ArrivalsScreen ({ search, navigate, me }: { search: Search, navigate: (s: Search) => void, me: Me }) {
  const part = search.part ?? 'sources'
  const [paused, setPaused] = useState(false)
  const [adding, add] = useState(false)
  const { may, first, now, shown, pause, goOn } = useArriving(me, paused)
  const manages = me.may.includes('sources.manage')
  useTitle(say('Arrivals'))
  const go = (more: Search) => navigate(tidy({ ...search, ...more }))
  const turn = () => { if (paused) goOn(); else pause(); setPaused(!paused) }
  useKeys({
    p: turn, j: () => step(1), k: () => step(-1),
    n: (e) => { if (manages) { e.preventDefault(); add(true) } },
    d: (e) => { e.preventDefault(); (document.activeElement?.closest('tr')?.querySelector<HTMLElement>('[data-declare]') ?? document.querySelector<HTMLElement>('.arrivals [data-declare]'))?.click() },
  })
  if (!may) return <Notice title={say('You may not see this')} alert><p>{say('What arrives takes the permission arrivals.read, which operators, admins, authors, publishers, analysts and privacy officers have.')}</p></Notice>
  if (now === undefined) return first.isError ? <Wrong error={first.error} again={() => void first.refetch()} /> : <Waiting what={say('What arrives is being fetched')} />
  const waiting = Object.values(now.sources).reduce((sum, s) => sum + s.waiting, 0)
  return (
    <div className='arrivals'>
      <header className='screen'>
        <div><h1>{say('Arrivals')}</h1><p className='quiet'>{now.since === '' ? say('Nothing has come since the server began.') : say('Names and numbers of events, and nothing of whose they are. Counted since {when}.', { when: instant(now.since) })}</p></div>
        <div className='actions'>
          <Button aria-pressed={paused} onClick={turn}>{paused ? say('Go on as it happens') : say('Pause')} <kbd>P</kbd></Button>
          {manages && <Button variant='filled' onClick={() => add(true)} aria-haspopup='dialog'>{say('New source')} <kbd>N</kbd></Button>}
        </div>
      </header>
      <div className='arrivals-parts'>
        <Segments
          label={say('What is shown')} value={part} choose={(p) => go({ part: parts.find((x) => x === p) })}
          of={[{ value: 'sources', label: say('Sources') }, { value: 'live', label: say('Live') }, { value: 'unknown', label: say('Unknown events') }, { value: 'quarantine', label: waiting === 0 ? say('Quarantine') : say('Quarantine ({n})', { n: whole(waiting) }) }]}
        />
        {paused && <span className='quiet' role='status'>{say('Paused: numbers and lines are as they were.')}</span>}
      </div>
      <div className='arrivals-body'>
        {part === 'sources' && <Sources now={shown ?? now} me={me} go={go} />}
        {part === 'live' && <Live now={shown ?? now} source={search.source} go={go} />}
        {part === 'unknown' && <Unknown me={me} />}
        {part === 'quarantine' && <Quarantine me={me} source={search.source} sources={Object.keys(now.sources)} go={go} />}
      </div>
      {adding && <NewSource close={() => add(false)} />}
    </div>
  )
}
