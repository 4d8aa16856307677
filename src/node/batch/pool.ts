/** Does work in threads, each with one piece at a time. A thread that dies takes only its own piece with it. */
import { Worker } from 'node:worker_threads'

export interface PoolOptions<Job, Result> {
  /** The module that answers a message with one. */
  readonly script: URL
  readonly threads: number
  readonly jobs: readonly Job[]
  /** The message for a job whose thread died. */
  readonly died: (job: Job, error: Error) => Result
  /** Takes a result; false ends the work, once what is under way is done. */
  readonly take: (result: Result) => boolean
}

export async function inThreads<Job, Result>({
  script,
  threads,
  jobs,
  died,
  take,
}: PoolOptions<Job, Result>): Promise<void> {
  let next = 0
  let goesOn = true
  const thread = async (): Promise<void> => {
    let worker = new Worker(script)
    while (goesOn && next < jobs.length) {
      const job = jobs[next++]!
      try {
        if (!take(await answer<Result>(worker, job))) goesOn = false
      } catch (error) {
        if (!take(died(job, error as Error))) goesOn = false // `answer` rejects with nothing else
        await worker.terminate()
        if (next < jobs.length && goesOn) worker = new Worker(script)
      }
    }
    await worker.terminate()
  }
  await Promise.all(Array.from({ length: Math.min(threads, jobs.length) }, thread))
}

function answer<Result>(worker: Worker, job: unknown): Promise<Result> {
  return new Promise((resolve, reject) => {
    const listen = (set: 'on' | 'off'): void => {
      worker[set]('message', answered)
      worker[set]('error', failed)
      worker[set]('exit', ended)
    }
    const answered = (result: Result): void => {
      listen('off')
      resolve(result)
    }
    const failed = (error: Error): void => {
      listen('off')
      reject(error)
    }
    const ended = (status: number): void => failed(new Error(`its thread ended with status ${status}`))
    listen('on')
    worker.postMessage(job)
  })
}
