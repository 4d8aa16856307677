/** TensorFlowOpLayer: a node that TensorFlow 2.0 to 2.3 recorded as it was, with the inputs that were constants. */
import type { PlainAttr } from '../../../graph/attr.ts'
import type { Value } from '../../../graph/node.ts'
import { fromValues } from '../../../tensor/make.ts'
import { type DType, dtypeOfId, isDType } from '../../../tensorflow/dtype.ts'
import { opDef } from '../../../tensorflow/ops.ts'
import type { LayerCall } from '../call.ts'
import { isList, isObject, type JsonObject, member, stringAt } from '../json.ts'
import type { Json } from '../layer-graph.ts'

/** The node again, its inputs being the layer's and the constants. */
export function recordedNode(call: LayerCall): readonly Value[] {
  const node = nodeDefOf(call)
  const op = stringAt(node, 'op') ?? call.refuse('its node says not which op it is')
  const def = opDef(op)
  if (!def || def.isStateful) return call.refuse(`its op ${op} is not one that computes from its inputs alone`)
  const attrs = Object.fromEntries(
    Object.entries(isObject(node['attr']) ? node['attr'] : {}).flatMap(([name, value]) => {
      const attr = def.attrs.some(a => a.name === name) ? attrOf(call, value) : undefined
      return attr === undefined ? [] : [[name, attr]]
    }),
  )
  const made = call.scope.node(op, inputsOf(call, attrs), attrs)
  return (made.outputTypes ?? [null]).map((_, i) => made.out(i))
}

function nodeDefOf(call: LayerCall): JsonObject {
  const saved = call.layer.config['node_def']
  if (isObject(saved)) return saved
  if (typeof saved !== 'string') return call.refuse('it holds no node')
  const parsed: unknown = saved.startsWith('{') ? JSON.parse(saved) : undefined
  return isObject(parsed as Json) ? (parsed as JsonObject) : call.refuse('its node is not written as JSON') // what JSON.parse gives is Json
}

/** The layer's tensors in order, with each constant put in at its place. */
function inputsOf(call: LayerCall, attrs: Readonly<Record<string, PlainAttr>>): Value[] {
  const constants = call.layer.config['constants']
  const fixed = new Map(isObject(constants) ? Object.entries(constants).map(([i, value]) => [Number(i), value]) : [])
  const tensors = call.inputs.map(input => input.value)
  const count = tensors.length + fixed.size
  const like = tensors[0]?.dtype
  return Array.from({ length: count }, (_, i) => {
    const value = fixed.get(i)
    if (value === undefined) return tensors.shift() ?? call.refuse('its constants do not fit its inputs')
    return constantOf(call, value, typeOf(call, i, attrs, count) ?? like ?? 'float32')
  })
}

/** The type that the op's definition gives to input `i`. */
function typeOf(
  call: LayerCall,
  i: number,
  attrs: Readonly<Record<string, PlainAttr>>,
  count: number,
): DType | undefined {
  const def = opDef(stringAt(nodeDefOf(call), 'op')!)!
  const list = def.inputs.findIndex(arg => arg.numberAttr !== undefined || arg.typeListAttr !== undefined)
  const behind = def.inputs.length - (count - i) // counted from the end behind a list
  const arg = list >= 0 && i >= list ? (behind > list ? def.inputs[behind] : def.inputs[list]) : def.inputs[i]
  if (arg?.dtype) return arg.dtype
  const given = arg?.typeAttr === undefined ? undefined : attrs[arg.typeAttr]
  if (typeof given === 'string' && isDType(given)) return given
  const otherwise = def.attrs.find(attr => attr.name === arg?.typeAttr)?.default
  return typeof otherwise === 'string' && isDType(otherwise) ? otherwise : undefined
}

function constantOf(call: LayerCall, value: Json, dtype: DType): Value {
  const shape: number[] = []
  for (let at: Json | undefined = value; isList(at); at = at[0]) shape.push(at.length)
  const flat = (at: Json): number[] =>
    isList(at)
      ? at.flatMap(flat)
      : typeof at === 'number' || typeof at === 'boolean'
        ? [Number(at)]
        : call.refuse('a constant of it is no number')
  const numbers = flat(value)
  if (numbers.length !== shape.reduce((n, d) => n * d, 1)) return call.refuse('a constant of it is not regular')
  return call.scope.const(fromValues(dtype, shape, numbers))
}

/** An AttrValue in protobuf's JSON; undefined for one that follows from the inputs. */
function attrOf(call: LayerCall, value: Json): PlainAttr | undefined {
  if (!isObject(value)) return undefined
  const [kind, content] = Object.entries(value)[0] ?? []
  switch (kind) {
    case 'type':
      return typeNamed(content)
    case 's':
      return typeof content === 'string' ? decoded(content) : undefined
    case 'i':
      return Number(content)
    case 'f':
      return Number(content)
    case 'b':
      return content === true
    case 'shape':
      return shapeOf(content)
    case 'list':
      return listOf(content)
    default:
      return call.refuse(`an attribute of its node is a ${kind ?? 'nothing'}`)
  }
}

/** `DT_FLOAT`, or the number that stands for it. */
function typeNamed(content: Json | undefined): DType | undefined {
  if (typeof content === 'number') return dtypeOfId(content)
  const bare = String(content).replace(/^DT_/, '').toLowerCase()
  const name = { float: 'float32', double: 'float64', half: 'float16' }[bare] ?? bare
  return isDType(name) ? name : undefined
}

/** Bytes are base64 in protobuf's JSON. */
const decoded = (base64: string): string =>
  new TextDecoder().decode(Uint8Array.from(atob(base64), character => character.charCodeAt(0)))

function shapeOf(content: Json | undefined): PlainAttr {
  if (member(content, 'unknownRank') === true || member(content, 'unknown_rank') === true) return null
  const dims = member(content, 'dim')
  return isList(dims)
    ? dims.map(dim => {
        const size = Number(member(dim, 'size') ?? 0)
        return size < 0 ? null : size
      })
    : []
}

function listOf(content: Json | undefined): PlainAttr | undefined {
  const ints = member(content, 'i')
  if (isList(ints)) return ints.map(Number)
  const floats = member(content, 'f')
  if (isList(floats)) return floats.map(Number)
  const texts = member(content, 's')
  if (isList(texts)) return texts.map(text => decoded(String(text)))
  const types = member(content, 'type')
  if (isList(types)) return types.map(type => typeNamed(type) ?? 'float32')
  return []
}
