// From a moment to something that can be said in it: an engagement with its words, written into a draft, where it runs at once.
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useMemo, useState } from 'react'

import { api, wanted, type Program } from '../../api/client'
import { Button, Dialog, Select, TextInput, toast } from '../../ui'
import { Long } from '../../ui/fields'
import { say } from '../../words/words'
import { idOf } from '../drafts/edit'
import { templates, type Template, type Words } from './templates'
import { list, type MomentWritten } from './written'

/** What is written into the draft: new files, and the moment that names the engagement. */
export interface Designed { id: string, files: Record<string, string>, respond: string[] }

/** A text of YAML, in quotes where it has to be. */
const quoted = (s: string): string => /^[A-Za-z_][\w .+\-/()]*$/.test(s) && !/^(true|false|null|yes|no|on|off|y|n)$/i.test(s) ? s : JSON.stringify(s)

/** The files of an engagement, as somebody would write them. */
export function files (is: { id: string, why: string, purpose: string, behavior: string, outcome: string, value: number, template: Template, words: Record<string, Words> }): Record<string, string> {
  const name = is.id.replaceAll('_', '-')
  const yaml = [
    ...is.why.split('\n').filter((l) => l.trim() !== '').map((l) => `# ${l}`),
    `engagement: ${is.id}`, `purpose: ${quoted(is.purpose)}`, 'audience: patient',
    ...(is.behavior === '' ? [] : [`behavior: ${quoted(is.behavior)}`]), ...(is.outcome === '' ? [] : [`outcome: ${quoted(is.outcome)}`]),
    `value: ${is.value}`, 'expires: 5d', 'limits: {again_after: 7d, at_most: {count: 3, within: 90d}}',
    'variants:', `  - {id: first, strategy: ${is.template.strategy}, email: ${name}, sms: ${name}}`, '',
  ].join('\n')
  const out: Record<string, string> = { [`engagements/${is.id}.yaml`]: yaml }
  for (const [language, w] of Object.entries(is.words)) {
    out[`content/email/${name}.${language}.liquid`] = `Subject: ${w.subject.trim()}\n\n${w.email.trim()}\n`
    out[`content/sms/${name}.${language}.liquid`] = `${w.sms.trim()}\n`
  }
  return out
}

const middle = (all: number[]): number => all.length === 0 ? 10 : [...all].sort((a, b) => a - b)[Math.floor(all.length / 2)] ?? 10

