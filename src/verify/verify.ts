/** Are the numbers the same? Runs a result and its original on the same inputs, and compares the outputs. */
import { embedded } from '../engines/embedded.ts'
import type { Arrays, Engine } from '../engines/engine.ts'
import { FreezeError, isFreezeError } from '../errors.ts'
import { type NdArray, size, take } from '../evaluate/array.ts'
import type { Frozen } from '../freeze/frozen.ts'
import { listed } from '../graph/names.ts'
import { agrees, compare, type Figures, type Tolerance } from './compare.ts'
import type { Data } from './data.ts'
import { type Divergence, firstDivergence } from './divergence.ts'
import { inputArrays, recordedOutputs } from './feeds.ts'
import { ofType } from './fit.ts'
import { randomInputs } from './inputs.ts'
import { counterpart, type Subject, type SubjectPort, usingSubject } from './subject.ts'

/** The options of a comparison. */
export interface VerifyOptions extends Tolerance {
  /** The inputs; random ones where absent. */
  readonly data?: Data | undefined
  /** The seed of random inputs; 1 where absent. */
  readonly seed?: number | undefined
  /** The engine for both graphs; the embedded one where absent. */
  readonly engine?: Engine | undefined
}

/** One side of a comparison. */
export interface VerifiedSide {
  readonly name: string
  readonly engine: string
  /** How it came to be run: `frozen plainly`. */
  readonly how?: string
}

/** How an output fared. */
export interface VerifiedOutput {
  readonly key: string
  /** In the result. */
  readonly tensor: string
  readonly figures: Figures
  /** Different random inputs gave the same numbers: that both sides agree proves little. */
  readonly isInsensitive?: boolean
}

/** The outcome of a comparison. */
export interface Verification {
  /** Every output was computed on both sides and agrees. */
  readonly agrees: boolean
  readonly result: VerifiedSide
  /** The original, or the file that recorded its outputs. */
  readonly original: VerifiedSide
  /** The inputs that both were given, with their sizes. */
  readonly inputs: readonly { readonly key: string; readonly dtype: string; readonly shape: readonly number[] }[]
  /** The seed of the inputs, where they are random. */
  readonly seed?: number
  readonly outputs: readonly VerifiedOutput[]
  /** Why the numbers could not be compared at all. */
  readonly unverified?: string
  readonly divergence?: Divergence
}

/**
 * Compares a frozen graph with another that should compute the same: the one before optimising,
 * or the model frozen plainly. Throws `missing` for an input or output that has no counterpart,
 * and what the computation runs into.
 *
 * @example
 * ```ts
 * import { freeze, open, optimize, verify } from 'tfreeze'
 * import { openInput } from 'tfreeze/node'
 *
 * const frozen = await freeze(await open(openInput('my_model')))
 * const { agrees, outputs } = await verify(optimize(frozen).frozen, frozen)
 * console.log(agrees, outputs.length) // true 1
 * ```
 */
export async function verify(
  result: Frozen | Subject,
  original: Frozen | Subject,
  options: VerifyOptions = {},
): Promise<Verification> {
  const engine = options.engine ?? embedded()
  return usingSubject(result, engine, ours =>
    usingSubject(original, engine, theirs => verifySubjects(ours, theirs, options)),
  )
}

/** The same of what engines have loaded; without an original, `data` has the outputs too. */
export async function verifySubjects(
  result: Subject,
  original: Subject | undefined,
  options: VerifyOptions = {},
): Promise<Verification> {
  const { data, seed = 1 } = options
  const sides = {
    result: side(result),
    original: original ? side(original) : { name: data?.name ?? '', engine: 'recorded' },
  }
  const unverified = [result, original].flatMap(subject => cannotRun(subject) ?? []).join('; ')
  if (unverified) return { ...sides, agrees: false, inputs: [], outputs: [], unverified }
  const model = original ?? result
  const arrays = data ? inputArrays(data, model.inputs) : await randomInputs(model, seed)
  const inputs = [...arrays].map(([key, { dtype, shape }]) => ({ key, dtype, shape }))
  const known = { ...sides, inputs, ...(!data && { seed }) }
  const expected = original
    ? await run(original, feedsOf(original, original, arrays), data ? undefined : seed)
    : recorded(result, data)
  const feeds = feedsOf(result, model, arrays)
  const found = await run(result, feeds, data ? undefined : seed)
  const outputs = compared({ subject: result, values: found }, { subject: model, values: expected }, options)
  const wrong = outputs.filter(({ figures }) => !agrees(figures))
  if (wrong.length === 0) return { ...known, agrees: true, outputs }
  const given = original && { subject: original, values: feedsOf(original, original, arrays) }
  const divergence = given && (await divergenceOf({ subject: result, values: feeds }, given, wrong, options))
  return { ...known, agrees: false, outputs, ...(divergence && { divergence }) }
}

