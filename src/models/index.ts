/**
 * The kinds of input, and `open`, which tells them apart. Adding a kind is one
 * file that yields a Model, and one entry below.
 */
import { innerFolder } from '../bytes/folder.ts'
import type { ByteSource, Folder, Input } from '../bytes/source.ts'
import { FreezeError } from '../errors.ts'
import { listed } from '../graph/names.ts'
import { type OptionsOf, type SettingsOf, settingsOf } from '../options/index.ts'
import { checkpointTensors, openCheckpoint } from './checkpoint.ts'
import { isChunked, isKerasJson, isTable, isTfLite, type Probe, probe } from './detect.ts'
import { openFrozenGraph } from './frozen-graph.ts'
import type { Emitter } from './keras/call.ts'
import type { KerasLook } from './keras/open.ts'
import type { Model, ModelKind } from './model.ts'
import { GRAPH_FILES, openSavedModel, openSavedModelFile } from './saved-model.ts'
import { isBinaryTfjs, MANIFEST, type TfjsFormat, tfjsFormat } from './tfjs/format.ts'

/** The options for opening an input. */
export interface OpenOptions extends Omit<OptionsOf<'open'>, 'custom'> {
  /** Emitters of custom layers of a Keras file, by class name or by a layer's name. They go before the built-in ones. */
  readonly custom?: ReadonlyMap<string, Emitter> | undefined
  /** The folder that a file lies in: a SavedModel's weights are beside its `saved_model.pb`, shards beside their index. */
  readonly siblings?: Folder
}

/** The same with defaults filled in: what an opener is given. */
export type OpenSettings = Omit<SettingsOf<'open'>, 'custom'> & Pick<OpenOptions, 'custom'>

/** A kind of input. */
export interface InputKind {
  /** The kind of its models; archives and formats that are not supported have names of their own. */
  readonly kind: ModelKind | 'archive' | 'versions' | 'tflite'
  /** Its name in help and messages: `a SavedModel folder`. */
  readonly description: string
  /** Whether an input is of this kind, by its content. The first kind that says so is it. */
  readonly sniff: (probe: Probe) => boolean | Promise<boolean>
  /** Opens it; absent where it is recognised and not supported. */
  readonly open?: (probe: Probe, settings: OpenSettings) => Promise<Model>
  /** Looks at the layers of a model that is made of them, also where it cannot be opened. */
  readonly inspectLayers?: (probe: Probe, settings: OpenSettings) => Promise<KerasLook>
  /** Whether the file at `path` in the folder around the file `main` belongs to the same model; absent where none does. */
  readonly isPart?: (path: string, main: string) => boolean
  /** The advice on what to do instead. */
  readonly hint?: string
}

const has = (probe: Probe, ...names: readonly string[]): boolean => names.some(name => probe.paths.includes(name))
const is = (probe: Probe, message: string): boolean => probe.message?.message === message

/** Keras' layers are a third of the program: they are loaded when a Keras file is met. */
const keras = () => import('./keras/open.ts')
const openLayers: InputKind['open'] = async (probe, settings) =>
  (await keras()).openKeras(...kerasInput(probe, settings))
const inspectLayers: InputKind['inspectLayers'] = async (probe, settings) =>
  (await keras()).inspectKeras(...kerasInput(probe, settings))

/** A model whose layers the architecture lists and whose weights a checkpoint holds. */
const openLayersOfCheckpoint = async (probe: Probe, settings: OpenSettings): Promise<Model> =>
  (await keras()).openKeras(probe.file ?? probe.folder!, { ...settings, checkpoint: await checkpointTensors(probe) })

/** Files of TF.js are seldom met: their reader is loaded on demand. */
const tfjs = () => import('./tfjs/model-json.ts')
const openTfjsGraph = async (probe: Probe): Promise<Model> =>
  (await import('./tfjs/graph-model.ts')).graphModel(await (await tfjs()).readTfjs(probe))
const openBinaryTfjsGraph = async (probe: Probe): Promise<Model> =>
  (await import('./tfjs/graph-model.ts')).binaryGraphModel(await (await tfjs()).readBinaryTfjs(probe))
const tfjsInput = async (probe: Probe, settings: OpenSettings) => {
  const [input, options] = kerasInput(probe, settings)
  return [input, { ...options, tfjs: await (await tfjs()).readTfjs(probe) }] as const
}
const openTfjsLayers = async (probe: Probe, settings: OpenSettings): Promise<Model> =>
  (await keras()).openKeras(...(await tfjsInput(probe, settings)))
