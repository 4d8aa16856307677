/** Keras files as models: read, normalised, weights bound, written as ops. */
import type { Input } from '../../bytes/source.ts'
import { readAll } from '../../bytes/source.ts'
import { FreezeError, invariant, isFreezeError } from '../../errors.ts'
import type { PartialShape } from '../../graph/attr.ts'
import { MAX_ASSET_BYTES } from '../../limits.ts'
import { OPTIONS, type SettingsOf } from '../../options/index.ts'
import type { Model, Tables, VariableInfo, Variables } from '../model.ts'
import { resourceKey } from '../state/resource.ts'
import { checkedAliases } from './alias.ts'
import { backendOf } from './backend.ts'
import type { EmitOptions } from './call.ts'
import { type KerasFile, type KerasFileOptions, openKerasFile } from './container.ts'
import { writerName } from './dialect.ts'
import { type EmittedModel, emitModel } from './emit.ts'
import { shapesFromWeights } from './input-shape.ts'
import type { Layer, LayerGraph } from './layer-graph.ts'
import { classOf } from './layers/index.ts'
import { normalise } from './normalise.ts'
import { type LayerRow, layerTable } from './summary.ts'
import { allLayers, type BoundWeights, bindWeights } from './weights/bind.ts'

/** The options for a Keras file. */
export interface KerasOptions extends ReadOptions, Partial<EmitOptions> {
  /** Shapes of inputs, by name; they go before the file's. Recurrent layers are unrolled to the lengths given here. */
  readonly shapes?: ReadonlyMap<string, PartialShape> | undefined
}

/** The options that reading a file depends on, by the same names. */
export interface ReadOptions extends KerasFileOptions {
  readonly alias?: ReadonlyMap<string, string> | undefined
  readonly keras1Backend?: SettingsOf<'open'>['keras1Backend'] | undefined
}

/** A Keras file that was read and not yet written as ops. */
export interface KerasModel {
  readonly file: KerasFile
  readonly layers: LayerGraph
  readonly bound: BoundWeights
  /** Assumptions that were made because the file does not state them. */
  readonly notes: readonly string[]
}

/** Opens a Keras file. Throws as `readKeras` does; a layer that cannot be written throws where an output needs it. */
export async function openKeras(input: Input, options: KerasOptions = {}): Promise<Model> {
  return modelOf(await readKeras(input, options), options)
}

/** The result of reading a file as a model. */
export async function modelOf(read: KerasModel, options: KerasOptions = {}): Promise<Model> {
  return asModel(read, await written(read, options))
}

function asModel({ file, bound, notes }: KerasModel, emitted: EmittedModel): Model {
  return {
    kind: file.kind,
    name: file.name,
    madeFrom: 'layers',
    writer: writerName(file.dialect),
    graph: emitted.graph,
    signatures: new Map([[emitted.signature.name, emitted.signature]]),
    variables: variables(bound),
    tables: tables(emitted.tables),
    layers: emitted.layers,
    layerScopes: emitted.layerScopes,
    unwritten: emitted.unwritten,
    metagraphs: [],
    notes: [...notes, ...emitted.notes],
  }
}

/** Writes what was read as ops. */
async function written({ file, layers, bound }: KerasModel, options: KerasOptions): Promise<EmittedModel> {
  const vocabularies = await readVocabularies(file, layers, bound)
  const state = {
    dialect: file.dialect,
    weights: bound.weights,
    vocabulary: (layer: Layer) => vocabularies.get(layer.path),
  }
  const shapes = new Map([...shapesFromWeights(layers, bound.weights), ...namedInputs(options.shapes)])
  return emitModel(layers, state, { ...options, rnn: options.rnn ?? OPTIONS.rnn.default }, shapes)
}

/** The parts of a Keras file. */
export interface KerasInspection {
  readonly name: string
  /** The Keras that wrote it and the library that computed for it, as far as the file says. */
  readonly writer: string
  readonly layers: readonly LayerRow[]
  /** Why the model's own outputs cannot be written as ops; absent where they can. */
  readonly refusal?: string
}

/** A Keras file that was looked at: its layers, and the model, where it can be written. */
export interface KerasLook {
  readonly inspection: KerasInspection
  readonly model?: Model
}

/** Looks at a Keras file, also at one that cannot be written. Throws as `readKeras` does. */
export async function inspectKeras(input: Input, options: KerasOptions = {}): Promise<KerasLook> {
  const read = await readKeras(input, options)
  const { name, dialect } = read.file
  const found = { name, writer: writerName(dialect) }
  try {
    const emitted = await written(read, options)
    const refusal = emitted.signature.outputs.map(({ value }) => emitted.unwritten.get(value.node.name))[0]?.message
    const layers = layerTable(read, emitted.shapes)
    return { inspection: { ...found, layers, ...(refusal && { refusal }) }, model: asModel(read, emitted) }
  } catch (error) {
    if (!isFreezeError(error)) throw error
    return { inspection: { ...found, layers: layerTable(read), refusal: error.message } }
  }
}

/** Reads a Keras file up to its layers and weights. Throws `missing`, `unsupported`, `corrupt`, `limit`. */
export async function readKeras(input: Input, options: ReadOptions = {}): Promise<KerasModel> {
  const file = await openKerasFile(input, options)
  if (!file) throw new FreezeError('unsupported', 'this is no Keras file', { file: input.name })
  const layers = normalise(
    file.architecture,
    file.dialect,
    file.name,
    checkedAliases(options.alias, file.architecture, file.name),
  )
  const { dialect, notes } = backendOf(file, layers, options.keras1Backend)
  const bound = bindWeights(layers, file.weights, dialect, file.name)
  const writer = `the file does not say which Keras wrote it: it is read as ${writerName(file.dialect)}`
  const guesses = dialect.version === undefined ? [writer, ...notes] : notes
  return { file: { ...file, dialect }, layers, bound, notes: guesses }
}

/** `x:0` is the input `x`. */
const namedInputs = (shapes: ReadonlyMap<string, PartialShape> = new Map()): [string, PartialShape][] =>
  [...shapes].map(([name, shape]) => [name.replace(/:0$/, ''), shape])

/** The lines of each layer's vocabulary, by the layer's path. It lies where the layer's weights would. */
async function readVocabularies(
  file: KerasFile,
  layers: LayerGraph,
  { objects }: BoundWeights,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const found = new Map<string, readonly string[]>()
  for (const layer of allLayers(layers)) {
    const object = objects.get(layer.path)
    if (object === undefined || !classOf(layer)?.hasVocabulary) continue
    for (const inside of ['', '_lookup_layer/']) {
      const source = await file.asset(`${object}/${inside}vocabulary.txt`)
      if (!source) continue
      found.set(layer.path, new TextDecoder().decode(await readAll(source, MAX_ASSET_BYTES)).split('\n'))
      break
    }
  }
  return found
}

/** The weights for `inspect`; the graph has constants and no node that stands for a variable. */
const variables = ({ bound }: BoundWeights): Variables => ({
  async resolve(node) {
    invariant(false, `${node.name} of a Keras file is a variable`)
  },
  list: async () =>
    bound.map(
      ({ layer, role, weight: { dtype = 'float32', shape, bytes, where } }): VariableInfo => ({
        name: `${layer.path}/${role}`,
        dtype,
        shape,
        bytes,
        where,
      }),
    ),
})

const tables = (contents: ReturnType<typeof emitModel>['tables']): Tables => ({
  async resolve(node) {
    const found = contents.get(resourceKey(node))
    invariant(found, `table ${node.name} was written without contents`)
    return { value: found, notes: [] }
  },
})