const side = ({ name, runnable, how }: Subject): VerifiedSide => ({
  name,
  engine: runnable.engine,
  ...(how && { how }),
})

function cannotRun(subject: Subject | undefined): string | undefined {
  const lacks = subject?.runnable.lacks ?? []
  if (lacks.length === 0) return undefined
  return `the ${subject!.runnable.engine} engine cannot run ${listed(lacks)}, which ${subject!.name} needs`
}

/**
 * Feeds a subject: arrays by the keys of a model's inputs, given to the tensors that are the same. An input of
 * the model that no output needs may be missing in a result.
 */
function feedsOf(subject: Subject, model: Subject, arrays: Arrays): Arrays {
  const feeds = new Map<string, NdArray>()
  for (const port of model.inputs) {
    const array = arrays.get(port.key)
    const own = subject === model ? port : counterpart(port, model.inputs, subject.inputs)
    if (array && own) feeds.set(own.tensor, ofType(array, own))
  }
  const open = subject.inputs.find(port => !feeds.has(port.tensor) && !port.hasDefault)
  if (open) throw noCounterpart('input', open, subject, model)
  return feeds
}

function noCounterpart(side: 'input' | 'output', { key }: SubjectPort, { name }: Subject, other: Subject) {
  const names = (side === 'input' ? other.inputs : other.outputs).map(port => port.key)
  const found = names.length > 0 ? `only ${listed(names)}` : 'it has none'
  return new FreezeError('missing', `${other.name} has no ${side} '${key}', ${found}`, {
    file: name,
    hint: 'Give the options that the result was frozen with (--outputs, --inputs, --signature, --rename).',
  })
}

/** All outputs of a subject by tensor. */
async function run(subject: Subject, feeds: Arrays, seed: number | undefined): Promise<Arrays> {
  const names = subject.outputs.map(port => port.tensor)
  try {
    const values = await subject.runnable.run(feeds, names)
    return new Map(names.map((name, i) => [name, values[i]!]))
  } catch (error) {
    if (seed === undefined || !isFreezeError(error, 'invalid-graph')) throw error
    const what = error.message.replace(/\.$/, '')
    throw new FreezeError('invalid-graph', `${subject.name} cannot be run on random inputs: ${what}`, {
      hint: 'Fix open sizes with --shape, or give inputs with --data.',
      cause: error,
    })
  }
}

function recorded(result: Subject, data: Data | undefined): Arrays {
  const arrays = data ? recordedOutputs(data, result.outputs) : new Map<string, NdArray>()
  const lost = result.outputs.find(({ key }) => !arrays.has(key))
  if (!lost) return new Map(result.outputs.map(({ key, tensor }) => [tensor, arrays.get(key)!]))
  throw new FreezeError('missing', `there is no recorded value of output '${lost.key}' to compare with`, {
    ...(data && { file: data.name }),
    hint: 'Name the original with --against.',
  })
}

/** A subject and the values of its tensors. */
interface Valued {
  readonly subject: Subject
  readonly values: Arrays
}

/** The figures of each output of the model. */
function compared(found: Valued, expected: Valued, options: VerifyOptions): VerifiedOutput[] {
  const [result, model] = [found.subject, expected.subject]
  return model.outputs.map(port => {
    const own = counterpart(port, model.outputs, result.outputs)
    if (!own) throw noCounterpart('output', port, model, result)
    const wanted = expected.values.get(port.tensor)!
    const figures = compare(wanted, found.values.get(own.tensor)!, options)
    const isInsensitive = !options.data && isAlike(wanted, options)
    return { key: port.key, tensor: own.tensor, figures, ...(isInsensitive && { isInsensitive }) }
  })
}

/** Whether the examples of a batch, which were given different inputs, have the same numbers. */
function isAlike(batch: NdArray, tolerance: Tolerance): boolean {
  const [count = 1] = batch.shape
  if (count < 2 || size(batch) === 0) return false
  const length = size(batch) / count
  const firstRepeated = Int32Array.from({ length: size(batch) }, (_, i) => i % length)
  return agrees(compare(take(batch, firstRepeated, batch.shape), batch, tolerance))
}

/** The first node that diverges, where both sides have inner tensors. `values` are what the sides were fed. */
async function divergenceOf(
  result: Valued,
  original: Valued,
  wrong: readonly VerifiedOutput[],
  tolerance: Tolerance,
): Promise<Divergence | undefined> {
  const [ours, theirs] = [result, original].map(({ subject, values }) => {
    const inner = subject.inner?.()
    return inner && { subject, inner, feeds: values }
  })
  const tensors = wrong.map(output => output.tensor)
  return ours && theirs && firstDivergence(ours, theirs, tensors, tolerance)
}
