/**
 * Values of a configuration: what Keras wraps in objects of a class becomes the
 * plain value it stands for.
 */
import { isList, isObject, type JsonObject, member, stringAt } from './json.ts'
import type { DTypePolicy, Json, Quantization } from './layer-graph.ts'

/** Lists by another name: `{class_name: 'TensorShape', items: [null, 3]}`. */
const LISTS = new Set(['TensorShape', '__tuple__', 'ListWrapper', '_ListWrapper', '_TupleWrapper', 'tuple', 'list'])

/** The plain value: lists for tuples and shapes, a function's name for a reference to it. Other objects stay. */
export function plain(value: Json): Json {
  if (isList(value)) return value.map(plain)
  if (!isObject(value)) return value
  const className = stringAt(value, 'class_name')
  const config = value['config']
  if (className && LISTS.has(className)) {
    const items = value['items'] ?? value['value'] ?? member(config, 'items') ?? config
    return isList(items) ? items.map(plain) : plain(items ?? null)
  }
  if (className === 'function' && typeof config === 'string') return config
  if (className === '__numpy__' || className === '__tensor__') return plain(member(config, 'value') ?? null)
  if (className === '__typespec__' || className === 'CompositeTensor') return value
  if (value['type'] === 'ndarray' && 'value' in value) return plain(value['value']!)
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]))
}

/** The dtypes of a layer's `dtype`: a name, a policy's name, a policy object of Keras 2 or 3, or a map of policies by path. */
export function dtypePolicy(value: Json | undefined, path: string): DTypePolicy {
  if (typeof value === 'string') return policyNamed(value)
  if (!isObject(value)) return FLOAT32
  const config = member(value, 'config')
  if (stringAt(value, 'class_name') === 'DTypePolicyMap') return dtypePolicy(policyAt(config, path), path)
  const mode = stringAt(config, 'mode')
  const source = policyNamed(stringAt(config, 'source_name') ?? stringAt(config, 'name') ?? 'float32')
  return mode === undefined ? source : { ...source, quantization: quantizationOf(mode) }
}

const FLOAT32: DTypePolicy = { compute: 'float32', variable: 'float32' }

function policyAt(map: Json | undefined, path: string): Json | undefined {
  const byPath = member(map, 'policy_map')
  const own = isObject(byPath)
    ? Object.entries(byPath).find(([key]) => key === path || key.endsWith(`/${path}`))
    : undefined
  return own?.[1] ?? member(map, 'default_policy')
}

function policyNamed(name: string): DTypePolicy {
  const [, mode, source] = /^(.+)_from_(.+)$/.exec(name) ?? []
  if (mode !== undefined) return { ...policyNamed(source!), quantization: quantizationOf(mode) }
  if (name === 'infer' || name === '_infer' || name === 'infer_with_float32_vars') return FLOAT32
  if (name.startsWith('mixed_')) return { compute: name.slice('mixed_'.length), variable: 'float32' }
  const bare = name.replace(/^float32_ref$/, 'float32')
  return { compute: bare, variable: bare }
}

/** `int8`, `int4/128`, `gptq/4/128`. */
function quantizationOf(text: string): Quantization {
  const [mode = '', number] = text.split('/')
  if (number === undefined) return { mode }
  return mode === 'int4' ? { mode, block: Number(number) } : { mode, bits: Number(number) }
}

/** A serialised object: `{class_name, config, …}`. */
export const isSerialised = (value: Json | undefined): value is JsonObject =>
  isObject(value) && typeof value['class_name'] === 'string'

/** A layer's own name, wherever its writer put it. */
export const nameOf = (serialised: JsonObject): string | undefined =>
  stringAt(serialised, 'name') ?? stringAt(serialised['config'], 'name')
