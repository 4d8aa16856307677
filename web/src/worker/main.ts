/** The worker: reads, freezes, optimises, lays out. Answers one request after another, so that a model is never half changed. */
import type { Answer, Method, Methods, Progress, Request } from '../protocol.ts'
import { details } from './details.ts'
import { failure } from './failure.ts'
import { openModel } from './opening.ts'
import { drawingOf, expand, pictureOf, reveal } from './pictures.ts'
import { search } from './search.ts'
import { Session } from './session.ts'
import { trace } from './trace.ts'
import { values } from './values.ts'

/** A call on its way. */
export interface Call {
  readonly isCancelled: () => boolean
  readonly progress: (progress: Progress) => void
}

type Handlers = {
  [M in Method]: (
    session: Session,
    params: Methods[M]['params'],
    call: Call,
  ) => Promise<Methods[M]['result']> | Methods[M]['result']
}

/** Freezing and optimising are half the program: they are loaded once a model is seen. */
const freezing = () => import('./freezing.ts')

const HANDLERS: Handlers = {
  open: openModel,
  passes: async () => (await freezing()).passes(),
  targets: async () => (await freezing()).targets(),
  formats: async () => (await freezing()).formats(),
  verdict: async (session, params) => (await freezing()).verdict(session, params),
  picture: pictureOf,
  expand,
  drawing: drawingOf,
  reveal,
  search,
  details,
  values,
  trace,
  freeze: async (session, params, call) => (await freezing()).freezeModel(session, params, call),
  names: async (session, params) => (await import('./naming.ts')).names(session, params),
  named: async (session, params) => (await import('./naming.ts')).named(session, params),
  manifest: async (session, params, call) => (await import('./manifest.ts')).manifestOf(session, params, call),
  write: async (session, params, call) => (await freezing()).write(session, params, call),
  check: async (session, params, call) => (await import('./checking.ts')).check(session, params, call),
}

/** The part of a worker's own scope that is used; TypeScript's types of it exclude those of a page. */
interface WorkerScope {
  postMessage(message: Answer): void
  onmessage: ((event: MessageEvent<Request>) => void) | null
}
const scope = globalThis as unknown as WorkerScope

const session = new Session()
const cancelled = new Set<number>()
let last: Promise<void> = Promise.resolve()

scope.onmessage = ({ data }) => {
  if ('cancel' in data) cancelled.add(data.cancel)
  else last = last.then(() => answer(data))
}

async function answer({ id, method, params }: Exclude<Request, { cancel: number }>): Promise<void> {
  const call: Call = {
    isCancelled: () => cancelled.has(id),
    progress: progress => scope.postMessage({ id, progress }),
  }
  try {
    if (call.isCancelled()) throw new Cancelled()
    // The table is typed by method; which one this is, TypeScript cannot see.
    const handle = HANDLERS[method] as (session: Session, params: unknown, call: Call) => unknown
    scope.postMessage({ id, result: await handle(session, params, call) })
  } catch (error) {
    scope.postMessage({ id, error: failure(error) })
  }
}

/** Thrown where the user no longer wants a result. */
class Cancelled extends Error {
  override readonly message = 'cancelled'
}
