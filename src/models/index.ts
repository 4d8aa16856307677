/**
 * The kinds of input, and `open`, which tells them apart. Adding a kind is one
 * file that yields a Model, and one entry below.
 */
import type { ByteSource, Folder, Input } from '../bytes/source.ts'
import { FreezeError } from '../errors.ts'
import { isHdf5 } from '../formats/hdf5/signature.ts'
import { openCheckpoint } from './checkpoint.ts'
import { isHtml, isKerasJson, isLfsPointer, isRiegeli, isTable, isTfLite, look, type Seen } from './detect.ts'
import { openFrozenGraph } from './frozen-graph.ts'
import type { KerasOptions } from './keras/open.ts'
import type { Model, ModelKind } from './model.ts'
import { GRAPH_FILES, openSavedModel, openSavedModelFile, type SavedModelOptions } from './saved-model.ts'

/** What a caller may say about an input. */
export interface OpenOptions extends SavedModelOptions, Omit<KerasOptions, 'beside'> {
  /** The folder that a file lies in: a SavedModel's weights are beside its `saved_model.pb`, shards beside their index. */
  readonly siblings?: Folder
}

/** A kind of input. */
export interface InputKind {
  /** That of its models; what is no model itself has one of its own. */
  readonly kind: ModelKind | 'archive' | 'cpb' | 'tflite'
  /** What it is, for help and for messages: `a SavedModel folder`. */
  readonly sentence: string
  /** Whether an input is of this kind, by its content. The first kind that says so is it. */
  readonly sniff: (seen: Seen) => boolean | Promise<boolean>
  /** Opens it; absent where it is recognised and not supported. */
  readonly open?: (seen: Seen, options: OpenOptions) => Promise<Model>
  /** Whether the file at `path` in the folder around the file `main` belongs to the same model; absent where none does. */
  readonly isPart?: (path: string, main: string) => boolean
  /** What to do instead. */
  readonly hint?: string
}

const has = (seen: Seen, ...names: readonly string[]): boolean => names.some(name => seen.paths.includes(name))
const is = (seen: Seen, message: string): boolean => seen.message?.message === message

/** Keras' layers are a third of the program: they are loaded when a Keras file is met. */
const keras = () => import('./keras/open.ts')

/** Every kind, in the order in which they are tried. */
export const INPUT_KINDS: readonly InputKind[] = [
  {
    kind: 'saved_model',
    sentence: 'a SavedModel folder, or its saved_model.pb or saved_model.pbtxt',
    sniff: seen => has(seen, ...GRAPH_FILES) || is(seen, 'SavedModel'),
    open: ({ file, folder }, options) =>
      file ? openSavedModelFile(file, folder, options) : openSavedModel(folder!, options),
    isPart: path => /^(variables|assets|assets\.extra)\/|^(fingerprint|keras_metadata)\.pb$/.test(path),
  },
  {
    kind: 'keras_h5',
    sentence: 'a Keras .h5 or .hdf5 file',
    sniff: async ({ file }) => file !== undefined && (await isHdf5(file)),
    open: async ({ file }, options) => (await keras()).openKeras(file!, options),
  },
  {
    kind: 'keras_v3',
    sentence: 'a .keras file, its unpacked folder, or sharded weights (.weights.json)',
    sniff: async seen => holdsKeras((await seen.archive?.paths()) ?? seen.paths.filter(isOnTop)) || isKerasJson(seen),
    open: async ({ file, folder }, options) =>
      (await keras()).openKeras(file ?? folder!, { ...options, ...(folder && file && { beside: folder }) }),
    isPart: isShard,
  },
  {
    kind: 'graphdef',
    sentence: 'a graph as .pb or .pbtxt (GraphDef)',
    sniff: seen => is(seen, 'GraphDef'),
    open: ({ file, message }) => openFrozenGraph(file!, message!.form),
  },
  {
    kind: 'checkpoint',
    sentence: 'a TensorFlow 1 checkpoint: its .meta file with the others beside it, their prefix, or the folder',
    sniff: async seen => is(seen, 'MetaGraphDef') || seen.paths.some(isCheckpointPath) || (await isTable(seen)),
    open: openCheckpoint,
    isPart: (path, main) => isOnTop(path) && path.startsWith(main.replace(/\.(meta|index)$/, '.')),
  },
  {
    kind: 'cpb',
    sentence: 'a SavedModel that is split into chunks (saved_model.cpb)',
    sniff: seen => has(seen, 'saved_model.cpb') || isRiegeli(seen),
    hint: 'Export the model again without the image format option.',
  },
  {
    kind: 'archive',
    sentence: 'a .zip, .tar or .tar.gz archive of one of these',
    sniff: seen => seen.archive !== undefined,
    open: async ({ archive }, options) => open((await onlyFile(archive!)) ?? archive!, options),
  },
  {
    kind: 'tflite',
    sentence: 'a TensorFlow Lite model',
    sniff: isTfLite,
    hint: 'Give the model that it was converted from.',
  },
]

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

/** What an input is. Throws `unsupported` where it is nothing that is known, and says what it seems to be. */
export async function detect(
  input: Input,
  siblings?: Folder,
): Promise<{ readonly kind: InputKind; readonly seen: Seen }> {
  const seen = await look(input, siblings)
  for (const kind of INPUT_KINDS) if (await kind.sniff(seen)) return { kind, seen }
  return unknown(seen)
}

/** Opens a model. Throws `unsupported` for what is recognised and cannot be opened, and as each kind's opener does. */
export async function open(input: Input, options: OpenOptions = {}): Promise<Model> {
  const { kind, seen } = await detect(input, options.siblings)
  if (kind.open) return kind.open(seen, options)
  throw new FreezeError('unsupported', `this is ${kind.sentence}, which is not supported yet`, {
    file: seen.name,
    ...(kind.hint && { hint: kind.hint }),
  })
}

function unknown(seen: Seen): never {
  const [what, hint] = seen.file ? describeFile(seen, seen.file.size) : describeFolder(seen)
  throw new FreezeError('unsupported', what, { file: seen.name, hint })
}

const expected = (): string =>
  `Expected ${INPUT_KINDS.filter(k => k.open)
    .map(k => k.sentence)
    .join('; ')}.`

function describeFile(seen: Seen, size: number): [string, string] {
  if (size === 0) return ['the file is empty', 'It was not copied whole: copy or export it again.']
  if (isHtml(seen)) return ['this is a web page, not a model', 'Download the file itself, not the page that shows it.']
  if (isLfsPointer(seen)) return ["this is git's pointer to a large file, not the file", 'Fetch it with: git lfs pull.']
  const start = [...seen.head.subarray(0, 8)].map(byte => byte.toString(16).padStart(2, '0')).join(' ')
  return [`its ${size} bytes, which begin with ${start}, are not a model of a known kind`, expected()]
}

/** The most names that a message lists. */
const MAX_NAMES = 5

function describeFolder({ paths }: Seen): [string, string] {
  if (paths.length === 0) return ['the folder is empty', expected()]
  const inner = paths.find(path => GRAPH_FILES.some(name => path.endsWith(`/${name}`)))
  if (inner) return ['the folder is no model, but one inside it is', `Give ${inner.replace(/\/[^/]*$/, '')} in it.`]
  const names = paths.slice(0, MAX_NAMES).join(', ')
  const more = paths.length > MAX_NAMES ? ` and ${paths.length - MAX_NAMES} more` : ''
  return [`the folder holds no model, only ${names}${more}`, expected()]
}
