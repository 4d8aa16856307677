/** One serialised layer, and the layers that a wrapper wraps, as a Layer without its calls. */
import { FreezeError } from '../../errors.ts'
import { MAX_DEPTH } from '../../limits.ts'
import { canonicalArguments } from './arguments.ts'
import { bareClass, isContainer, isOperation } from './classes.ts'
import { isList, isObject, type JsonObject, member, stringAt } from './json.ts'
import type { Dialect, Json, Layer, LayerConfig, LayerGraph } from './layer-graph.ts'
import { classNamed } from './layers/index.ts'
import type { LayerClass, Wrapped } from './layers/layer-class.ts'
import { dtypePolicy, isSerialised, nameOf, plain } from './serialised.ts'

/** The parameters that all layers of a file share. */
export interface Reading {
  /** The file, for messages. */
  readonly file: string
  readonly dialect: Dialect
  /** The class that a name in the file means. */
  canonical(className: string): string
  /** Paths that are taken: two layers with one would get each other's weights. */
  readonly paths: Set<string>
  /** Reads a nested model. */
  graph(serialised: JsonObject, path: string, depth: number): LayerGraph
}

/** A layer as its container lists it, without calls. `prefix` ends in `/` or is empty. */
export function layerOf(serialised: Json, prefix: string, reading: Reading, depth: number): Layer {
  if (!isSerialised(serialised)) throw broken(reading, prefix, 'a layer is no object with a class_name')
  if (depth > MAX_DEPTH) throw tooDeep(reading, prefix)
  const name = nameOf(serialised) ?? nameFor(serialised, prefix, reading)
  if (name === undefined) throw broken(reading, prefix, `a ${stringAt(serialised, 'class_name')} has no name`)
  const operation = isOperation(serialised, reading.dialect.profile)
  return layerAt(serialised, { name, path: prefix + name, operation, depth }, reading)
}

/**
 * Up to Keras 2.2.2 a Sequential is a bare list, and a nested one has lost its name. Keras' own are `sequential_1`…:
 * others are given here, so that none gets the weights of another.
 */
function nameFor(serialised: JsonObject, prefix: string, { paths, canonical }: Reading): string | undefined {
  if (!isList(serialised['config']) || canonical(stringAt(serialised, 'class_name') ?? '') !== 'Sequential')
    return undefined
  let name = 'sequential'
  for (let i = 2; paths.has(prefix + name); i++) name = `sequential.${i}`
  return name
}

/** Where a layer is. */
interface Place {
  readonly name: string
  readonly path: string
  /** Whether it records the call of a function; what a layer wraps never does. */
  readonly operation: boolean
  readonly depth: number
}

function layerAt(serialised: JsonObject, { name, path, operation, depth }: Place, reading: Reading): Layer {
  if (reading.paths.has(path)) throw broken(reading, path, 'two layers have this path')
  reading.paths.add(path)
  const savedClassName = stringAt(serialised, 'class_name') ?? ''
  const className = operation ? bareClass(savedClassName) : reading.canonical(savedClassName)
  const nested = !operation && isModel(serialised, className)
  const saved = savedConfig(serialised['config'], nested)
  const known = operation || nested ? undefined : classNamed(className)
  const writer = { savedClass: bareClass(savedClassName), dialect: reading.dialect }
  const config = operation ? saved : canonicalArguments(saved, known, writer)
  const module = stringAt(serialised, 'module')
  const registeredName = stringAt(serialised, 'registered_name')
  const sharedId = serialised['shared_object_id']
  const builtShape = member(serialised['build_config'], 'input_shape')
  return {
    name,
    path,
    kind: operation ? 'operation' : nested ? 'model' : 'layer',
    className: nested && !isContainer(className) ? 'Functional' : className,
    savedClassName,
    ...(module !== undefined && { module }),
    ...(registeredName !== undefined && { registeredName }),
    config,
    dtype: dtypePolicy(config['dtype'], path),
    trainable: config['trainable'] !== false,
    calls: [],
    ...(nested && { model: reading.graph(serialised, path, depth + 1) }),
    children: operation || nested ? new Map() : childrenOf(known, { className, config, path, reading, depth }),
    ...(typeof sharedId === 'number' && { sharedId }),
    ...(builtShape !== undefined && { builtShape: plain(builtShape) }),
  }
}

/** A container, or a subclass of Model whose configuration is that of a functional one. */
function isModel(serialised: JsonObject, className: string): boolean {
  const config = serialised['config']
  if (isContainer(className)) return true
  return isObject(config) && isList(config['layers']) && 'input_layers' in config && 'output_layers' in config
}

/** Layers of a nested model are read by `Reading.graph`, not here. */
function savedConfig(config: Json | undefined, nested: boolean): LayerConfig {
  if (!isObject(config)) return {}
  const own = nested ? Object.fromEntries(Object.entries(config).filter(([key]) => key !== 'layers')) : config
  const { dtype, ...others } = own
  const decoded = plain(others) as LayerConfig // an object stays an object: it has no class_name of its own
  return dtype === undefined ? decoded : { ...decoded, dtype }
}

/** The layer whose children are read. */
interface Parent {
  readonly className: string
  readonly config: LayerConfig
  readonly path: string
  readonly reading: Reading
  readonly depth: number
}

/** The arguments that hold layers in the place of a function. */
const ACTIVATIONS = ['activation', 'recurrent_activation'] as const

/** The layers that the class wraps, and activations that are layers: `activation=LeakyReLU(0.1)`. */
function childrenOf(known: LayerClass | undefined, parent: Parent): ReadonlyMap<string, Layer> {
  const { className, config, path, reading, depth } = parent
  const activations = ACTIVATIONS.flatMap((role): Wrapped[] =>
    isSerialised(config[role]) && stringAt(config[role], 'class_name') !== '__lambda__' ? [[role, config[role]]] : [],
  )
  const wrapped = [...(known?.wraps?.(config) ?? []), ...activations]
  return new Map(
    wrapped.map(([role, value]) => {
      if (!isSerialised(value)) throw broken(reading, path, `${className} holds no ${role.replace(/\/\d+$/, '')}`)
      if (depth >= MAX_DEPTH) throw tooDeep(reading, path)
      const place = { name: nameOf(value) ?? role, path: `${path}/${role}`, operation: false, depth: depth + 1 }
      return [role, layerAt(value, place, reading)]
    }),
  )
}

const tooDeep = ({ file }: Reading, path: string): FreezeError =>
  new FreezeError('limit', `layers are nested deeper than ${MAX_DEPTH}`, { file, path: [path] })

/** The error of a configuration that no Keras writes. */
export const broken = ({ file }: Pick<Reading, 'file'>, path: string, what: string): FreezeError =>
  new FreezeError('corrupt', `the model's configuration cannot be read: ${what}`, {
    file,
    ...(path !== '' && { path: [path.replace(/\/$/, '')] }),
    hint: 'Save the model again.',
  })
