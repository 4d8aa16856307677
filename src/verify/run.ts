/** Runs a frozen graph on data. */
import { embedded } from '../engines/embedded.ts'
import type { Arrays, Engine } from '../engines/engine.ts'
import { FreezeError } from '../errors.ts'
import type { NdArray } from '../evaluate/array.ts'
import type { Frozen } from '../freeze/frozen.ts'
import { listed } from '../graph/names.ts'
import type { Data, GivenValue } from './data.ts'
import { inputArrays } from './feeds.ts'
import { type Subject, usingSubject } from './subject.ts'

/** The options of a run. */
export interface RunOptions {
  /** The engine; the embedded one where absent. */
  readonly engine?: Engine | undefined
  /** Tensors to return instead of the outputs: `node:0`. */
  readonly fetch?: readonly string[] | undefined
}

/**
 * The outputs of a frozen graph by key, or the tensors of `fetch` by name. `feeds` gives the inputs by key or
 * tensor name, as arrays or as lists. Throws `missing` for an input without a value, and `unsupported` for an op that
 * the engine cannot run.
 *
 * @example
 * ```ts
 * import { freeze, open, run } from 'tfreeze'
 * import { openInput } from 'tfreeze/node'
 *
 * const frozen = await freeze(await open(openInput('my_model')))
 * const image = Array(28).fill(Array(28).fill([0.5]))
 * const outputs = await run(frozen, new Map([['image', [image]]]))
 * console.log(outputs.get('output_0')?.shape) // [ 1, 10 ]
 * ```
 */
export async function run(
  graph: Frozen | Subject,
  feeds: ReadonlyMap<string, GivenValue>,
  { engine = embedded(), fetch }: RunOptions = {},
): Promise<Map<string, NdArray>> {
  return usingSubject(graph, engine, subject => {
    requireRunnable(subject)
    const data: Data = { name: '', values: feeds }
    return runSubject(subject, inputFeeds(subject, data), fetch)
  })
}

/** Throws `unsupported` where the engine lacks an op. */
export function requireRunnable({ name, runnable: { engine, lacks } }: Subject): void {
  if (lacks.length === 0) return
  throw new FreezeError('unsupported', `the ${engine} engine cannot run ${listed(lacks)}`, {
    file: name,
    hint: 'Use another engine, or fetch tensors that do not need it.',
  })
}

/** A file's values by the tensors that they are fed to. */
export function inputFeeds({ inputs }: Subject, data: Data): Arrays {
  const arrays = inputArrays(data, inputs)
  return new Map(inputs.flatMap(({ key, tensor }) => (arrays.has(key) ? [[tensor, arrays.get(key)!] as const] : [])))
}

/** Outputs by key, or the tensors of `fetch` by name. */
export async function runSubject(
  { runnable, outputs }: Subject,
  feeds: Arrays,
  fetch?: readonly string[],
): Promise<Map<string, NdArray>> {
  const wanted = fetch ? fetch.map(tensor => ({ key: tensor, tensor })) : outputs
  const values = await runnable.run(
    feeds,
    wanted.map(({ tensor }) => tensor),
  )
  return new Map(wanted.map(({ key }, i) => [key, values[i]!]))
}
