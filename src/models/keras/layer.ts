/** One serialised layer, and the layers that a wrapper wraps, as a Layer without its calls. */
import { FreezeError } from '../../errors.ts'
import { MAX_DEPTH } from '../../limits.ts'
import { canonicalArguments } from './arguments.ts'
import { bareClass, canonicalClass, isContainer, isOperation } from './classes.ts'
import { isList, isObject, type JsonObject, member, stringAt } from './json.ts'
import type { Dialect, Json, Layer, LayerConfig, LayerGraph } from './layer-graph.ts'
import { dtypePolicy, isSerialised, plain } from './serialised.ts'

/** What is the same for all layers of a file. */
export interface Reading {
  /** The file, for messages. */
  readonly file: string
  readonly dialect: Dialect
  /** Paths that are taken: two layers with one would get each other's weights. */
  readonly paths: Set<string>
  /** Reads a nested model. */
  graph(serialised: JsonObject, path: string, depth: number): LayerGraph
}

/** A layer as its container lists it, without calls. `prefix` ends in `/` or is empty. */
export function layerOf(serialised: Json, prefix: string, reading: Reading, depth: number): Layer {
  if (!isSerialised(serialised)) throw broken(reading, prefix, 'a layer is no object with a class_name')
  if (depth > MAX_DEPTH)
    throw new FreezeError('limit', `layers are nested deeper than ${MAX_DEPTH}`, { file: reading.file, path: [prefix] })
  const name = nameOf(serialised) ?? nameFor(serialised, prefix, reading)
  if (name === undefined) throw broken(reading, prefix, `a ${stringAt(serialised, 'class_name')} has no name`)
  return layerAt(serialised, name, prefix + name, reading, depth)
}

const nameOf = (serialised: JsonObject): string | undefined =>
  stringAt(serialised, 'name') ?? stringAt(serialised['config'], 'name')

/**
 * Up to Keras 2.2.2 a Sequential is a bare list, and a nested one has lost its name. Keras' own are `sequential_1`…:
 * others are given here, so that none gets the weights of another.
 */
function nameFor(serialised: JsonObject, prefix: string, { paths }: Reading): string | undefined {
  if (!isList(serialised['config']) || canonicalClass(stringAt(serialised, 'class_name') ?? '') !== 'Sequential')
    return undefined
  let name = 'sequential'
  for (let i = 2; paths.has(prefix + name); i++) name = `sequential.${i}`
  return name
}

function layerAt(serialised: JsonObject, name: string, path: string, reading: Reading, depth: number): Layer {
  if (reading.paths.has(path)) throw broken(reading, path, 'two layers have this path')
  reading.paths.add(path)
  const savedClassName = stringAt(serialised, 'class_name') ?? ''
  const operation = isOperation(serialised, reading.dialect.profile)
  const className = operation ? bareClass(savedClassName) : canonicalClass(savedClassName)
  const nested = !operation && isModel(serialised, className)
  const saved = savedConfig(serialised['config'], nested)
  const config = operation ? saved : canonicalArguments(saved, bareClass(savedClassName), className, reading.dialect)
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
    dtype: policyOf(serialised, config, path, reading),
    trainable: config['trainable'] !== false,
    calls: [],
    ...(nested && { model: reading.graph(serialised, path, depth + 1) }),
    children: operation || nested ? new Map() : childrenOf(className, config, path, reading, depth),
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

function policyOf(serialised: JsonObject, config: LayerConfig, path: string, { file }: Reading) {
  const policy = dtypePolicy(config['dtype'], path)
  if (policy) return policy
  const className = stringAt(serialised, 'class_name')
  throw new FreezeError('unsupported', `${className} is quantised (dtype ${JSON.stringify(config['dtype'])})`, {
    file,
    path: [path],
    hint: 'Save the model before quantising it.',
  })
}

/** By class, the arguments that hold layers. An activation that has weights, a PReLU, is one more. */
const WRAPPED: Readonly<Record<string, string>> = {
  TimeDistributed: 'layer',
  Wrapper: 'layer',
  SpectralNormalization: 'layer',
  RNN: 'cell',
  DropoutWrapper: 'cell',
  ResidualWrapper: 'cell',
  DeviceWrapper: 'cell',
  StackedRNNCells: 'cells',
  Pipeline: 'layers',
}

function childrenOf(
  className: string,
  config: LayerConfig,
  path: string,
  reading: Reading,
  depth: number,
): ReadonlyMap<string, Layer> {
  const child = (value: Json | undefined, role: string): [string, Layer] => {
    if (!isSerialised(value)) throw broken(reading, path, `${className} holds no ${role}`)
    if (depth >= MAX_DEPTH)
      throw new FreezeError('limit', `layers are nested deeper than ${MAX_DEPTH}`, { file: reading.file, path: [path] })
    return [role, layerAt(value, nameOf(value) ?? role, `${path}/${role}`, reading, depth + 1)]
  }
  if (className === 'Bidirectional') {
    const forward = renamed(config['layer'], 'forward_')
    const backward = isSerialised(config['backward_layer']) ? config['backward_layer'] : reversed(config['layer'])
    return new Map([child(forward, 'forward_layer'), child(backward, 'backward_layer')])
  }
  const activation = config['activation']
  if (isSerialised(activation) && canonicalClass(stringAt(activation, 'class_name') ?? '') === 'PReLU')
    return new Map([child(activation, 'activation')])
  const argument = Object.hasOwn(WRAPPED, className) ? WRAPPED[className]! : undefined
  if (!argument) return new Map()
  const value = config[argument]
  // RNN takes a list of cells for StackedRNNCells of them.
  const cells =
    className === 'RNN' && isList(value) ? { class_name: 'StackedRNNCells', config: { cells: value } } : value
  if (!isList(cells)) return new Map([child(cells, argument)])
  return new Map(cells.map((cell, i) => child(cell, `${argument}/${i}`)))
}

/** Keras names the two directions after the layer that was given. */
function renamed(layer: Json | undefined, prefix: string): Json | undefined {
  if (!isObject(layer) || !isObject(layer['config'])) return layer
  const name = nameOf(layer)
  const named = name === undefined || name.startsWith(prefix) ? name : prefix + name
  return { ...layer, ...(named && { name: named }), config: { ...layer['config'], ...(named && { name: named }) } }
}

/** The same layer, run the other way. */
function reversed(layer: Json | undefined): Json | undefined {
  const copy = renamed(layer, 'backward_')
  if (!isObject(copy) || !isObject(copy['config'])) return copy
  return { ...copy, config: { ...copy['config'], go_backwards: copy['config']['go_backwards'] !== true } }
}

/** The error of a configuration that no Keras writes. */
export const broken = ({ file }: Pick<Reading, 'file'>, path: string, what: string): FreezeError =>
  new FreezeError('corrupt', `the model's configuration cannot be read: ${what}`, {
    file,
    ...(path !== '' && { path: [path.replace(/\/$/, '')] }),
    hint: 'Save the model again.',
  })
