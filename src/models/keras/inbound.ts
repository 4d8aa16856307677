/**
 * Reads the calls of a layer, in all the forms that `inbound_nodes` has had.
 *
 *     Keras 1      [["a", 0, 0], ["b", 0, 0]]
 *     Keras 2      [["a", 0, 0, {kwargs}], ["b", 0, 0, {kwargs}]]       also ["a", 0, 0, {kwargs}], and dicts
 *                  ["_CONSTANT_VALUE", -1, value, {kwargs}]             and in kwargs ["a", 0, 0] for a tensor
 *     Keras 3      {"args": […, {"class_name": "__keras_tensor__", …}], "kwargs": {…}}
 */
import { isList, isObject, type JsonObject, member, stringAt } from './json.ts'
import type { Arg, Call, Json, LayerConfig, Profile, TensorRef } from './layer-graph.ts'
import { plain } from './serialised.ts'

/** The parameters of the reader of a node: the layer and its container. */
export interface NodeContext {
  readonly config: LayerConfig
  readonly profile: Profile
  /** Whether the layer takes states beside its input. */
  readonly takesStates: boolean
  /** Whether the layer is a call of a function, which keeps the list around a single tensor. */
  readonly keepsLists: boolean
  /** Names of the container's layers: only these can be in a reference. */
  readonly names: ReadonlySet<string>
}

/** One call of a layer; node indices are as the file has them. Recurrent layers' states are in `kwargs`. */
export function callOf(node: Json, context: NodeContext): Call {
  const { args, kwargs } = isObject(node) && 'args' in node ? keras3Call(node, context) : keras2Call(node, context)
  const named = new Map(kwargs)
  named.delete('name')
  const training = named.get('training')
  const counts = context.profile !== 'k3' && training?.kind === 'constant' && training.value === true
  if (!counts) named.delete('training')
  return context.takesStates ? recurrentCall(args, named, context.config) : { args, kwargs: named }
}

const constant = (value: null | boolean | number | string): Arg => ({ kind: 'constant', value })

// ---- Keras 3

/** The name of a layer's first call argument in Keras: `Dense(3)(inputs=x)`. */
const FIRST = ['inputs', 'query', 'sequences', 'sequence', 'x', 'input', 'images', 'data', 'indices']

function keras3Call(node: JsonObject, { keepsLists }: NodeContext): { args: Arg[]; kwargs: Map<string, Arg> } {
  const args = isList(node['args']) ? node['args'].map(keras3Arg) : []
  const given = isObject(node['kwargs']) ? Object.entries(node['kwargs']) : []
  const kwargs = new Map(given.map(([key, value]) => [key, keras3Arg(value)]))
  const first = args.length > 0 || keepsLists ? undefined : FIRST.find(name => kwargs.has(name))
  if (first === undefined) return { args, kwargs }
  args.push(kwargs.get(first)!)
  kwargs.delete(first)
  return { args, kwargs }
}

function keras3Arg(value: Json): Arg {
  if (isList(value)) return { kind: 'list', items: value.map(keras3Arg) }
  if (!isObject(value)) return constant(value)
  const config = member(value, 'config')
  switch (stringAt(value, 'class_name')) {
    case '__keras_tensor__': {
      const history = member(config, 'keras_history')
      const tensor = isList(history) ? reference(history) : undefined
      return tensor ? { kind: 'tensor', tensor } : constant(null)
    }
    case '__tensor__':
    case '__numpy__':
      return array(member(config, 'value') ?? null, stringAt(config, 'dtype') ?? 'float32')
    case '__slice__':
      return slice(key => keras3Arg(member(config, key) ?? null))
    case '__ellipsis__':
      return { kind: 'ellipsis' }
    case '__tuple__':
    case 'TensorShape':
      return keras3Arg(plain(value))
    case 'function':
    case 'DTypePolicy':
      return constant(typeof config === 'string' ? config : (stringAt(config, 'name') ?? null))
    default:
      return dict(value, keras3Arg)
  }
}

const array = (values: Json, dtype: string): Arg => ({ kind: 'array', dtype, values: plain(values) })
const slice = (at: (key: string) => Arg): Arg => ({
  kind: 'slice',
  start: at('start'),
  stop: at('stop'),
  step: at('step'),
})
const dict = (value: JsonObject, read: (inner: Json) => Arg): Arg => ({
  kind: 'dict',
  entries: new Map(Object.entries(value).map(([key, inner]) => [key, read(inner)])),
})

// ---- Keras 1 and 2

const CONSTANT = '_CONSTANT_VALUE'

function keras2Call(node: Json, context: NodeContext): { args: Arg[]; kwargs: Map<string, Arg> } {
  const kwargs = new Map<string, Arg>()
  const input = structure(node, context, kwargs)
  const single = input.kind === 'list' && input.items.length === 1 ? input.items[0] : undefined
  const first = single && !context.keepsLists ? single : input
  return { args: [first], kwargs }
}

