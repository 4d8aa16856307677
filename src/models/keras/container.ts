/**
 * The files that hold a Keras model, told apart by what is in them:
 *
 *     HDF5     root attribute model_config             whole model, Keras 1 to 3
 *              root attribute layer_names              weights of Keras 1 to 3
 *              groups layer_0, layer_1…                weights of Keras 0.x
 *              groups layers, _layer_checkpoint_…      weights of Keras 3 (`.weights.h5`)
 *     zip or   config.json + model.weights.h5          whole model, Keras 3 (`.keras`)
 *     folder                 or model.weights.json       the same in shards
 *     JSON     class_name                              architecture, without weights
 *              weight_map                              index of the shards beside it
 *     checkpoint                                       weights in TensorFlow's format
 *     model.json and shards                            whole model, TF.js
 */
import { type ByteSource, type Folder, type Input, isFolder, readAll } from '../../bytes/source.ts'
import { FreezeError } from '../../errors.ts'
import { archiveFolder } from '../../formats/archive.ts'
import { type Hdf5File, listAttribute, openHdf5, textAttribute } from '../../formats/hdf5/file.ts'
import { isHdf5 } from '../../formats/hdf5/signature.ts'
import type { Bundle } from '../../formats/tensor-bundle/bundle.ts'
import { MAX_CONFIG_BYTES } from '../../limits.ts'
import type { TfjsModel } from '../tfjs/model-json.ts'
import { dialectOf, versionIn } from './dialect.ts'
import { isObject, parseJson, stringAt } from './json.ts'
import type { Dialect, Json } from './layer-graph.ts'
import { objectTree } from './weights/object-tree.ts'
import { layerGroups, objectStore, positionalGroups, type WeightStore } from './weights/store.ts'
import { fromTensor } from './weights/stored-weight.ts'

/** A Keras model as it lies in its files. */
export interface KerasFile {
  readonly kind: 'keras_h5' | 'keras_v3' | 'checkpoint' | 'tfjs_layers'
  readonly name: string
  readonly architecture: Json
  readonly dialect: Dialect
  readonly weights: WeightStore
  /** A file of the archive, such as a vocabulary; undefined when there is none, or no archive. */
  asset(path: string): Promise<ByteSource | undefined>
}

/** The files that a file of weights needs beside it. */
export interface KerasFileOptions {
  /** The model's JSON, from `to_json()`, for a file that holds only weights. */
  readonly architecture?: ByteSource | undefined
  /** The folder that the file lies in, where shards are looked for. */
  readonly beside?: Folder
  /** The TensorFlow checkpoint that holds the weights; the input is where it lies. */
  readonly checkpoint?: Bundle
  /** The TF.js model that the input is, as it was read. */
  readonly tfjs?: TfjsModel
}

/** Opens a Keras file; undefined when the input is something else. Throws `missing`, `unsupported`, `corrupt`. */
export async function openKerasFile(input: Input, options: KerasFileOptions = {}): Promise<KerasFile | undefined> {
  if (options.checkpoint) return fromCheckpoint(options.checkpoint, options)
  if (options.tfjs) return fromTfjs(options.tfjs)
  if (isFolder(input)) return fromFolder(input, options)
  if (await isHdf5(input)) return fromHdf5(input, options)
  const folder = await archiveFolder(input)
  if (folder) return fromFolder(folder, options)
  return fromJson(input, options)
}

const readJson = async (source: ByteSource): Promise<Json> =>
  parseJson(new TextDecoder().decode(await readAll(source, MAX_CONFIG_BYTES)), source.name, 'the configuration')

// ---- HDF5

async function fromHdf5(source: ByteSource, options: KerasFileOptions): Promise<KerasFile> {
  const file = await openHdf5(source)
  const config = textAttribute(file, '/', 'model_config')
  if (config === undefined) return weightsOnly(source.name, weightsIn(file), options, file)
  const architecture = parseJson(config, source.name, 'model_config')
  const root = file.kind('model_weights') === 'group' ? '/model_weights' : '/'
  const layers = layerGroups(file, root)
  if (!layers)
    throw new FreezeError('missing', 'the model has a configuration and no weights', {
      file: source.name,
      hint: 'Save the model with model.save.',
    })
  refuseOwnWeights(file, root)
  return {
    kind: 'keras_h5',
    name: source.name,
    architecture,
    dialect: dialectOf({ ...writerOf(file, root), config: architecture }),
    weights: { layout: 'by-layer', file, layers },
    asset: async () => undefined,
  }
}

