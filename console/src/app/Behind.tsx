// The people behind a number: as many as it says, by their ids. Looking is recorded by the server.
import { useQuery } from '@tanstack/react-query'
import { useState, type ReactNode } from 'react'

import type { Me } from '../api/client'
import { Button, Dialog } from '../ui'
import { say, whole } from '../words/words'
import { Waiting, Wrong } from './states'

interface Page<T> { items: T[], total: number, next?: string | undefined }
interface Asked<T> { queryKey: unknown[], queryFn: (by: { signal: AbortSignal }) => Promise<Page<T>> }

interface Listed<T> {
  /** The page that begins at a cursor. */
  ask: (cursor: string) => Asked<T>
  columns: Array<{ head: string, of: (row: T) => ReactNode }>
  me: Me
}

export function Behind<T extends { person: string }> ({ title, which = '', close, children, ...listed }: Listed<T> & {
  title: string
  /** Which number, where the dialog lets one choose: another one begins at its first page. */
  which?: string
  close: () => void
  /** What stands above the list, such as that choice. */
  children?: ReactNode
}) {
  return <Dialog open close={close} wide title={title}>{children}<People key={which} {...listed} /></Dialog>
}

function People<T extends { person: string }> ({ ask, columns, me }: Listed<T>) {
  const [pages, setPages] = useState([''])
  const page = useQuery({ ...ask(pages.at(-1) ?? ''), staleTime: 0 })
  const record = me.may.includes('person.read')
  const first = (pages.length - 1) * 50
  return (
    <>
      {page.isPending && <Waiting what={say('People are being fetched')} />}
      {page.isError && <Wrong error={page.error} again={() => void page.refetch()} />}
      {page.data !== undefined && <>
        <p className='quiet' data-total={page.data.total}>{page.data.total === 0 ? say('Nobody.') : say('{from} to {to} of {total}. Looking is recorded.', { from: whole(Math.min(first + 1, page.data.total)), to: whole(first + page.data.items.length), total: whole(page.data.total) })}</p>
        {page.data.items.length > 0 && <div className='tabled' tabIndex={0} role='region' aria-label={say('People')}><table>
          <thead><tr><th scope='col'>{say('person')}</th>{columns.map((c) => <th key={c.head} scope='col'>{c.head}</th>)}<th scope='col'>{say('decisions')}</th></tr></thead>
          <tbody>{page.data.items.map((p, k) => (
            <tr key={`${p.person} ${k}`}>
              <th scope='row'>{record ? <a href={`/console/people/${p.person}`}>{p.person}</a> : p.person}</th>
              {columns.map((c) => <td key={c.head}>{c.of(p)}</td>)}
              <td><a href={`/console/decisions/of/${p.person}`} aria-label={say('Why did {person} get something, or not?', { person: p.person })}>{say('why')}</a></td>
            </tr>
          ))}</tbody>
        </table></div>}
        <p className='row'>
          {pages.length > 1 && <Button onClick={() => setPages(pages.slice(0, -1))}>{say('Before')}</Button>}
          {page.data.next !== undefined && page.data.next !== '' && <Button onClick={() => setPages([...pages, page.data.next ?? ''])}>{say('More')}</Button>}
        </p>
      </>}
    </>
  )
}