/** Tensors and constants in the lists and dicts they were given in; their keyword arguments go to `kwargs`. */
function structure(node: Json, context: NodeContext, kwargs: Map<string, Arg>): Arg {
  if (!isList(node)) return isObject(node) ? dict(node, inner => structure(inner, context, kwargs)) : constant(node)
  const tensor = reference(node)
  const isConstant = node[0] === CONSTANT && node.length >= 3
  if (!tensor && !isConstant) return { kind: 'list', items: node.map(inner => structure(inner, context, kwargs)) }
  const given = node[3]
  if (isObject(given)) for (const [key, value] of Object.entries(given)) kwargs.set(key, keras2Arg(value, context))
  return tensor && !isConstant ? { kind: 'tensor', tensor } : keras2Arg(node[2]!, context)
}

function keras2Arg(value: Json, context: NodeContext): Arg {
  if (isList(value)) {
    const tensor = value.length === 3 || value.length === 4 ? reference(value) : undefined
    if (tensor && context.names.has(tensor.layer)) return { kind: 'tensor', tensor }
    return { kind: 'list', items: value.map(item => keras2Arg(item, context)) }
  }
  if (!isObject(value)) return constant(value)
  const className = stringAt(value, 'class_name')
  if (className === '__ellipsis__') return { kind: 'ellipsis' }
  if (className === 'TensorShape' || className === '__tuple__') return keras2Arg(plain(value), context)
  if (className === '__tensor__' || className === '__numpy__') return keras3Arg(value)
  if (value['type'] === 'ndarray' && 'value' in value) return array(value['value']!, 'float32')
  const keys = Object.keys(value)
  if (keys.length === 3 && ['start', 'stop', 'step'].every(key => key in value))
    return slice(key => keras2Arg(value[key]!, context))
  return dict(value, inner => keras2Arg(inner, context))
}

// ---- both

/** `["dense", 0, 0]`; undefined for any other list. */
export function reference(value: readonly Json[]): TensorRef | undefined {
  const [layer, call, output] = value
  if (typeof layer !== 'string' || typeof call !== 'number' || typeof output !== 'number') return undefined
  return { layer, call, output }
}

/** `[x, state, …]` of Keras 2 and `(x, states)` of Keras 3 become `x` and keyword arguments. */
function recurrentCall(args: readonly Arg[], kwargs: Map<string, Arg>, config: LayerConfig): Call {
  const [first, states, mask] = args
  const items = first?.kind === 'list' ? first.items : undefined
  const set = (key: string, values: readonly Arg[]) => {
    if (values.length > 0) kwargs.set(key, { kind: 'list', items: values.flatMap(leaves) })
  }
  for (const key of ['initial_state', 'constants']) {
    const given = kwargs.get(key)
    if (given?.kind === 'constant') kwargs.delete(key)
    else if (given?.kind === 'tensor' || given?.kind === 'array') set(key, [given])
  }
  if (states && states.kind !== 'constant') set('initial_state', states.kind === 'list' ? states.items : [states])
  if (mask && mask.kind !== 'constant') kwargs.set('mask', mask)
  if (!items) return { args: first ? [first] : [], kwargs }
  const constants = typeof config['num_constants'] === 'number' ? config['num_constants'] : 0
  set('initial_state', items.slice(1, items.length - constants))
  set('constants', constants > 0 ? items.slice(-constants) : [])
  return { args: items.slice(0, 1), kwargs }
}

/** The states of stacked cells come in a list for each cell. */
const leaves = (arg: Arg): readonly Arg[] => (arg.kind === 'list' ? arg.items.flatMap(leaves) : [arg])

/** Every tensor in an argument. */
export function* tensorsIn(arg: Arg): Generator<TensorRef> {
  if (arg.kind === 'tensor') yield arg.tensor
  else if (arg.kind === 'list') for (const item of arg.items) yield* tensorsIn(item)
  else if (arg.kind === 'dict') for (const item of arg.entries.values()) yield* tensorsIn(item)
  else if (arg.kind === 'slice') for (const item of [arg.start, arg.stop, arg.step]) yield* tensorsIn(item)
}

/** The argument with every tensor replaced. */
export function mapTensors(arg: Arg, change: (tensor: TensorRef) => TensorRef): Arg {
  switch (arg.kind) {
    case 'tensor':
      return { kind: 'tensor', tensor: change(arg.tensor) }
    case 'list':
      return { kind: 'list', items: arg.items.map(item => mapTensors(item, change)) }
    case 'dict':
      return { kind: 'dict', entries: new Map([...arg.entries].map(([key, item]) => [key, mapTensors(item, change)])) }
    case 'slice':
      return {
        kind: 'slice',
        start: mapTensors(arg.start, change),
        stop: mapTensors(arg.stop, change),
        step: mapTensors(arg.step, change),
      }
    default:
      return arg
  }
}
