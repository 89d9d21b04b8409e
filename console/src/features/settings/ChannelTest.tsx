// A test of a channel: a message that is nobody's goes to its carrier, and its word is shown.
import { useState } from 'react'

import type { Schemas } from '@attune/client'

import { api, wanted } from '../../api/client'
import { Wrong } from '../../app/states'
import { Button, Dialog, TextInput } from '../../ui'
import { say, whole } from '../../words/words'

type Tried = Schemas['ChannelTried']

/** Hands a message that is nobody's to a carrier, and shows its word. */
export function ChannelTest ({ channel, close }: { channel: string, close: () => void }) {
  const [to, setTo] = useState('')
  const [busy, setBusy] = useState(false)
  const [tried, setTried] = useState<Tried>()
  const [refused, setRefused] = useState<unknown>()
  const test = () => {
    setBusy(true)
    setTried(undefined)
    setRefused(undefined)
    wanted(api.POST('/v1/channels/{channel}/test', { params: { path: { channel } }, body: { to: to.trim() } })).then((t) => { setTried(t); setBusy(false) }, (err: unknown) => { setRefused(err); setBusy(false) })
  }
  return (
    <Dialog open close={close} title={say('Test {channel}', { channel })}>
      <form className='choose' onSubmit={(e) => { e.preventDefault(); if (to.trim() !== '' && !busy) test() }}>
        <p>{say('A short message that is nobody’s goes to an address of your own. It counts nowhere, and goes out while delivery is paused.')}</p>
        <TextInput label={channel === 'email' ? say('Your e-mail address') : say('Your number or address')} value={to} onChange={(e) => setTo(e.currentTarget.value)} autoComplete='off' required data-autofocus />
        <p className='row'><Button type='submit' variant='filled' disabled={busy || to.trim() === ''}>{busy ? say('It is being handed over') : say('Send it')}</Button></p>
        <div aria-live='polite'>
          {refused !== undefined && <Wrong error={refused} />}
          {tried?.ok === true && <p className='good' data-tried='yes'>{say('Taken in {ms} ms{as}.', { ms: whole(tried.took_ms), as: tried.reference === undefined || tried.reference === '' ? '' : `, ${tried.reference}` })}</p>}
          {tried?.ok === false && <div data-tried='no'><p className='bad'>{say('Not taken: {why}.', { why: tried.why ?? '' })}</p><p>{say('What may help: {remedy}.', { remedy: tried.remedy ?? '' })}</p></div>}
        </div>
      </form>
    </Dialog>
  )
}
