/** A thread of a batch: answers each job with its line of the report. */
import { parentPort } from 'node:worker_threads'
import { freezeOne, type Job } from './one.ts'

parentPort?.on('message', async (job: Job) => parentPort?.postMessage(await freezeOne(job)))
