/** AttrValue to Attr and back. */
import type { ErrorPlace } from '../../errors.ts'
import { FreezeError, isFreezeError } from '../../errors.ts'
import type { Tensor } from '../../tensor/tensor.ts'
import { type DType, dtypeId, dtypeOfId } from '../../tensorflow/dtype.ts'
import {
  type AttrValue,
  AttrValue_ListValue,
  type NameAttrList,
  type TensorProto,
  type TensorShapeProto,
} from '../../tensorflow/generated/messages.ts'
import { opDef } from '../../tensorflow/ops.ts'
import type { Attr, AttrKind, FuncRef, Kinds, ListAttr, PartialShape } from '../attr.ts'
import { utf8 } from '../utf8.ts'
import { fail } from './place.ts'
import { type LargeBytesOf, tensorFromProto } from './tensor-proto.ts'

/** The context for reading an attribute. */
export interface AttrContext {
  readonly large: LargeBytesOf
  readonly place: ErrorPlace
}

/**
 * The attributes of a node, an empty list in the kind that `op`'s definition
 * gives it. One that TensorFlow keeps for itself (`_…`) and that cannot be read
 * is left out: it is a hint. Throws `invalid-graph` for any other.
 */
export function attrsFromProto(
  protos: ReadonlyMap<string, AttrValue>,
  context: AttrContext,
  op?: string,
): Map<string, Attr> {
  const attrs = new Map<string, Attr>()
  for (const [name, proto] of protos) {
    try {
      attrs.set(name, attrFromProto(proto, context, op === undefined ? undefined : listKind(op, name)))
    } catch (e) {
      if (!name.startsWith('_') || !isFreezeError(e, 'invalid-graph')) throw e
    }
  }
  return attrs
}

function listKind(op: string, name: string): AttrKind | undefined {
  const type = opDef(op)?.attrs.find(a => a.name === name)?.type
  return type && (/^list\((\w+)\)$/.exec(type)?.[1] as AttrKind | undefined) // AttrType is made of the kinds
}

/** One attribute; `emptyList` is the kind that an empty list is of, where the caller knows. */
export function attrFromProto({ value }: AttrValue, context: AttrContext, emptyList?: AttrKind): Attr {
  switch (value?.$case) {
    case undefined:
      return { kind: 'nothing' }
    case 's':
      return { kind: 'string', value: text(value.value) }
    case 'i':
      return { kind: 'int', value: integer(value.value) }
    case 'f':
      return { kind: 'float', value: value.value }
    case 'b':
      return { kind: 'bool', value: value.value }
    case 'type':
      return { kind: 'type', value: dtype(value.value, context) }
    case 'shape':
      return { kind: 'shape', value: shapeFromProto(value.value) }
    case 'tensor':
      return { kind: 'tensor', value: tensorFromProto(value.value, context.large, context.place) }
    case 'func':
      return { kind: 'func', value: funcFromProto(value.value, context) }
    case 'placeholder':
      return { kind: 'placeholder', value: value.value }
    case 'list':
      return listFromProto(value.value, context, emptyList)
  }
}

function listFromProto(list: AttrValue_ListValue, context: AttrContext, empty: AttrKind | undefined): Attr {
  if (list.s.length) return { kind: 'list', of: 'string', value: list.s.map(text) }
  if (list.i.length) return { kind: 'list', of: 'int', value: list.i.map(integer) }
  if (list.f.length) return { kind: 'list', of: 'float', value: list.f }
  if (list.b.length) return { kind: 'list', of: 'bool', value: list.b }
  if (list.type.length) return { kind: 'list', of: 'type', value: list.type.map(id => dtype(id, context)) }
  if (list.shape.length) return { kind: 'list', of: 'shape', value: list.shape.map(shapeFromProto) }
  if (list.func.length) return { kind: 'list', of: 'func', value: list.func.map(f => funcFromProto(f, context)) }
  if (list.tensor.length) {
    return { kind: 'list', of: 'tensor', value: list.tensor.map(t => tensorFromProto(t, context.large, context.place)) }
  }
  return { kind: 'list', of: empty ?? 'nothing', value: [] }
}

const text = (bytes: Uint8Array): string | Uint8Array => utf8(bytes) ?? bytes
const integer = (value: bigint): number | bigint =>
  value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER ? Number(value) : value

