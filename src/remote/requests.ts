/**
 * Requests to where models lie: a few at a time, each tried again where the network or the server failed. An answer
 * counts once its body is there, so that one that is cut is asked for again, too.
 */
import { FreezeError } from '../errors.ts'

/** How requests are sent. All may be left out. */
export interface RequestOptions {
  /** The `fetch` to use. Default: the global one. */
  readonly fetch?: typeof fetch
  /** How often a request is tried again. Default: 5. */
  readonly retries?: number
  /** How many requests are under way at a time. Default: 8. */
  readonly inFlight?: number
  /** Milliseconds after which a request without an end is given up, and tried again. Default: 60,000. */
  readonly timeout?: number
}

/** Makes the request of what is asked for: signs it, for a store. */
export type Sign = (url: string, init: RequestInit) => Promise<Request>

/** An answer with its body. */
export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly body: Uint8Array
}

const RETRIES = 5
const IN_FLIGHT = 8
const TIMEOUT_MS = 60_000
const FIRST_PAUSE_MS = 100
const LONGEST_PAUSE_MS = 20_000
/** Answers of servers that may be different a moment later. */
const PASSING: ReadonlySet<number> = new Set([408, 425, 429, 500, 502, 503, 504])

/** Sends requests. */
export class Requests {
  readonly #options: RequestOptions
  readonly #sign: Sign
  readonly #waiting: (() => void)[] = []
  #running = 0

  constructor(options: RequestOptions = {}, sign: Sign = async (url, init) => new Request(url, init)) {
    this.#options = options
    this.#sign = sign
  }

  /** The answer, whatever its status is; one that says that the server failed only after all tries. Throws `missing` where none comes. */
  async send(url: string, init: RequestInit = {}): Promise<Answer> {
    const { retries = RETRIES } = this.#options
    await this.#turn()
    try {
      for (let tried = 0; ; tried++) {
        const answer = await this.#try(url, init)
        const isPassing = answer instanceof Error || PASSING.has(answer.status)
        if (!isPassing) return answer
        if (tried < retries) await pause(tried, answer instanceof Error ? undefined : answer.headers)
        else if (answer instanceof Error) throw noAnswer(url, answer, tried)
        else return answer
      }
    } finally {
      this.#running--
      this.#waiting.shift()?.()
    }
  }

  async #try(url: string, init: RequestInit): Promise<Answer | Error> {
    const { fetch: send = fetch, timeout = TIMEOUT_MS } = this.#options
    const request = await this.#sign(url, init)
    try {
      const response = await send(request, { signal: AbortSignal.timeout(timeout) })
      const body = new Uint8Array(await response.arrayBuffer())
      return { status: response.status, headers: response.headers, body }
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error))
    }
  }

  async #turn(): Promise<void> {
    if (this.#running >= (this.#options.inFlight ?? IN_FLIGHT)) await new Promise<void>(go => this.#waiting.push(go))
    this.#running++
  }
}

/** As long as the server says, else twice as long each time, and not all clients at once. */
function pause(tried: number, headers: Headers | undefined): Promise<void> {
  const asked = Number(headers?.get('retry-after') ?? Number.NaN) * 1000
  const usual = FIRST_PAUSE_MS * 2 ** tried * (0.5 + Math.random())
  const milliseconds = Math.min(Number.isFinite(asked) ? asked : usual, LONGEST_PAUSE_MS)
  return new Promise(resolve => setTimeout(resolve, milliseconds))
}

const noAnswer = (url: string, cause: Error, tried: number): FreezeError =>
  new FreezeError(
    'missing',
    `the server did not answer (${reason(cause)}), asked ${tried === 0 ? 'once' : `${tried + 1} times`}`,
    {
      file: plain(url),
      hint: 'Check the address and the network.',
      cause,
    },
  )

/** `fetch failed` says nothing: its cause does. */
const reason = ({ message, cause }: Error): string =>
  (cause instanceof Error && ((cause as { code?: string }).code ?? cause.message)) || message

/** An address without its query, which may hold a signature, and without a password. */
export function plain(url: string): string {
  const { origin, protocol, host, pathname } = new URL(url)
  return `${origin === 'null' ? `${protocol}//${host}` : origin}${decodeURI(pathname)}`
}

/** Throws what an answer means that does not give what was asked for. */
export function refused(url: string, { status, body }: Answer): never {
  const place = { file: plain(url) }
  const code = /<Code>([^<]+)<\/Code>/.exec(new TextDecoder().decode(body.subarray(0, 2000)))?.[1]
  const said = code === undefined ? `${status}` : `${status} ${code}`
  if (status === 401 || status === 403) {
    const hint = 'Give the credentials in the usual variables or files, or make it public.'
    throw new FreezeError('missing', `it may not be read or written (${said})`, { ...place, hint })
  }
  if (status === 404)
    throw new FreezeError('missing', 'there is no such file or folder', { ...place, hint: 'Check the address.' })
  if (status === 412) throw changed(url)
  throw new FreezeError('missing', `the server answered ${said}`, { ...place, hint: 'Try again later.' })
}

/** The error of a file that is not the same any more. */
export const changed = (url: string): FreezeError =>
  new FreezeError('corrupt', 'the file changed while it was read', {
    file: plain(url),
    hint: 'Something writes to it: try again when that is done.',
  })