/** Weights that belong to no layer: only a subclass of Model has them, and its code is not in the file. */
function refuseOwnWeights(file: Hdf5File, root: string): void {
  const path = `${root}/top_level_model_weights`
  const names = file.kind(path) === 'group' ? (listAttribute(file, path, 'weight_names') ?? []) : []
  if (names.length === 0) return
  throw new FreezeError('unsupported', `the model has weights of its own (${names.join(', ')}), which no layer uses`, {
    file: file.name,
    path: [path],
    hint: 'Save it as a SavedModel (model.export or tf.saved_model.save) and freeze that.',
  })
}

function writerOf(file: Hdf5File, root: string): { version?: string | undefined; backend?: string | undefined } {
  const attribute = (name: string) => textAttribute(file, root, name) ?? textAttribute(file, '/', name)
  return { version: attribute('keras_version'), backend: attribute('backend') }
}

const OBJECT_GROUPS = ['layers', '_layer_checkpoint_dependencies', '_layers', 'vars']

/** The weights of a file without a configuration. */
function weightsIn(file: Hdf5File): WeightStore {
  const layers = layerGroups(file, '/')
  if (layers) return { layout: 'by-layer', file, layers }
  const positional = positionalGroups(file)
  if (positional) return { layout: 'by-position', file, layers: positional }
  if (OBJECT_GROUPS.some(name => file.kind(name) === 'group'))
    return { layout: 'by-object', objects: objectStore([file], file.name) }
  throw new FreezeError('unsupported', 'this HDF5 file holds no Keras model', {
    file: file.name,
    hint: `Its root holds ${file.names('/').slice(0, 5).join(', ') || 'nothing'}; a model has the attribute model_config.`,
  })
}

const KIND_OF = {
  'by-layer': 'keras_h5',
  'by-position': 'keras_h5',
  'by-object': 'keras_v3',
  'by-attribute': 'checkpoint',
  'by-name': 'tfjs_layers',
} as const

async function weightsOnly(
  name: string,
  weights: WeightStore,
  { architecture }: KerasFileOptions,
  file?: Hdf5File,
): Promise<KerasFile> {
  if (!architecture)
    throw new FreezeError('missing', 'the file holds weights and not the model they belong to', {
      file: name,
      hint: 'Give the JSON of model.to_json() with --architecture, or save the whole model with model.save.',
    })
  const config = await readArchitecture(architecture)
  const { version, backend } = file ? writerOf(file, '/') : {}
  const zero = weights.layout === 'by-position' ? '0.3' : undefined
  return {
    kind: KIND_OF[weights.layout],
    name,
    architecture: config,
    dialect: dialectOf({
      version: zero ?? version ?? versionIn(config),
      backend: backend ?? stringAt(config, 'backend'),
      config,
    }),
    weights,
    asset: async () => undefined,
  }
}

async function readArchitecture(source: ByteSource): Promise<Json> {
  const [first] = await source.read(0, Math.min(1, source.size))
  if (first === '{'.charCodeAt(0)) return readJson(source)
  throw new FreezeError('unsupported', 'the architecture is not JSON', {
    file: source.name,
    hint: 'Only the JSON of model.to_json() is read, not YAML.',
  })
}

// ---- checkpoints

const fromCheckpoint = async (bundle: Bundle, options: KerasFileOptions): Promise<KerasFile> =>
  weightsOnly(bundle.name, { layout: 'by-attribute', tree: await objectTree(bundle) }, options)

// ---- TF.js

/** The converter keeps Keras' own record, in which the configuration is a member; TF.js writes the configuration itself. */
function fromTfjs({ name, file, topology, weights }: TfjsModel): KerasFile {
  const architecture = topology['model_config'] ?? topology
  const stored = [...weights].map(([path, { tensor, bytes }]) => fromTensor(path, tensor, file, bytes))
  return {
    kind: 'tfjs_layers',
    name,
    architecture,
    dialect: dialectOf({
      version: stringAt(topology, 'keras_version'),
      backend: stringAt(topology, 'backend'),
      config: architecture,
    }),
    weights: { layout: 'by-name', weights: stored },
    asset: async () => undefined,
  }
}

