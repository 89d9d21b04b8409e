import { createRootRoute } from '@tanstack/react-router'
import { useState } from 'react'

import { ButtonLink } from '../ui'
import { say, type Language } from '../words/words'
import { Shell } from './Shell'
import { Notice } from './states'

function Root () {
  const [language, setLanguage] = useState<Language>('en')
  return <Shell key={language} language={language} setLanguage={setLanguage} />
}

function Missing () {
  return <Notice title={say('There is no such screen')}><p>{say('The address may be of an older version, or have lost a part on its way.')}</p><p><ButtonLink href='/console/'>{say('To the first screen')}</ButtonLink></p></Notice>
}

/** What every screen's route hangs on. */
export const root = createRootRoute({ component: Root, notFoundComponent: Missing })
