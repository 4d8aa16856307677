/** Threads that do several pieces of work at a time, and die. */
import { expect, test } from 'vitest'
import { inThreads } from '../../src/node/batch/pool.ts'

/** Doubles numbers after a turn of its loop; a negative one ends the thread with its size as the status. */
const SCRIPT = `
import { parentPort } from 'node:worker_threads'
parentPort.on('message', async ({ id, job }) => {
  await new Promise(resolve => setTimeout(resolve, 5))
  if (job < 0) process.exit(-job)
  parentPort.postMessage({ id, result: String(2 * job) })
})`
const script = new URL(`data:text/javascript,${encodeURIComponent(SCRIPT)}`)

async function results(jobs: readonly number[], isEnough: (result: string) => boolean = () => false) {
  const taken: string[] = []
  await inThreads<number, string>({
    script,
    threads: 2,
    jobs,
    died: (job, { message }) => `${job}: ${message}`,
    take: result => taken.push(result) > 0 && !isEnough(result),
  })
  return taken.sort()
}

test('every piece is done once', async () => {
  const jobs = Array.from({ length: 20 }, (_, i) => i)
  expect(await results(jobs)).toEqual(jobs.map(i => String(2 * i)).sort())
})

test('a thread that dies takes only the piece that ended it', async () => {
  const died = [-3, -4].map(job => `${job}: its thread ended with status ${-job}`)
  expect(await results([1, 2, -3, 4, -4, 6, 7, 8, 9, 10])).toEqual(
    [...died, '2', '4', '8', '12', '14', '16', '18', '20'].sort(),
  )
})

test('no piece is begun once it is enough', async () => {
  const jobs = Array.from({ length: 100 }, (_, i) => i)
  expect((await results(jobs, () => true)).length).toBeLessThan(20)
})
