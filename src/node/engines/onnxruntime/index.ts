/** The engine that is ONNX Runtime: it runs `.onnx` files, and frozen graphs as the ONNX that would be written. */
import { dirname } from 'node:path'
import { collectBytes } from '../../../bytes/join.ts'
import { readAll } from '../../../bytes/source.ts'
import type { Engine, Runnable } from '../../../engines/engine.ts'
import { FreezeError } from '../../../errors.ts'
import { onnx } from '../../../export/onnx.ts'
import type { Frozen } from '../../../freeze/frozen.ts'
import { MAX_MESSAGE_BYTES } from '../../../limits.ts'
import { type OnnxOutline, type OutlinePort, outlineOf } from '../../../onnx/outline.ts'
import type { Inner } from '../../../verify/inner.ts'
import type { Subject, SubjectPort } from '../../../verify/subject.ts'
import { openFile, openFolder } from '../../file-source.ts'
import { type LoadedRuntime, loadRuntime } from './runtime.ts'
import { OnnxSession } from './session.ts'
import { externalWeights, type Weights } from './weights.ts'

/** ONNX Runtime. Throws `missing` where neither of its packages is installed. */
export const onnxRuntime = (): Promise<OnnxRuntimeEngine> => OnnxRuntimeEngine.load()

/** Runs ONNX models. */
export class OnnxRuntimeEngine implements Engine {
  readonly name = 'onnxruntime'
  readonly #loaded: LoadedRuntime

  private constructor(loaded: LoadedRuntime) {
    this.#loaded = loaded
  }

  /** Throws as `onnxRuntime` does. */
  static async load(): Promise<OnnxRuntimeEngine> {
    return new OnnxRuntimeEngine(await loadRuntime())
  }

  /** Loads a frozen graph as the model that would be written. Throws `target` for what ONNX cannot say. */
  async load(frozen: Frozen): Promise<Runnable> {
    const [file] = await onnx.write(frozen)
    const { runnable } = await this.fromBytes(await collectBytes(file!.chunks), frozen.source.name)
    return runnable
  }

  /**
   * Opens a `.onnx` file, with the files of weights beside it, as one side of `verify`, or to be run.
   * Throws `missing` and `corrupt`. Its `runnable` is to be closed.
   */
  async open(path: string): Promise<Subject> {
    const source = openFile(path)
    const bytes = await readAll(source, MAX_MESSAGE_BYTES)
    const outline = outlineOf(bytes, source.name)
    const folder = dirname(path)
    const weights = await externalWeights(outline.weightFiles, openFolder(folder), folder, this.#loaded)
    return this.#subject(bytes, source.name, outline, weights)
  }

  /** The same of a model in memory, which has its weights in it. */
  async fromBytes(bytes: Uint8Array, name: string): Promise<Subject> {
    return this.#subject(bytes, name, outlineOf(bytes, name), {})
  }

  async #subject(bytes: Uint8Array, name: string, outline: OnnxOutline, weights: Weights): Promise<Subject> {
    return {
      name,
      inputs: outline.inputs.map(port => subjectPort(port, name)),
      outputs: outline.outputs.map(port => subjectPort(port, name)),
      runnable: await OnnxSession.open(this.#loaded, { bytes, name, outline, weights }),
      inner: () => innerOf(outline),
    }
  }
}

function subjectPort({ name, dtype, shape }: OutlinePort, file: string): SubjectPort {
  if (dtype) return { key: name, tensor: name, dtype, shape }
  throw new FreezeError('unsupported', 'it is not a tensor of a type that can be fed or compared', {
    file,
    path: [name],
  })
}

const innerOf = ({ nodes }: OnnxOutline): Inner => ({
  nodes: nodes.map(({ name, op, inputs, outputs }) => ({
    name,
    op,
    inputs: inputs.filter(Boolean),
    outputs: outputs.filter(Boolean).map(tensor => ({ name: tensor, dtype: undefined })),
  })),
  isReordered: true,
})
