// One file of a draft as text, for what no form has a field for.
import { useQuery } from '@tanstack/react-query'
import { useEffect, useRef, useState } from 'react'

import { Waiting, Wrong } from '../../app/states'
import { Button, Dialog } from '../../ui'
import { say } from '../../words/words'
import { draftFiles, type Working } from './useDraft'

/** The program and the path within it that a problem's file names. */
function find (programs: { id: string, files: unknown }[], name: string): { program: string, path: string, text: string } | undefined {
  for (const p of programs) {
    const texts = p.files as Record<string, string>
    const path = Object.keys(texts).find((f) => name === f || name === `${p.id}/${f}` || name.endsWith(`/${p.id}/${f}`))
    if (path !== undefined) return { program: p.id, path, text: texts[path] ?? '' }
  }
  return undefined
}

export function TextOf ({ draft, name, line, close }: { draft: Working, name: string, line: number, close: () => void }) {
  const all = useQuery(draftFiles(draft.id, draft.listed?.version ?? 0))
  const is = all.data === undefined || all.isPlaceholderData ? undefined : find(all.data.programs, name)
  const [text, setText] = useState<string>()
  const area = useRef<HTMLTextAreaElement>(null)
  const known = is?.text
  useEffect(() => { // where the problem is comes into view
    const el = area.current
    if (el === null || known === undefined) return
    const before = known.split('\n').slice(0, Math.max(0, line - 1)).join('\n').length + (line > 1 ? 1 : 0)
    el.focus()
    el.setSelectionRange(before, before + (known.split('\n')[line - 1]?.length ?? 0))
    el.scrollTop = Math.max(0, (line - 4) * 20)
  }, [known, line])
  const save = () => { if (is !== undefined && text !== undefined) void draft.write(is.program, { [is.path]: text }).then((ok) => { if (ok) close() }) }
  return (
    <Dialog open close={close} title={is === undefined ? name : `${is.program}/${is.path}`} wide>
      {(all.isPending || all.isPlaceholderData) && <Waiting what={say('The file is being fetched')} />}
      {all.isError && <Wrong error={all.error} again={() => void all.refetch()} />}
      {all.data !== undefined && !all.isPlaceholderData && is === undefined && <p>{say('The draft has no such file any more.')}</p>}
      {is !== undefined && <>
        <textarea ref={area} className='text' spellCheck={false} aria-label={is.path} value={text ?? is.text} onChange={(e) => setText(e.target.value)} rows={22} onKeyDown={(e) => { if (e.key === 's' && (e.ctrlKey || e.metaKey)) { e.preventDefault(); save() } }} />
        <p className='row'><Button variant='filled' onClick={save} disabled={text === undefined || text === is.text}>{say('Keep it in the draft')} <kbd>Ctrl S</kbd></Button><Button onClick={close}>{say('Cancel')}</Button></p>
      </>}
    </Dialog>
  )
}