const inspectTfjsLayers = async (probe: Probe, settings: OpenSettings): Promise<KerasLook> =>
  (await keras()).inspectKeras(...(await tfjsInput(probe, settings)))
const isTfjs = (format: TfjsFormat) => async (probe: Probe) => (await tfjsFormat(probe)) === format
/** The list of weights, and its files: of most the names begin so. */
const isTfjsBinaryPart = (path: string, main: string): boolean =>
  isOnTop(path) && (path === main || path === MANIFEST || /^group\d+-shard/.test(path))
/** The files of weights, which any name may have; most end so. */
const isTfjsPart = (path: string, main: string): boolean => isOnTop(path) && (path === main || path.endsWith('.bin'))

/** Where the layers are: the file, the archive's files, the folder. */
function kerasInput(
  { file, archive, folder }: Probe,
  settings: OpenSettings,
): [Input, OpenSettings & { beside?: Folder }] {
  return [archive ?? file ?? folder!, { ...settings, ...(file && folder && { beside: folder }) }]
}

/** Every kind, in the order in which they are tried. */
export const INPUT_KINDS: readonly InputKind[] = [
  {
    kind: 'saved_model',
    description: 'a SavedModel folder, or its saved_model.pb, saved_model.pbtxt or saved_model.cpb',
    sniff: probe => has(probe, ...GRAPH_FILES) || is(probe, 'SavedModel') || isChunked(probe),
    open: ({ file, message, folder }, settings) =>
      file ? openSavedModelFile(file, message?.form ?? 'chunks', folder, settings) : openSavedModel(folder!, settings),
    isPart: path => /^(variables|assets|assets\.extra)\/|^(fingerprint|keras_metadata)\.pb$/.test(path),
  },
  {
    kind: 'keras_h5',
    description: 'a Keras .h5 or .hdf5 file',
    sniff: probe => probe.isHdf5,
    open: openLayers,
    inspectLayers,
  },
  {
    kind: 'keras_v3',
    description: 'a .keras file, its unpacked folder, or sharded weights (.weights.json)',
    sniff: async probe =>
      holdsKeras((await probe.archive?.paths()) ?? probe.paths.filter(isOnTop)) || isKerasJson(probe),
    open: openLayers,
    inspectLayers,
    isPart: isShard,
  },
  {
    kind: 'tfjs_graph',
    description:
      'a TF.js graph model from before TF.js 1.0: its tensorflowjs_model.pb with weights_manifest.json beside it',
    sniff: isBinaryTfjs,
    open: openBinaryTfjsGraph,
    isPart: isTfjsBinaryPart,
  },
  {
    kind: 'graphdef',
    description: 'a graph as .pb or .pbtxt (GraphDef)',
    sniff: probe => is(probe, 'GraphDef'),
    open: ({ file, message }) => openFrozenGraph(file!, message!.form),
  },
  {
    kind: 'checkpoint',
    description:
      'a checkpoint of TensorFlow 1 with its .meta file, or of a Keras model with --architecture, by its prefix or folder',
    sniff: async probe => is(probe, 'MetaGraphDef') || probe.paths.some(isCheckpointPath) || (await isTable(probe)),
    open: async (probe, settings) =>
      settings.architecture ? openLayersOfCheckpoint(probe, settings) : openCheckpoint(probe, settings),
    isPart: (path, main) => isOnTop(path) && path.startsWith(main.replace(/\.(meta|index)$/, '.')),
  },
  {
    kind: 'tfjs_graph',
    description: 'a TF.js graph model: its model.json, or the folder of its files',
    sniff: isTfjs('graph-model'),
    open: openTfjsGraph,
    isPart: isTfjsPart,
  },
  {
    kind: 'tfjs_layers',
    description: 'a TF.js layers model, likewise',
    sniff: isTfjs('layers-model'),
    open: openTfjsLayers,
    inspectLayers: inspectTfjsLayers,
    isPart: isTfjsPart,
  },
  {
    kind: 'versions',
    description: 'a folder of numbered versions, as TensorFlow Serving has it; the newest is taken',
    sniff: ({ paths }) => versions(paths).length > 0,
    open: ({ folder, paths }, settings) => openNewest(folder!, versions(paths), settings),
  },
  {
    kind: 'archive',
    description: 'a .zip, .tar or .tar.gz archive of one of these',
    sniff: async probe => probe.archive !== undefined && !(await isRefused(probe)),
    open: async ({ archive }, options) => open((await onlyFile(archive!)) ?? archive!, options),
  },
  {
    kind: 'tflite',
    description: 'a TensorFlow Lite model',
    sniff: isTfLite,
    hint: 'Give the model that it was converted from.',
  },
]

