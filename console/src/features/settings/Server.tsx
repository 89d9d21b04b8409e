// What the server works with, as its configuration says, without a secret; and in which languages programs speak.
import { useQuery } from '@tanstack/react-query'

import { api, wanted } from '../../api/client'
import { programs as programsQuery } from '../../api/queries'
import { save } from '../../app/csv'
import { Waiting, Wrong } from '../../app/states'
import { Button } from '../../ui'
import { languages, say, whole } from '../../words/words'

const settings = { queryKey: ['settings'], queryFn: ({ signal }: { signal: AbortSignal }) => wanted(api.GET('/v1/settings', { signal })) }

export function Server () {
  const is = useQuery({ ...settings, staleTime: 0 })
  const programs = useQuery(programsQuery)
  if (is.isError) return <Wrong error={is.error} again={() => void is.refetch()} />
  if (is.isPending) return <Waiting what={say('Settings are being fetched')} />
  const s = is.data
  const none = say('none')
  const lines: Array<[string, string]> = [
    [say('organisation'), s.organisation], [say('release'), s.release.slice(0, 12)], [say('channels with a carrier'), s.channels.join(', ') || none], [say('services that are asked'), s.services.join(', ') || none],
    [say('most of an engagement in an hour, and in a day'), `${s.ceiling_hour === 0 ? say('unbounded') : whole(s.ceiling_hour)}, ${s.ceiling_day === 0 ? say('unbounded') : whole(s.ceiling_day)}`],
    [say('events that may wait to be worked through'), s.max_backlog === 0 ? say('as many as usual') : whole(s.max_backlog)], [say('a witness keeps the audit log, too'), s.audit_witness ? say('yes') : say('no')],
    ...Object.entries(s.limits).map(([c, l]): [string, string] => [say('bounds of {channel}', { channel: c }), say('{rate} a second, {n} at once', { rate: l.rate === 0 ? say('unbounded') : String(l.rate), n: whole(l.at_once) })]),
  ]
  return (
    <div className='settings-body'>
      <section aria-label={say('What the server works with')}>
        <h2>{say('What the server works with')}</h2>
        <p className='quiet'>{say('It stands in attune.yaml, and is read when the server begins: the console changes none of it.')}</p>
        <table className='lines'><tbody>{lines.map(([k, v]) => <tr key={k}><th scope='row'>{k}</th><td>{v}</td></tr>)}</tbody></table>
        <p className='row'><Button onClick={() => save('attune-settings.json', 'application/json', JSON.stringify(s, null, 2))}>{say('Save as JSON, without secrets')}</Button></p>
      </section>
      <section aria-label={say('Languages')}>
        <h2>{say('Languages')}</h2>
        <table className='lines'><tbody>
          <tr><th scope='row'>{say('the console')}</th><td>{Object.values(languages).join(', ')}</td></tr>
          {(programs.data ?? []).map((p) => <tr key={p.id}><th scope='row'>{p.name}</th><td>{p.languages.join(', ')} · <a href={`/console/programs/${encodeURIComponent(p.id)}/content?gaps=true`}>{say('what is missing')}</a></td></tr>)}
        </tbody></table>
      </section>
    </div>
  )
}
