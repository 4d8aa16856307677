/** A thread of a batch: answers each job with its line of the report. */
import { parentPort } from 'node:worker_threads'
import type { Line } from '../../node/batch/line.ts'
import type { Answer, Order } from '../../node/batch/pool.ts'
import { freezeOne, type Job } from './one.ts'

parentPort?.on('message', async ({ id, job }: Order<Job>) => {
  const answer: Answer<Line> = { id, result: await freezeOne(job) }
  parentPort?.postMessage(answer)
})
