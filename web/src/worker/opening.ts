/** Opens what the user dropped, picked, or gave to `tfreeze view`. */
import { fromFiles } from '../../../src/bytes/folder.ts'
import { type ByteSource, type Folder, fromBlob, type Input } from '../../../src/bytes/source.ts'
import { shapeText } from '../../../src/graph/attr.ts'
import type { Graph } from '../../../src/graph/graph.ts'
import { type Contents, contents } from '../../../src/inspect/contents.ts'
import { detect, type OpenOptions, open, openDetected, openSettings } from '../../../src/models/index.ts'
import type { LayerRow } from '../../../src/models/keras/summary.ts'
import { likelyOutputs } from '../../../src/models/likely-outputs.ts'
import type { Model } from '../../../src/models/model.ts'
import { readableFunction } from '../../../src/picture/bodies.ts'
import { elementCount } from '../../../src/tensor/tensor.ts'
import type { LayerInfo, LocalFiles, Opened, OpenParams, ServedListing, TableInfo } from '../protocol.ts'
import { told } from './failure.ts'
import { fromAddress } from './remote-source.ts'
import type { Session } from './session.ts'
import { described } from './weights.ts'

export async function openModel(session: Session, params: OpenParams): Promise<Opened> {
  const { input, siblings, listed, architecture = params.architecture } = await given(params)
  const options: OpenOptions = {
    ...(params.tags && { tags: params.tags }),
    ...(siblings && { siblings }),
    ...(architecture && { architecture: fromBlob(architecture, architecture.name) }),
  }
  const detected = await detect(input, options.siblings)
  const look = await detected.kind.inspectLayers?.(detected.probe, openSettings(options))
  const model = look?.model ?? (await openDetected(detected, options))
  session.hold(model, more => open(input, { ...options, ...more }))
  const opened = {
    ...openedAs(model, await contents(model), listed),
    ...(architecture && { architecture: architecture.name }),
  }
  return look ? { ...opened, layers: look.inspection.layers.map(layerInfo) } : opened
}

const layerInfo = ({ path, className, shape, parameters }: LayerRow): LayerInfo => ({
  path,
  className,
  shape: shape ? shapeText(shape) : '',
  parameters,
})

interface Given {
  readonly input: Input
  readonly siblings?: Folder
  readonly architecture?: File
  readonly listed: readonly { readonly path: string; readonly bytes: number }[]
}

async function given(params: OpenParams): Promise<Given> {
  if ('served' in params) return served(params.served)
  if ('files' in params) return local(params)
  const { openElsewhere } = await import('./elsewhere.ts')
  return { ...(await openElsewhere(params.address)), listed: [] }
}

/** One file is the model; several are the folder it lies in. */
function local({ name, files }: LocalFiles): Given {
  const listed = files.map(({ path, file }) => ({ path, bytes: file.size }))
  const sources = new Map<string, ByteSource>(files.map(({ path, file }) => [path, fromBlob(file, baseName(path))]))
  const folder = fromFiles(sources, name)
  const weights = weightsWithJson(files)
  if (weights) return { input: sources.get(weights.path)!, listed, architecture: weights.architecture }
  const main = files.length === 1 ? files[0]!.path : mainFile([...sources.keys()])
  if (main === undefined) return { input: folder, listed }
  return { input: sources.get(main)!, siblings: folder, listed }
}

/** Two files of a Keras model: its weights, and the JSON of its layers. */
function weightsWithJson(files: LocalFiles['files']): { path: string; architecture: File } | undefined {
  const [weights] = files.filter(({ path }) => /\.(h5|hdf5)$/i.test(path))
  const [json] = files.filter(({ path }) => /\.json$/i.test(path))
  return files.length === 2 && weights && json ? { path: weights.path, architecture: json.file } : undefined
}

/** Where no folder says what belongs together: a Keras configuration beside its weights, a graph beside others. */
function mainFile(paths: readonly string[]): string | undefined {
  if (paths.some(path => path.includes('/') || /^saved_model\.pb(txt)?$/.test(path))) return undefined
  return paths.find(path => path.endsWith('.weights.json')) ?? paths.find(path => path.endsWith('.meta'))
}

function served({ base, name, main, files }: ServedListing): Given {
  const listed = files.map(({ path, size }) => ({ path, bytes: size }))
  const sources = new Map(
    files.map(({ path, size }) => [
      path,
      fromAddress(base + path.split('/').map(encodeURIComponent).join('/'), baseName(path), size),
    ]),
  )
  const folder = fromFiles(sources, name)
  return main === undefined ? { input: folder, listed } : { input: sources.get(main)!, siblings: folder, listed }
}

const baseName = (path: string): string => path.slice(path.lastIndexOf('/') + 1)

function openedAs({ graph }: Model, all: Contents, listed: Given['listed']): Opened {
  const { likelyOutputs: _, ...found } = all
  const functions = [...graph.functions.values()]
  return {
    contents: { ...found, notes: told(found.notes) },
    functions: functions.map(f => ({ name: f.name, label: readableFunction(f.name), nodes: f.body.nodes.size })),
    tables: [
      ...tablesIn(graph),
      ...functions.flatMap(f => tablesIn(f.body).map(table => ({ ...table, inside: readableFunction(f.name) }))),
    ],
    constants: all.kind === 'saved_model' || all.variables.length > 0 ? [] : constantsIn(graph),
    assets: listed.filter(({ path }) => /(^|\/)assets(\.extra)?\//.test(path)),
    likely: likelyOf(graph, all),
    inputs: [...graph.nodes].filter(node => /^Placeholder/.test(node.op)).map(node => node.name),
  }
}

/** Likely outputs that are offered. */
const MAX_LIKELY = 50

/**
 * A Keras file says what its outputs are. Beside signatures, calls in the main
 * graph of TensorFlow 2 are the signatures themselves, saving and restoring.
 */
function likelyOf(graph: Graph, { madeFrom, signatures, likelyOutputs: found }: Contents): Opened['likely'] {
  if (found) return found.slice(0, MAX_LIKELY)
  if (madeFrom === 'layers') return []
  const named = new Set(signatures.flatMap(signature => signature.outputs.map(({ tensor }) => tensor)))
  return likelyOutputs(graph)
    .filter(({ value: { node, index } }) => !named.has(`${node.name}:${index}`))
    .filter(({ value: { node } }) => !/PartitionedCall$/.test(node.op))
    .slice(0, MAX_LIKELY)
    .map(({ value, reason }) => ({ tensor: String(value), reason }))
}

/** Constants that are listed. */
const MAX_CONSTANTS = 500

/** The weights of a model without variables: constants of more than one element, the largest first. */
const constantsIn = (graph: Graph): Opened['constants'] =>
  [...graph.nodes]
    .flatMap(node => {
      const tensor = node.op === 'Const' ? node.out().tensor : undefined
      return tensor && elementCount(tensor.shape) > 1 ? [{ name: node.name, ...described(tensor) }] : []
    })
    .sort((a, b) => b.bytes - a.bytes)
    .slice(0, MAX_CONSTANTS)
    .map(({ name, type, bytes, where }) => ({ name, type, bytes, where }))

const tablesIn = (graph: Graph): TableInfo[] =>
  [...graph.nodes]
    .filter(node => /HashTable/.test(node.op))
    .map(node => ({
      name: node.name,
      op: node.op,
      types: tableTypes(node.attr('key_dtype'), node.attr('value_dtype')),
    }))

const tableTypes = (...attrs: readonly ({ kind: string; value?: unknown } | undefined)[]): string =>
  attrs.map(attr => (attr?.kind === 'type' ? String(attr.value) : '?')).join(' → ')
