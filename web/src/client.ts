/** The worker, from the page's side: calls as promises, with progress and cancellation. */
import type { Answer, Failure, Method, Methods, Progress } from './protocol.ts'

/** The failure of a call: the sentence of the command line. */
export class CallError extends Error {
  readonly failure: Failure
  constructor(failure: Failure) {
    super(failure.message)
    this.failure = failure
  }
  get isCancelled(): boolean {
    return this.failure.message === 'cancelled'
  }
}

export interface Pending<T> extends Promise<T> {
  cancel(): void
}

interface Waiting {
  readonly resolve: (result: unknown) => void
  readonly reject: (error: CallError) => void
  readonly progress: ((progress: Progress) => void) | undefined
}

export class Client {
  #worker = this.#start()
  #next = 0
  /** Whether the worker holds or does anything. */
  #isUsed = false
  readonly #waiting = new Map<number, Waiting>()

  call<M extends Method>(
    method: M,
    params: Methods[M]['params'],
    progress?: (progress: Progress) => void,
  ): Pending<Methods[M]['result']> {
    const id = this.#next++
    this.#isUsed = true
    const promise = new Promise<unknown>((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject, progress })
      this.#worker.postMessage({ id, method, params })
    }) as Promise<Methods[M]['result']> // the worker answers a method with its result
    return Object.assign(promise, { cancel: () => this.#worker.postMessage({ cancel: id }) })
  }

  /** Ends whatever is running, at once, and all that was open with it. What waits is told that it was cancelled. */
  restart(): void {
    if (!this.#isUsed) return
    this.#isUsed = false
    this.#worker.terminate()
    for (const { reject } of this.#waiting.values()) reject(new CallError({ message: 'cancelled' }))
    this.#waiting.clear()
    this.#worker = this.#start()
  }

  #start(): Worker {
    const worker = new Worker(new URL('./worker/main.ts', import.meta.url), { type: 'module' })
    worker.onmessage = ({ data }: MessageEvent<Answer>) => this.#receive(data)
    worker.onerror = event => this.#broken(event.message)
    return worker
  }

  #receive(answer: Answer): void {
    const waiting = this.#waiting.get(answer.id)
    if (!waiting) return
    if ('progress' in answer) {
      waiting.progress?.(answer.progress)
      return
    }
    this.#waiting.delete(answer.id)
    if ('error' in answer) waiting.reject(new CallError(answer.error))
    else waiting.resolve(answer.result)
  }

  /** The worker fell over, or, where there is no message, its own files could not be loaded. */
  #broken(what: string | undefined): void {
    const message = what
      ? `tfreeze: unexpected: ${what}. This is a bug: please report it with the model.`
      : 'the page: its own files can no longer be read. Is tfreeze view still running? Start it again and reload the page.'
    for (const { reject } of this.#waiting.values()) reject(new CallError({ message }))
    this.#waiting.clear()
  }
}
