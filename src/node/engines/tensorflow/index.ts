/** The engine that is TensorFlow itself, by its C API: an independent reader of the same files. */
import { collectBytes } from '../../../bytes/join.ts'
import type { Engine, Runnable } from '../../../engines/engine.ts'
import { FreezeError } from '../../../errors.ts'
import type { NdArray } from '../../../evaluate/array.ts'
import { graphdefChunks } from '../../../export/index.ts'
import type { Frozen } from '../../../freeze/frozen.ts'
import { tensorName } from '../../../graph/names.ts'
import { loadLibrary, type Pointer, type TensorFlowLibrary } from './library.ts'
import { libraryAt } from './locate.ts'
import { fromTensorFlow, toTensorFlow } from './tensors.ts'

/**
 * ConfigProto without rewriting: graph_options 10 { optimizer_options 3 { opt_level 3: −1 },
 * rewrite_options 10 { disable_meta_optimizer 19: true } }. Folding would cost seconds, and is not what is judged.
 */
const CONFIG = Uint8Array.of(
  ...[0x52, 0x12],
  ...[0x1a, 0x0b, 0x18, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01],
  ...[0x52, 0x03, 0x98, 0x01, 0x01],
)

/** TensorFlow at `path`: its library, or the folder that holds it. Throws `missing` and `unsupported`. */
export async function tensorflow(path: string): Promise<TensorFlowEngine> {
  return new TensorFlowEngine(await loadLibrary(libraryAt(path)))
}

/** Runs frozen graphs, and SavedModels as they are. */
export class TensorFlowEngine implements Engine {
  readonly name = 'tensorflow'
  readonly #library: TensorFlowLibrary

  constructor(library: TensorFlowLibrary) {
    this.#library = library
  }

  /** Loads a frozen graph as the bytes that would be written. */
  async load({ graph }: Frozen): Promise<Runnable> {
    const bytes = await collectBytes((await graphdefChunks(graph)).chunks)
    const library = this.#library
    const made = library.call('TF_NewGraph')
    const buffer = library.call('TF_NewBufferFromString', bytes, bytes.length)
    const options = library.call('TF_NewImportGraphDefOptions')
    try {
      library.checked('TF_GraphImportGraphDef', made, buffer, options)
    } finally {
      library.call('TF_DeleteImportGraphDefOptions', options)
      library.call('TF_DeleteBuffer', buffer)
    }
    return this.#session(made, settings => library.checked('TF_NewSession', made, settings))
  }

  /** Loads a SavedModel from its folder, weights, tables and assets included. */
  loadSavedModel(folder: string, tags: readonly string[]): Runnable {
    const library = this.#library
    const graph = library.call('TF_NewGraph')
    return this.#session(graph, settings =>
      library.checked('TF_LoadSessionFromSavedModel', settings, null, folder, [...tags], tags.length, graph, null),
    )
  }

  #session(graph: Pointer, open: (settings: Pointer) => Pointer): Runnable {
    const library = this.#library
    const settings = library.call('TF_NewSessionOptions')
    try {
      library.checked('TF_SetConfig', settings, CONFIG, CONFIG.length)
      return new Session(library, graph, open(settings))
    } finally {
      library.call('TF_DeleteSessionOptions', settings)
    }
  }
}

/** A graph in a session. */
class Session implements Runnable {
  readonly lacks: readonly string[] = []
  readonly #library: TensorFlowLibrary
  readonly #graph: Pointer
  readonly #session: Pointer

  constructor(library: TensorFlowLibrary, graph: Pointer, session: Pointer) {
    this.#library = library
    this.#graph = graph
    this.#session = session
  }

  get engine(): string {
    return `TensorFlow ${this.#library.version}`
  }

  async run(feeds: ReadonlyMap<string, NdArray>, fetches: readonly string[]): Promise<readonly NdArray[]> {
    const plain = (name: string): string => name.replace(/:0$/, '')
    const fed = new Map([...feeds].map(([name, array]) => [plain(name), array]))
    const computed = fetches.filter(name => !fed.has(plain(name))) // TensorFlow refuses to fetch what it is fed
    const values = computed.length > 0 ? this.#compute(feeds, computed) : []
    return fetches.map(name => fed.get(plain(name)) ?? values[computed.indexOf(name)]!)
  }

  #compute(feeds: ReadonlyMap<string, NdArray>, fetches: readonly string[]): NdArray[] {
    const library = this.#library
    const inputs = [...feeds.keys()].map(name => this.#output(name))
    const outputs = fetches.map(name => this.#output(name))
    const given = [...feeds.values()].map(array => toTensorFlow(library, array))
    const found: Pointer[] = outputs.map(() => null)
    try {
      const sides = [inputs, given, given.length, outputs, found, outputs.length]
      library.checked('TF_SessionRun', this.#session, null, ...sides, null, 0, null)
      return found.map(tensor => fromTensorFlow(library, tensor))
    } finally {
      for (const tensor of [...given, ...found]) if (tensor) library.call('TF_DeleteTensor', tensor)
    }
  }

  #output(name: string): { oper: Pointer; index: number } {
    const { node, index } = tensorName(name)
    const oper = this.#library.call('TF_GraphOperationByName', this.#graph, node)
    if (oper) return { oper, index }
    throw new FreezeError('missing', `TensorFlow's graph has no node '${node}'`)
  }

  close(): void {
    this.#library.checked('TF_CloseSession', this.#session)
    this.#library.checked('TF_DeleteSession', this.#session)
    this.#library.call('TF_DeleteGraph', this.#graph)
  }
}
