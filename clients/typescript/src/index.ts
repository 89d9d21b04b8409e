// Attune's API, typed. contract.ts is generated from the contract; this file lets one in, makes problems errors, waits for jobs and
// hears the stream.
import createClient, { type Client, type ClientOptions } from 'openapi-fetch'
import type { components, paths } from './contract.js'

export type { components, operations, paths } from './contract.js'

/** The shapes of the contract, by their names. */
export type Schemas = components['schemas']
/** What is refused is told as a problem (RFC 9457). */
export type Problem = Schemas['Problem']
/** What a record may be opened for. */
export type Purpose = Schemas['Purpose']

/** A client with a method for each HTTP method, which knows every address of the contract. */
export type Attune = Client<paths>

export interface Settings extends Omit<ClientOptions, 'baseUrl'> {
  /** Where the server is, such as http://localhost:8080. */
  server: string
  /** The token of whoever asks; a demonstration takes none. */
  token?: string
}

const places = new WeakMap<Attune, { server: string, headers: Record<string, string>, fetch: typeof globalThis.fetch }>()

/** Makes a client of a server. */
export function attune ({ server, token, ...options }: Settings): Attune {
  const headers: Record<string, string> = token ? { Authorization: `Bearer ${token}` } : {}
  const client = createClient<paths>({ ...options, baseUrl: server, headers: { ...headers, ...options.headers } })
  places.set(client, { server, headers, fetch: (options.fetch as typeof globalThis.fetch | undefined) ?? globalThis.fetch })
  return client
}

/** A problem as an error. */
export class Refused extends Error {
  constructor (readonly problem: Problem) {
    super([`${problem.status} ${problem.title}`, problem.field, problem.detail, problem.remedy].filter(Boolean).join(': '))
    this.name = 'Refused'
  }
}

/** What was asked for, or an error that has the problem. */
export async function wanted<T> (answer: Promise<{ data?: T, error?: unknown, response: Response }>): Promise<T> {
  const { data, error, response } = await answer
  if (response.ok) return data as T
  if (isProblem(error)) throw new Refused(error)
  throw new Error(`the server answered ${response.status}, without a problem that can be read`)
}

function isProblem (x: unknown): x is Problem {
  return typeof x === 'object' && x !== null && 'status' in x && 'title' in x
}

export type Job = Schemas['Job']

/** Waits until a job is over, and tells how far it is. It asks every so many milliseconds. */
export async function finished (client: Attune, job: Job, progress: (job: Job) => void = () => {}, every = 250, signal?: AbortSignal): Promise<Job> {
  for (;;) {
    const now = await wanted(client.GET('/v1/jobs/{job}', { params: { path: { job: job.id } }, ...(signal ? { signal } : {}) }))
    progress(now)
    if (now.state !== 'running') return now
    await new Promise((resolve) => setTimeout(resolve, every))
    signal?.throwIfAborted()
  }
}

/** What the stream tells of a topic: how it stands, or what changed since as a JSON merge patch (RFC 7386). */
export interface Heard {
  /** What to say as `after`, to go on from here. */
  id: string
  topic: string
  seq: number
  state?: unknown
  patch?: unknown
}

/** Hears topics, such as overview and work, until the signal, or the server, ends it. */
export async function * follow (client: Attune, topics: string[], { after, signal }: { after?: string, signal?: AbortSignal } = {}): AsyncGenerator<Heard> {
  const place = places.get(client)
  if (place === undefined) throw new Error('this client was not made by attune()')
  const answer = await place.fetch(`${place.server}/v1/stream?topics=${encodeURIComponent(topics.join(','))}`, {
    headers: { ...place.headers, Accept: 'text/event-stream', ...(after ? { 'Last-Event-ID': after } : {}) }, ...(signal ? { signal } : {})
  })
  if (!answer.ok || answer.body === null) {
    const problem: unknown = await answer.json().catch(() => undefined)
    if (isProblem(problem)) throw new Refused(problem)
    throw new Error(`the server answered ${answer.status}`)
  }
  let rest = ''
  let id = ''
  let data = ''
  for await (const text of answer.body.pipeThrough(new TextDecoderStream()) as unknown as AsyncIterable<string>) {
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) {
      if (line === '' && data !== '') {
        yield { id, ...JSON.parse(data) as Omit<Heard, 'id'> }
        data = ''
      } else if (line.startsWith('id:')) id = line.slice(3).trim()
      else if (line.startsWith('data:')) data += line.slice(5).trim()
    }
  }
}