/** The numbered folders that hold a SavedModel, the newest first. */
const versions = (paths: readonly string[]): string[] =>
  paths
    .flatMap(path => /^(\d+)\/saved_model\.(?:pb|pbtxt|cpb)$/.exec(path)?.[1] ?? [])
    .sort((a, b) => Number(b) - Number(a))

/** The newest version, as the server would take it; a note says which. */
async function openNewest(folder: Folder, found: readonly string[], settings: OpenSettings): Promise<Model> {
  const [newest, ...others] = found as readonly [string, ...string[]] // as its `sniff` saw
  const model = await openSavedModel(innerFolder(folder, newest), settings)
  const rest = others.length > 0 ? `; the others are ${listed(others)}` : ''
  return { ...model, notes: [`Version ${newest} is taken, the newest in ${folder.name}${rest}.`, ...model.notes] }
}

/** Seldom needed: the description of an input of unknown kind. */
const unknown = () => import('./unknown.ts')

/** An archive of another program, or of several models. */
const isRefused = async (probe: Probe): Promise<boolean> => (await unknown()).isRefusedArchive(probe)

/** The file of an archive that holds just one: a packed `.pb` or `.h5`. */
async function onlyFile(archive: Folder): Promise<ByteSource | undefined> {
  const [path, ...others] = await archive.paths()
  return path !== undefined && others.length === 0 && !GRAPH_FILES.some(name => name === path)
    ? archive.file(path)
    : undefined
}

/** A configuration with weights beside it, or sharded weights alone. */
const holdsKeras = (paths: readonly string[]): boolean =>
  paths.some(path => /(^|\/)model\.weights\.(h5|json|npz)$/.test(path)) ||
  paths.some(path => path.endsWith('.weights.json'))
/** `a.weights.json` is the index of `a_00000.weights.h5`, `a_00001.weights.h5`, … */
function isShard(path: string, main: string): boolean {
  const base = main.replace(/(\.weights)?\.json$/, '')
  return base !== main && path.startsWith(base) && /^(_\d+)?\.weights\.(h5|json)$/.test(path.slice(base.length))
}
/** A model further down is another folder's. */
const isOnTop = (path: string): boolean => !path.includes('/')
const isCheckpointPath = (path: string): boolean => /^[^/]+\.(meta|index|data-\d{5}-of-\d{5})$/.test(path)

/** An input whose kind is known, with what was found on the way. */
export interface Detected {
  readonly kind: InputKind
  readonly probe: Probe
}

/** Detects the kind of an input. Throws `unsupported` for an unknown kind, and says what it seems to be. */
export async function detect(input: Input, siblings?: Folder): Promise<Detected> {
  const found = await probe(input, siblings)
  for (const kind of INPUT_KINDS) if (await kind.sniff(found)) return { kind, probe: found }
  throw await (await unknown()).unknownInput(found)
}

/**
 * Opens a model: recognises its kind by content and reads its graph, but no weight. Throws `unsupported` for what is
 * recognised and cannot be opened, and as each kind's opener does.
 *
 * @example
 * ```ts
 * import { open } from 'tfreeze'
 * import { openInput } from 'tfreeze/node'
 *
 * const model = await open(openInput('model.keras'))
 * console.log(model.kind, [...model.signatures.keys()]) // keras_v3 [ 'serving_default' ]
 * ```
 */
export const open = async (input: Input, options: OpenOptions = {}): Promise<Model> =>
  openDetected(await detect(input, options.siblings), options)

/** Opens what was detected before. */
export async function openDetected({ kind, probe }: Detected, options: OpenOptions = {}): Promise<Model> {
  if (kind.open) return kind.open(probe, openSettings(options))
  throw new FreezeError('unsupported', `this is ${kind.description}, which is not supported yet`, {
    file: probe.name,
    ...(kind.hint && { hint: kind.hint }),
  })
}

/** The parameters of openers. */
export const openSettings = ({ custom, ...options }: OpenOptions): OpenSettings => ({
  ...settingsOf('open', options),
  custom,
})