export function Design ({ program, moment, moments, close, done }: { program: Program, moment: MomentWritten, moments: MomentWritten[], close: () => void, done: (d: Designed) => Promise<boolean> }) {
  const client = useQueryClient()
  const engagements = program.engagements.filter((x) => x.audience === 'patient')
  const most = (of: (string | undefined)[]) => { // what the program does most often already
    const counts = new Map<string, number>()
    for (const x of of) if (x !== undefined && x !== '') counts.set(x, (counts.get(x) ?? 0) + 1)
    return [...counts].sort((a, b) => b[1] - a[1]).map(([x]) => x)
  }
  const beside = [moment, ...moments.filter((m) => m.phase === moment.phase)].flatMap((m) => list(m.respond)).map((r) => engagements.find((x) => x.id === r)).find((x) => x !== undefined)
  const purposes = most(engagements.map((x) => x.purpose))
  const [which, setWhich] = useState(templates[0]?.id ?? '')
  const template = templates.find((x) => x.id === which) ?? templates[0]
  const [name, setName] = useState<string>()
  const [purpose, setPurpose] = useState(beside?.purpose ?? purposes[0] ?? '')
  const [behavior, setBehavior] = useState(beside?.behavior ?? most(engagements.map((x) => x.behavior))[0] ?? '')
  const [outcome, setOutcome] = useState(beside?.outcome ?? '')
  const [language, setLanguage] = useState(program.languages[0] ?? 'en')
  const [edited, edit] = useState<Record<string, Partial<Words>>>({})
  const [busy, setBusy] = useState(false)
  const words = useMemo(() => Object.fromEntries(program.languages.map((l) => [l, { ...(template?.words[l] ?? { subject: '', email: '', sms: '' }), ...edited[l] }])), [program.languages, template, edited])
  const catalogue = useQuery({ queryKey: ['engagements', program.id], queryFn: ({ signal }) => wanted(api.GET('/v1/programs', { signal })).then((all) => all.find((p) => p.id === program.id)?.engagements ?? []) })
  const called = name ?? (template === undefined ? '' : say(template.name))
  if (template === undefined) return null
  const now = words[language] ?? { subject: '', email: '', sms: '' }
  const missing = program.languages.filter((l) => Object.values(words[l] ?? {}).some((w) => w.trim() === ''))
  const submit = async () => {
    setBusy(true)
    const taken = (catalogue.data ?? engagements).map((x) => x.id)
    const id = idOf(called, taken)
    const ok = await done({
      id, respond: [...list(moment.respond), id],
      files: files({ id, why: moment.need ?? moment.name ?? '', purpose, behavior, outcome, value: middle(engagements.map((x) => x.value)), template, words }),
    })
    if (!ok) { setBusy(false); return }
    await client.invalidateQueries({ queryKey: ['draft'] })
    toast(say('It is in the draft, and runs there. Nobody gets it before it is approved and published.'))
    close()
  }
  return (
    <Dialog open close={close} title={say('Design an engagement for “{moment}”', { moment: moment.name ?? moment.id })} wide>
      <form className='fields' onSubmit={(e) => { e.preventDefault(); void submit() }}>
        {moment.need !== undefined && <p>{say('What the person needs')}: <b>{moment.need}</b></p>}
        {moment.seen === undefined && <p className='note'>{say('Nothing shows yet that this moment happens, so nothing would begin it. Say first what shows it.')}</p>}
        <Select label={say('Begin with')} value={which} data-autofocus onChange={(e) => { setWhich(e.currentTarget.value); edit({}) }} data={templates.map((x) => ({ value: x.id, label: say(x.name) }))} description={say(template.says)} />
        <TextInput label={say('What it is called')} value={called} onChange={(e) => setName(e.currentTarget.value)} required />
        <div className='three'>
          <Select label={say('Purpose, which consent has to allow')} value={purpose} onChange={(e) => setPurpose(e.currentTarget.value)} data={purposes} />
          <Select label={say('Behaviour it works on')} value={behavior} onChange={(e) => setBehavior(e.currentTarget.value)} data={[{ value: '', label: say('none') }, ...program.behaviors]} />
          <Select label={say('What it is to bring about')} value={outcome} onChange={(e) => setOutcome(e.currentTarget.value)} data={[{ value: '', label: say('nothing that is measured') }, ...program.outcomes]} />
        </div>
        {program.languages.length > 1 && <div className='row' role='group' aria-label={say('Language of the words')}>{program.languages.map((l) => <Button key={l} aria-pressed={l === language} onClick={() => setLanguage(l)}>{l}</Button>)}</div>}
        <TextInput label={say('Subject of the e-mail ({language})', { language })} value={now.subject} onChange={(e) => edit({ ...edited, [language]: { ...edited[language], subject: e.currentTarget.value } })} />
        <Long label={say('E-mail ({language})', { language })} rows={7} value={now.email} change={(v) => edit({ ...edited, [language]: { ...edited[language], email: v } })} />
        <Long label={say('Text message ({language})', { language })} rows={3} value={now.sms} change={(v) => edit({ ...edited, [language]: { ...edited[language], sms: v } })} />
        {missing.length > 0 && <p className='bad'>{say('Words are missing in {languages}: a program says everything in each of its languages.', { languages: missing.join(', ') })}</p>}
        <p className='row'><Button type='submit' variant='filled' disabled={busy || missing.length > 0 || purpose === '' || called.trim() === ''}>{say('Write it into the draft')}</Button><Button onClick={close}>{say('Cancel')}</Button></p>
      </form>
    </Dialog>
  )
}
