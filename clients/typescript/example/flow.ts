// What a script does with Attune, from signing in to hearing the stream. The end-to-end test runs it against a real server.
import { attune, finished, follow, Refused, wanted, type Heard, type Job, type Schemas } from '../src/index.js'

export interface Seen {
  me: Schemas['Me']
  person: Schemas['PersonState']
  story: Schemas['Lines']
  decisions: Schemas['Decisions']
  published: Schemas['Published']
  /** What another script is told that changes what is not live any more. */
  changed: Refused
  /** How far the job was, each time it was asked. */
  progress: Job[]
  simulated: unknown
  heard: Heard[]
}

export async function flow (server: string, token: string, who: string): Promise<Seen> {
  const client = attune({ server, token })
  const me = await wanted(client.GET('/v1/me'))

  // Whoever looks at single people says what for. What they are called stands in the body.
  const header = { 'Attune-Purpose': 'treatment' as const }
  const found = await wanted(client.POST('/v1/people/search', { params: { header }, body: { id: who } }))
  const one = found.people[0]
  if (one === undefined) throw new Error(`nobody is called ${who}`)
  const params = { path: { person: one.person }, header }
  const person = await wanted(client.GET('/v1/people/{person}', { params }))
  const story = await wanted(client.GET('/v1/people/{person}/story', { params: { ...params, query: { last: 20 } } }))
  const decisions = await wanted(client.GET('/v1/people/{person}/decisions', { params }))

  // Publishing names the release that it changes.
  const live = await client.GET('/v1/releases/{release}/files', { params: { path: { release: 'live' } } })
  const version = live.response.headers.get('ETag')
  if (live.data === undefined || version === null) throw new Error('nothing is live')
  const programs = live.data.programs.map(({ id, files }) => ({ id, files: { ...files, 'policy.yaml': `${files['policy.yaml']}# Seen by a script.\n` } }))
  const checked = await wanted(client.POST('/v1/programs/check', { body: { programs } }))
  if (!checked.valid) throw new Error(checked.problems.map((p) => `${p.file}:${p.line}: ${p.what}`).join('\n'))
  const publish = { params: { header: { 'If-Match': version } }, body: { programs } }
  const published = await wanted(client.POST('/v1/releases', publish))
  const changed: unknown = await wanted(client.POST('/v1/releases', publish)).catch((problem: unknown) => problem)
  if (!(changed instanceof Refused)) throw new Error('two scripts changed the same release')

  const progress: Job[] = []
  const begun = await wanted(client.POST('/v1/jobs/simulation', { body: { people: 60, days: 30 } }))
  const over = await finished(client, begun, (job) => progress.push(job), 20)
  if (over.state !== 'done') throw new Error(over.error ?? over.state)
  const simulated = await wanted(client.GET('/v1/jobs/{job}/result', { params: { path: { job: begun.id } }, parseAs: 'json' }))

  // The stream tells how a topic stands, and then what changes: here, because somebody paused a channel.
  const heard: Heard[] = []
  const enough = new AbortController()
  for await (const x of follow(client, ['delivery'], { signal: enough.signal })) {
    heard.push(x)
    if (heard.length === 1) await wanted(client.POST('/v1/pauses', { body: { channel: 'email', why: 'A script tries it.' } }))
    if (x.patch !== undefined) break
  }
  enough.abort()
  await wanted(client.POST('/v1/pauses/end', { body: { channel: 'email' } }))
  return { me, person, story, decisions, published, changed, progress, simulated, heard }
}
