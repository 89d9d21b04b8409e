// The API as the console asks it: the client that is generated from the contract, by the session's cookie.
import { attune, Refused, type Schemas } from '@attune/client'

export { Refused, wanted, type Problem } from '@attune/client'

/** When anything last came from the server, the stream's signs of life too. */
export const heard = { at: 0 }

/** Notes that something came, so that a connection that died in silence is found out. */
const listening: typeof fetch = async (input, init) => {
  const answer = await fetch(input, init)
  heard.at = Date.now()
  if (answer.body === null || !(answer.headers.get('Content-Type') ?? '').startsWith('text/event-stream')) return answer
  const body = answer.body.pipeThrough(new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
    transform (chunk, out) {
      heard.at = Date.now()
      out.enqueue(chunk)
    },
  }))
  return new Response(body, { status: answer.status, headers: answer.headers })
}

export const api = attune({ server: location.origin, fetch: listening })

/** What the page asks by itself, the stream too, keeps no session alive: only what people do does. */
const quietly: typeof fetch = (input, init) => {
  const request = new Request(input, init)
  request.headers.set('Attune-Renew', '1')
  return listening(request)
}

/** The same client for what the page asks by itself. */
export const quietApi = attune({ server: location.origin, fetch: quietly })

/** Tells whether somebody has to sign in (again). */
export const signedOut = (err: unknown): boolean => err instanceof Refused && err.problem.status === 401

/** Tells whether somebody may not. */
export const notAllowed = (err: unknown): boolean => err instanceof Refused && err.problem.status === 403

export type Me = Schemas['Me']
export type Program = Schemas['ProgramShown']
export type JourneyMap = Schemas['MapRead']
export type Lived = Schemas['Lived']
export type PhaseLived = Schemas['PhaseLived']
export type Leverage = Schemas['Leverage']
export type LeveragePoint = Schemas['LeveragePoint']
export type Passage = Schemas['PassageOf']
