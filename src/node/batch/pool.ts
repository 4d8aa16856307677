/**
 * Does work in threads. Each has a few pieces at a time: while one waits for the disk, another computes. What a thread was
 * at when it died is done again, each piece in a thread of its own, so that only the one that ended it is lost.
 */
import { Worker } from 'node:worker_threads'

/** Pieces that a thread has at a time. */
const AT_ONCE = 4

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

/** The work that a thread is sent, and its answer, by the number of the work. */
export interface Order<Job> {
  readonly id: number
  readonly job: Job
}
export interface Answer<Result> {
  readonly id: number
  readonly result: Result
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
    const lane = async (): Promise<void> => {
      while (goesOn && next < jobs.length) {
        const id = next++
        const [mine, job] = [worker, jobs[id]!]
        const result = await answer<Job, Result>(mine, { id, job }).catch(() => {
          if (worker === mine && goesOn && next < jobs.length) worker = new Worker(script)
          return alone({ id, job })
        })
        if (!take(result)) goesOn = false
      }
    }
    await Promise.all(Array.from({ length: AT_ONCE }, lane))
    await worker.terminate()
  }
  /** Does again what a thread was at when it died, in a thread of its own. */
  const alone = async (order: Order<Job>): Promise<Result> => {
    const worker = new Worker(script)
    try {
      return await answer<Job, Result>(worker, order)
    } catch (error) {
      return died(order.job, error as Error) // `answer` rejects with nothing else
    } finally {
      await worker.terminate()
    }
  }
  await Promise.all(Array.from({ length: Math.min(threads, jobs.length) }, thread))
}

function answer<Job, Result>(worker: Worker, order: Order<Job>): Promise<Result> {
  return new Promise((resolve, reject) => {
    const listen = (set: 'on' | 'off'): void => {
      worker[set]('message', answered)
      worker[set]('error', failed)
      worker[set]('exit', ended)
    }
    const answered = ({ id, result }: Answer<Result>): void => {
      if (id !== order.id) return
      listen('off')
      resolve(result)
    }
    const failed = (error: Error): void => {
      listen('off')
      reject(error)
    }
    const ended = (status: number): void => failed(new Error(`its thread ended with status ${status}`))
    listen('on')
    worker.postMessage(order)
  })
}
