// To whom a piece of work is given.
import { useQuery } from '@tanstack/react-query'

import { api, wanted } from '../../api/client'
import { Waiting, Wrong } from '../../app/states'
import { Dialog } from '../../ui'
import { say } from '../../words/words'
import { what, type Work } from './model'

export function HandOver ({ work, close, give }: { work: Work, close: () => void, give: (to: { account: string, name: string }) => void }) {
  const all = useQuery({
    queryKey: ['work', 'colleagues', work.request], staleTime: 0,
    queryFn: ({ signal }) => wanted(api.GET('/v1/work/{work}/colleagues', { params: { path: { work: work.request } }, signal })),
  })
  return (
    <Dialog open close={close} title={say('Hand it over')}>
      <p>{what(work)}</p>
      <p className='quiet'>{say('They have it for half an hour, as if they had taken it. Then anybody may take it.')}</p>
      {all.isPending && <Waiting what={say('Colleagues are being fetched')} />}
      {all.isError && <Wrong error={all.error} again={() => void all.refetch()} />}
      {all.data?.items.length === 0 && <p>{say('Nobody else may do this work. Whoever gives staff their roles can ask a care coordinator or a clinician in.')}</p>}
      <ul className='queue-colleagues'>{all.data?.items.map((c, k) => (
        <li key={c.account}><button type='button' className='queue-row' data-autofocus={k === 0 ? true : undefined} data-colleague={c.account} onClick={() => give({ account: c.account, name: c.name })}><span className='title'>{c.name}</span><span className='quiet'>{c.roles.join(', ')}</span></button></li>
      ))}</ul>
    </Dialog>
  )
}
