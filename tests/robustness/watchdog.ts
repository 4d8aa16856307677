/** Ends the process when one run does not come back: a hang in synchronous code stops every timer of its thread. */
import { Worker } from 'node:worker_threads'

const SECONDS = 60

const THREAD = `
const { workerData: { beats, label, seconds } } = require('node:worker_threads')
let last = -1
setInterval(() => {
  const now = Atomics.load(beats, 0)
  if (now !== last) return void (last = now)
  const length = Atomics.load(beats, 1)
  require('node:fs').writeSync(2, 'hangs: ' + Buffer.from(label.slice(0, length)) + '\\n')
  process.kill(process.pid, 'SIGKILL')
}, seconds * 1000).unref()
require('node:worker_threads').parentPort.on('message', () => {})
`

export interface Watchdog {
  /** Says what starts now; what came before is over. */
  watch(label: string): void
  stop(): Promise<unknown>
}

/** Starts watching; whoever is silent for a minute is ended, with the label last given on standard error. */
export function watchdog(): Watchdog {
  const beats = new Int32Array(new SharedArrayBuffer(8))
  const label = new Uint8Array(new SharedArrayBuffer(256))
  const worker = new Worker(THREAD, { eval: true, workerData: { beats, label, seconds: SECONDS } })
  worker.unref()
  return {
    watch(text) {
      const bytes = new TextEncoder().encode(text).subarray(0, label.length)
      label.set(bytes)
      Atomics.store(beats, 1, bytes.length)
      Atomics.add(beats, 0, 1)
    },
    stop: () => worker.terminate(),
  }
}
