// The people behind a number: as many as it says, by their ids.
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'

import type { Me } from '../../api/client'
import { passages, type End, type Filter } from '../../api/queries'
import { Waiting, Wrong } from '../../app/states'
import { Button, Dialog } from '../../ui'
import { instant, say, whole } from '../../words/words'
import { ends } from './search'

export function People ({ program, phase, phaseName, end, filter, me, close }: { program: string, phase: string, phaseName: string, end: End, filter: Filter, me: Me, close: () => void }) {
  const [pages, setPages] = useState([''])
  const page = useQuery(passages(program, phase, end, filter, pages.at(-1) ?? ''))
  // The page of a person shows records to a panel of all programs alone.
  const record = me.may.includes('person.read') && me.programs.length === 0
  const first = (pages.length - 1) * 50
  return (
    <Dialog open close={close} wide title={say('{phase}: who {end}', { phase: phaseName, end: say(ends[end]) })}>
      {page.isPending && <Waiting what={say('People are being fetched')} />}
      {page.isError && <Wrong error={page.error} again={() => void page.refetch()} />}
      {page.data !== undefined && <>
        <p className='quiet' data-total={page.data.total}>{page.data.total === 0 ? say('Nobody.') : say('{from} to {to} of {total}. Looking is recorded.', { from: whole(Math.min(first + 1, page.data.total)), to: whole(first + page.data.items.length), total: whole(page.data.total) })}</p>
        {page.data.items.length > 0 && <div className='tabled' tabIndex={0} role='region' aria-label={say('People')}><table>
          <thead><tr><th scope='col'>{say('person')}</th><th scope='col'>{say('came in')}</th><th scope='col'>{say('until')}</th><th scope='col'>{say('then')}</th></tr></thead>
          <tbody>{page.data.items.map((p) => (
            <tr key={p.person + p.entered}>
              <th scope='row'>{record ? <a href={`/people/${p.person}`}>{p.person}</a> : p.person}</th>
              <td>{instant(p.entered)}</td><td>{p.until === undefined ? '' : instant(p.until)}</td><td>{p.end === 'waiting' ? (p.here ? say('here') : say('not known')) : p.to}</td>
            </tr>
          ))}</tbody>
        </table></div>}
        <p className='row'>
          {pages.length > 1 && <Button onClick={() => setPages(pages.slice(0, -1))}>{say('Before')}</Button>}
          {page.data.next !== undefined && page.data.next !== '' && <Button onClick={() => setPages([...pages, page.data.next ?? ''])}>{say('More')}</Button>}
        </p>
      </>}
    </Dialog>
  )
}