// ---- archives and folders

async function fromFolder(folder: Folder, options: KerasFileOptions): Promise<KerasFile | undefined> {
  const paths = await folder.paths()
  const config = paths.filter(path => /(^|\/)config\.json$/.test(path)).sort(byDepth)[0]
  const root = config?.slice(0, -'config.json'.length) ?? ''
  const weightPath = ['h5', 'json', 'npz'].map(end => `${root}model.weights.${end}`).find(path => paths.includes(path))
  if (config === undefined || weightPath === undefined) return shardsIn(folder, paths, options)
  const architecture = await readJson((await folder.file(config))!)
  const metadata = await folder.file(`${root}metadata.json`)
  const version = metadata && stringAt(await readJson(metadata), 'keras_version')
  const objects = await objectsOf(folder, weightPath)
  return {
    kind: 'keras_v3',
    name: folder.name,
    architecture,
    dialect: dialectOf({ version, config: architecture }),
    weights: { layout: 'by-object', objects },
    asset: path => folder.file(`${root}assets/${path}`),
  }
}

const byDepth = (a: string, b: string): number => a.split('/').length - b.split('/').length || (a < b ? -1 : 1)

/** A folder with the index of a sharded file of weights, and no configuration. */
async function shardsIn(
  folder: Folder,
  paths: readonly string[],
  options: KerasFileOptions,
): Promise<KerasFile | undefined> {
  const indices = paths.filter(path => path.endsWith('.weights.json'))
  if (indices.length !== 1 || !indices[0]) return undefined
  const objects = await objectsOf(folder, indices[0])
  return weightsOnly(folder.name, { layout: 'by-object', objects }, options)
}

async function objectsOf(folder: Folder, path: string) {
  const source = (await folder.file(path))!
  if (path.endsWith('.npz'))
    throw new FreezeError('unsupported', 'the weights are pickled Python objects (model.weights.npz)', {
      file: source.name,
      hint: 'Keras itself no longer reads them: save the model again, with weights in HDF5.',
    })
  if (path.endsWith('.h5')) return objectStore([await openHdf5(source)], source.name)
  const parent = path.slice(0, path.lastIndexOf('/') + 1)
  return shards(await readJson(source), source.name, name => folder.file(parent + name))
}

/** The files that an index of shards names. */
async function shards(index: Json, name: string, open: (name: string) => Promise<ByteSource | undefined>) {
  const map = isObject(index) ? index['weight_map'] : undefined
  const names = isObject(map) ? [...new Set(Object.values(map).flat())].filter(n => typeof n === 'string') : []
  const files: Hdf5File[] = []
  for (const shard of names.sort()) {
    const source = await open(shard)
    if (!source)
      throw new FreezeError('missing', `the shard ${shard}, which it names, is not beside it`, {
        file: name,
        hint: 'Put all files of the weights into one folder and give that.',
      })
    files.push(await openHdf5(source))
  }
  if (files.length > 0) return objectStore(files, name)
  throw new FreezeError('corrupt', 'the index names no shard', { file: name })
}

// ---- JSON

async function fromJson(source: ByteSource, options: KerasFileOptions): Promise<KerasFile | undefined> {
  if (source.size === 0 || source.size > MAX_CONFIG_BYTES) return undefined
  const [first] = await source.read(0, 1)
  if (first !== '{'.charCodeAt(0)) return undefined
  const json = await readJson(source)
  if (stringAt(json, 'class_name') !== undefined)
    throw new FreezeError('missing', 'the file holds the architecture of a Keras model and no weights', {
      file: source.name,
      hint: 'Give the file of weights, and this one with --architecture.',
    })
  if (!isObject(json) || !('weight_map' in json)) return undefined
  const { beside } = options
  const objects = await shards(json, source.name, async name => beside?.file(name))
  return weightsOnly(source.name, { layout: 'by-object', objects }, options)
}
