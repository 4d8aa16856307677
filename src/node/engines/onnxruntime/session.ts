/** An ONNX model in a session of ONNX Runtime. Inner values are given by a session of the model with further outputs. */
import type { Arrays, Runnable } from '../../../engines/engine.ts'
import { FreezeError } from '../../../errors.ts'
import type { NdArray } from '../../../evaluate/array.ts'
import { listed, nearestFirst } from '../../../graph/names.ts'
import { type OnnxOutline, withOutputs } from '../../../onnx/outline.ts'
import type { LoadedRuntime, OrtSession } from './runtime.ts'
import { fromOnnxRuntime, toOnnxRuntime } from './tensors.ts'
import type { Weights } from './weights.ts'

/** A model and what is known of it. */
export interface OnnxFile {
  readonly bytes: Uint8Array
  readonly name: string
  readonly outline: OnnxOutline
  readonly weights: Weights
}

export class OnnxSession implements Runnable {
  readonly engine: string
  readonly lacks: readonly string[]
  readonly #loaded: LoadedRuntime
  readonly #file: OnnxFile
  readonly #outputs: ReadonlySet<string>
  readonly #inner: ReadonlySet<string>
  #session: OrtSession | undefined

  /** Loads the model; what ONNX Runtime cannot run is in `lacks`. Throws `invalid-graph` for a model that it refuses. */
  static async open(loaded: LoadedRuntime, file: OnnxFile): Promise<OnnxSession> {
    try {
      return new OnnxSession(loaded, file, await sessionOf(loaded, file, file.bytes))
    } catch (error) {
      const op = lackingOp(error)
      if (op === undefined) throw failure(error, file.name)
      return new OnnxSession(loaded, file, undefined, [op])
    }
  }

  private constructor(
    loaded: LoadedRuntime,
    file: OnnxFile,
    session: OrtSession | undefined,
    lacks: readonly string[] = [],
  ) {
    const { outputs, nodes, inputs } = file.outline
    this.engine = `ONNX Runtime ${loaded.version}`
    this.lacks = lacks
    this.#loaded = loaded
    this.#file = file
    this.#session = session
    this.#outputs = new Set(outputs.map(({ name }) => name))
    this.#inner = new Set([...nodes.flatMap(node => node.outputs), ...inputs.map(({ name }) => name)].filter(Boolean))
  }

  async run(feeds: Arrays, fetches: readonly string[]): Promise<readonly NdArray[]> {
    const names = fetches.map(name => this.#named(name))
    const fed = new Map([...feeds].map(([name, array]) => [this.#named(name), array]))
    const computed = new Set(names.filter(name => !fed.has(name)))
    const further = [...computed].filter(name => !this.#outputs.has(name))
    const values = computed.size > 0 ? await this.#compute(fed, [...computed], further) : new Map<string, NdArray>()
    return names.map(name => fed.get(name) ?? values.get(name)!)
  }

  /** The name in the model, which has no index of a first output. */
  #named(name: string): string {
    const found = [name, name.replace(/:0$/, '')].find(each => this.#outputs.has(each) || this.#inner.has(each))
    if (found !== undefined) return found
    throw new FreezeError('missing', `there is no value '${name}' in the main graph`, {
      file: this.#file.name,
      hint: `Name one of ${listed(nearestFirst(name, [...this.#inner]))}.`,
    })
  }

  async #compute(feeds: Arrays, fetches: string[], further: readonly string[]): Promise<Map<string, NdArray>> {
    const { runtime } = this.#loaded
    const inputs = Object.fromEntries([...feeds].map(([name, array]) => [name, toOnnxRuntime(runtime, array)]))
    const { bytes, name } = this.#file
    try {
      const own =
        further.length > 0 ? await sessionOf(this.#loaded, this.#file, withOutputs(bytes, further)) : undefined
      const session = own ?? this.#session!
      const found = await session.run(inputs, fetches)
      const arrays = new Map(fetches.map(fetch => [fetch, fromOnnxRuntime(found[fetch]!)]))
      await own?.release()
      return arrays
    } catch (error) {
      throw failure(error, name)
    }
  }

  close(): void {
    void this.#session?.release()
    this.#session = undefined
  }
}

const sessionOf = ({ runtime }: LoadedRuntime, { weights }: OnnxFile, bytes: Uint8Array): Promise<OrtSession> =>
  runtime.InferenceSession.create(bytes, { ...weights, logSeverityLevel: 3 })

/** The op of which ONNX Runtime says that it has no kernel, or that it does not know it. */
function lackingOp(error: unknown): string | undefined {
  const text = error instanceof Error ? error.message : String(error)
  const [, op] =
    /implementation for (\S+?)\(/.exec(text) ??
    /No Op registered for (\S+)/.exec(text) ??
    /(\S+?)\(-?\d+\) is not a registered function\/op/.exec(text) ??
    []
  return op
}

/** ONNX Runtime's message in one line, without its codes and source files. */
function failure(error: unknown, file: string): FreezeError {
  if (error instanceof FreezeError) return error
  const text = (error instanceof Error ? error.message : String(error)).split('\n')[0]!
  const what = text.replace(/^.*ERROR_MESSAGE:\s*/, '').replace(/^.*\[ONNXRuntimeError\] : \d+ : \w+ : /, '')
  return new FreezeError('invalid-graph', `ONNX Runtime says: ${what.trim().replace(/\.$/, '')}`, {
    file,
    cause: error,
  })
}