const dtype = (id: number, { place }: AttrContext): DType =>
  dtypeOfId(id) ?? fail(place, 'invalid-graph', `an attribute has the unknown data type ${id}`)

/** A shape whose sizes may be unknown (-1). */
export const shapeFromProto = (proto: TensorShapeProto): PartialShape =>
  proto.unknownRank ? null : proto.dim.map(d => (d.size < 0n ? null : Number(d.size)))

function funcFromProto(proto: NameAttrList, context: AttrContext): FuncRef {
  return { name: proto.name, attrs: attrsFromProto(proto.attr, context) }
}

/** The proto of a tensor attribute; the caller has it ready, as its elements may have to be read. */
export type TensorToProto = (tensor: Tensor) => TensorProto

/** The attributes as a map field, sorted by name, so that equal attributes are equal bytes. */
export function attrsToProto(attrs: ReadonlyMap<string, Attr>, tensor: TensorToProto): Map<string, AttrValue> {
  const names = [...attrs.keys()].sort()
  return new Map(names.map(name => [name, attrToProto(attrs.get(name)!, tensor)]))
}

/** One attribute as its message. */
export function attrToProto(attr: Attr, tensor: TensorToProto): AttrValue {
  switch (attr.kind) {
    case 'nothing':
      return { value: undefined }
    case 'placeholder':
      return { value: { $case: 'placeholder', value: attr.value } }
    case 'list':
      return { value: { $case: 'list', value: listToProto(attr, tensor) } }
    case 'string':
      return { value: { $case: 's', value: bytes(attr.value) } }
    case 'int':
      return { value: { $case: 'i', value: BigInt(attr.value) } }
    case 'float':
      return { value: { $case: 'f', value: Math.fround(attr.value) } }
    case 'bool':
      return { value: { $case: 'b', value: attr.value } }
    case 'type':
      return { value: { $case: 'type', value: dtypeId(attr.value) } }
    case 'shape':
      return { value: { $case: 'shape', value: shapeToProto(attr.value) } }
    case 'tensor':
      return { value: { $case: 'tensor', value: tensor(attr.value) } }
    case 'func':
      return { value: { $case: 'func', value: funcToProto(attr.value, tensor) } }
  }
}

const EMPTY_LIST = AttrValue_ListValue.decode(new Uint8Array(0))

function listToProto(attr: ListAttr, tensor: TensorToProto): AttrValue_ListValue {
  const make: { [K in AttrKind]: (values: readonly Kinds[K][]) => Partial<AttrValue_ListValue> } = {
    string: s => ({ s: s.map(bytes) }),
    int: i => ({ i: i.map(BigInt) }),
    float: f => ({ f: f.map(Math.fround) }),
    bool: b => ({ b: [...b] }),
    type: type => ({ type: type.map(dtypeId) }),
    shape: shape => ({ shape: shape.map(shapeToProto) }),
    tensor: tensors => ({ tensor: tensors.map(tensor) }),
    func: func => ({ func: func.map(f => funcToProto(f, tensor)) }),
  }
  if (attr.of === 'nothing') return EMPTY_LIST
  return { ...EMPTY_LIST, ...make[attr.of](attr.value as never) } // `of` says what the values are
}

const bytes = (value: string | Uint8Array): Uint8Array =>
  typeof value === 'string' ? new TextEncoder().encode(value) : value

/** -1 for a size that is not known. */
export function shapeToProto(shape: PartialShape): TensorShapeProto {
  if (shape === null) return { dim: [], unknownRank: true }
  return { dim: shape.map(d => ({ size: sizeOf(d ?? -1), name: '' })), unknownRank: false }
}

/** A size as the message has it. A configuration may ask for one that no tensor has: half an element, or 2^70. */
function sizeOf(size: number): bigint {
  if (Number.isSafeInteger(size)) return BigInt(size)
  throw new FreezeError('invalid-graph', `a tensor has a dimension of ${size}`, {
    hint: 'The file asks for a size that no tensor has: export the model again.',
  })
}

const funcToProto = (f: FuncRef, tensor: TensorToProto): NameAttrList => ({
  name: f.name,
  attr: attrsToProto(f.attrs, tensor),
})
