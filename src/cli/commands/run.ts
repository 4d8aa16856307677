/** `tfreeze run`: a graph on data. */
import { elements, type NdArray, texts, toTensor } from '../../evaluate/array.ts'
import { npyBytes } from '../../formats/npy/npy.ts'
import { npzBytes } from '../../formats/npy/npz.ts'
import { checkWritable } from '../../node/target.ts'
import { wholeFile, writeFile } from '../../node/write-file.ts'
import type { Literal } from '../../options/option.ts'
import { elementCount } from '../../tensor/tensor.ts'
import { inputFeeds, requireRunnable, runSubject } from '../../verify/run.ts'
import { isSubject, usingSubject } from '../../verify/subject.ts'
import { engineFrom } from '../engines.ts'
import { modelFrom } from '../models.ts'
import { refuseOverwriting } from '../overwriting.ts'
import { columns, terminal, typed } from '../print.ts'
import { type Flags, filesRead } from '../settings.ts'
import { dataFrom } from '../verification.ts'
import { wrongUsage } from '../wrong-usage.ts'

/** Results by name. */
type Results = ReadonlyMap<string, NdArray>

export async function run(path: string, flags: Flags): Promise<void> {
  const { results: target, fetch } = flags
  const format = formatOf(target)
  await refuseOverwriting({ models: [path], files: filesRead(flags), written: [target] })
  if (target !== undefined) checkWritable(target)
  const model = await modelFrom(path, fetch ? { ...flags, outputs: fetch } : flags)
  const { found, seconds } = await usingSubject(model, await engineFrom(flags), async subject => {
    requireRunnable(subject)
    const feeds = inputFeeds(subject, (await dataFrom(flags)) ?? { name: path, values: new Map() })
    const work = (): Promise<Results> => runSubject(subject, feeds, isSubject(model) ? fetch : undefined)
    return { found: await work(), seconds: flags.time ? await timed(work) : [] }
  })
  if (format === '.npy' && found.size !== 1)
    wrongUsage('run', `${target} holds one array, and there are ${found.size} results. Name a .npz or .json file.`)
  if (target === '-') process.stdout.write(json(found))
  else if (target !== undefined && format) await writeFile(target, wholeFile(bytesOf(found, format)))
  if (!flags.quiet && target !== '-') process.stdout.write(`${terminal(describe(found, seconds))}\n`)
  else if (seconds.length > 0) process.stderr.write(`${latency(seconds)}\n`)
}

const FORMATS = ['.npz', '.npy', '.json'] as const
type Format = (typeof FORMATS)[number]

function formatOf(target: string | undefined): Format | undefined {
  if (target === undefined || target === '-') return undefined
  return (
    FORMATS.find(ending => target.toLowerCase().endsWith(ending)) ??
    wrongUsage('run', `${target} is of no kind that is written. Name a .npz, .npy or .json file.`)
  )
}

function bytesOf(found: Results, format: Format): Uint8Array {
  if (format === '.json') return new TextEncoder().encode(json(found))
  const tensors = new Map([...found].map(([name, array]) => [name, toTensor(array)]))
  return format === '.npz' ? npzBytes(tensors) : npyBytes([...tensors.values()][0]!)
}

const json = (found: Results): string =>
  `${JSON.stringify(Object.fromEntries([...found].map(([name, array]) => [name, nested(array)])))}\n`

/** An array as nested lists, as `--data` takes them. */
function nested(array: NdArray): Literal {
  let level: Literal[] = array.dtype === 'string' ? texts(array) : elements(array).map(jsonElement)
  for (let axis = array.shape.length - 1; axis >= 0; axis--) {
    const size = array.shape[axis]!
    const count = elementCount(array.shape.slice(0, axis))
    level = Array.from({ length: count }, (_, i) => level.slice(i * size, (i + 1) * size))
  }
  return level[0]!
}

/** A number that JSON has; others as text. */
function jsonElement(value: number | bigint): Literal {
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value)
  return Number.isFinite(value) ? value : String(value)
}

/** How often a run is repeated for its latency. */
const RUNS = 5

async function timed(work: () => Promise<unknown>): Promise<number[]> {
  const seconds: number[] = []
  for (let i = 0; i < RUNS; i++) {
    const start = performance.now()
    await work()
    seconds.push((performance.now() - start) / 1000)
  }
  return seconds.sort((a, b) => a - b)
}

const latency = (seconds: readonly number[]): string =>
  `a run takes ${seconds[Math.floor(seconds.length / 2)]!.toFixed(3)} s (median of ${seconds.length}; the fastest ${seconds[0]!.toFixed(3)} s)`

/** Elements of a result that are printed. */
const SHOWN = 6

function describe(found: Results, seconds: readonly number[]): string {
  const rows = [...found].map(([name, array]) => [name, typed(array.dtype, array.shape), first(array)])
  return [columns(rows, ''), ...(seconds.length > 0 ? [latency(seconds)] : [])].join('\n')
}

function first(array: NdArray): string {
  const all = array.dtype === 'string' ? texts(array).map(text => JSON.stringify(text)) : elements(array).map(String)
  return all.slice(0, SHOWN).join(' ') + (all.length > SHOWN ? ' …' : '')
}
