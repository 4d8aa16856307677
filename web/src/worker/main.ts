/** The worker: reads, freezes, optimises, lays out. Answers one request after another, so that a model is never half changed. */
import { isFreezeError } from '../../../src/errors.ts'
import type { Answer, Failure, Method, Methods, Request } from '../protocol.ts'
import { details } from './details.ts'
import { freezeModel, write } from './freezing.ts'
import { openModel, verdictsOf } from './opening.ts'
import { pictureOf, reveal } from './pictures.ts'
import { search } from './search.ts'
import { Session } from './session.ts'
import { trace } from './trace.ts'
import { values } from './values.ts'

/** A call on its way. */
export interface Call {
  readonly isCancelled: () => boolean
  readonly progress: (done: number, total: number | undefined) => void
}

type Handlers = {
  [M in Method]: (
    session: Session,
    params: Methods[M]['params'],
    call: Call,
  ) => Promise<Methods[M]['result']> | Methods[M]['result']
}

const HANDLERS: Handlers = {
  open: openModel,
  verdicts: verdictsOf,
  picture: pictureOf,
  reveal,
  search,
  details,
  values,
  trace,
  freeze: freezeModel,
  write,
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
    progress: (done, total) => scope.postMessage({ id, progress: { done, total } }),
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

function failure(error: unknown): Failure {
  if (isFreezeError(error)) {
    return {
      message: error.message,
      code: error.code,
      ...(error.place.node !== undefined && { node: error.place.node }),
    }
  }
  const what = error instanceof Error ? error.message : String(error)
  if (what === 'cancelled') return { message: 'cancelled' }
  return { message: `tfreeze: unexpected: ${what}. This is a bug: please report it with the model.` }
}
