// What a screen shows that has nothing to show: it waits, there is nothing, it may not, or something went wrong.
import { Component, useEffect, useLayoutEffect, useState, type ReactNode } from 'react'

import { notAllowed, Refused, signedOut } from '../api/client'
import { Button, ButtonLink, Skeleton } from '../ui'
import { say } from '../words/words'

/** A word in the place of what would be shown; where it is all of a screen, it is the screen's heading. */
export function Notice ({ title, children, alert = false }: { title: string, children?: ReactNode, alert?: boolean }) {
  const [all, setAll] = useState(false)
  useLayoutEffect(() => setAll(document.querySelector('h1') === null), [])
  const Heading = all ? 'h1' : 'h2'
  return (
    <section className='notice' {...(alert ? { role: 'alert' } : {})}>
      <Heading>{title}</Heading>
      {children}
    </section>
  )
}

/** The shape of what comes, once it takes longer than a moment. */
export function Waiting ({ what }: { what: string }) {
  const [shown, show] = useState(false)
  useEffect(() => {
    const timer = setTimeout(() => show(true), 150)
    return () => clearTimeout(timer)
  }, [])
  return (
    <div className='waiting' role='status' aria-label={what}>
      {shown && [90, 140, 96, 96, 96].map((h, k) => <Skeleton key={k} height={h} />)}
    </div>
  )
}

export function SignIn () {
  return (
    <Notice title={say('Your sign-in has ended')} alert>
      <p>{say('Nothing is lost. Sign in, and you come back to this screen.')}</p>
      <p><ButtonLink href={location.pathname + location.search}>{say('Sign in')}</ButtonLink></p>
    </Notice>
  )
}

/** What went wrong, what is safe, what to do, and what to call it when one asks for help. */
export function Wrong ({ error, again }: { error: unknown, again?: () => void }) {
  if (signedOut(error)) return <SignIn />
  const problem = error instanceof Refused ? error.problem : undefined
  if (notAllowed(error)) {
    return (
      <Notice title={say('You may not see this')} alert>
        <p>{problem?.detail}</p>
        <p>{problem?.remedy}</p>
      </Notice>
    )
  }
  return (
    <Notice title={problem === undefined ? say('The server cannot be reached just now') : say('This cannot be shown')} alert>
      <p>{problem === undefined ? say('Nothing was changed. Look whether this device is connected, and try again.') : [problem.field, problem.detail ?? problem.title].filter(Boolean).join(': ')}</p>
      {problem?.remedy !== undefined && problem.remedy !== '' && <p>{problem.remedy}</p>}
      {problem?.request !== undefined && <p className='quiet'>{say('Reference: {request}', { request: problem.request })}</p>}
      {again !== undefined && <Button onClick={again}>{say('Try again')}</Button>}
    </Notice>
  )
}

/** Catches what goes wrong while a screen is drawn: the rest of the console keeps working. */
export class Boundary extends Component<{ children: ReactNode }, { failed: boolean }> {
  override state = { failed: false }
  static getDerivedStateFromError () { return { failed: true } }
  override render () {
    if (!this.state.failed) return this.props.children
    return (
      <Notice title={say('This screen broke')} alert>
        <p>{say('Nothing was changed. Loading it again usually helps; if not, tell whoever looks after Attune at your place which screen it was.')}</p>
        <Button onClick={() => location.reload()}>{say('Load it again')}</Button>
      </Notice>
    )
  }
}
