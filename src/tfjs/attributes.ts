/** Attributes as the JSON of GraphDef: bytes in base64, 64-bit integers as text, types by their names. */
import { base64Encode } from '@bufbuild/protobuf/wire'
import type { Attr, AttrKind, Kinds, PartialShape } from '../graph/attr.ts'
import { defaultAttr } from '../graph/attr.ts'
import type { Node } from '../graph/node.ts'
import { RESULT_NAMES } from '../graph/results.ts'
import type { DType } from '../tensorflow/dtype.ts'
import { attributesRead } from './operators.ts'

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json }

const PROTO_NAMES: Partial<Record<DType, string>> = { float32: 'DT_FLOAT', float64: 'DT_DOUBLE', float16: 'DT_HALF' }

/** `DT_FLOAT`. */
export const typeName = (dtype: DType): string => PROTO_NAMES[dtype] ?? `DT_${dtype.toUpperCase()}`

export const shapeJson = (shape: PartialShape): Json =>
  shape === null ? { unknownRank: true } : { dim: shape.map(size => ({ size: String(size ?? -1) })) }

/** The attributes of a node, with the defaults that TF.js does not know. */
export function attributesJson(node: Node): Json {
  const attrs = new Map(node.attrs)
  const read = attributesRead(node.op)
  for (const def of node.def?.attrs ?? []) {
    const value = !attrs.has(def.name) && read?.has(def.name) ? defaultAttr(def) : undefined
    if (value) attrs.set(def.name, value)
  }
  const entries = [...attrs].flatMap(([name, attr]) => {
    const json = name.startsWith('_') || name === RESULT_NAMES ? undefined : attributeJson(attr)
    return json === undefined ? [] : [[name, json] as const]
  })
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)))
}

function attributeJson(attr: Attr): Json | undefined {
  switch (attr.kind) {
    case 'list':
      return { list: attr.of === 'nothing' ? {} : { [FIELD[attr.of]]: attr.value.map(v => valueJson(attr.of, v)) } }
    case 'placeholder':
    case 'nothing':
      return undefined
    default:
      return { [FIELD[attr.kind]]: valueJson(attr.kind, attr.value) }
  }
}

/** The fields of AttrValue. */
const FIELD: Readonly<Record<AttrKind, string>> = {
  string: 's',
  int: 'i',
  float: 'f',
  bool: 'b',
  type: 'type',
  shape: 'shape',
  tensor: 'tensor',
  func: 'func',
}

function valueJson(kind: AttrKind, value: Kinds[AttrKind]): Json {
  const as = <T extends AttrKind>(_: T): Kinds[T] => value as Kinds[T] // the caller gives a value of the kind
  switch (kind) {
    case 'string':
      return base64(as('string'))
    case 'int':
      return String(as('int'))
    case 'float':
      return as('float')
    case 'bool':
      return as('bool')
    case 'type':
      return typeName(as('type'))
    case 'shape':
      return shapeJson(as('shape'))
    case 'tensor':
      return { dtype: typeName(as('tensor').dtype), tensorShape: shapeJson(as('tensor').shape) }
    case 'func':
      return { name: as('func').name }
  }
}

const base64 = (value: string | Uint8Array): string =>
  base64Encode(typeof value === 'string' ? new TextEncoder().encode(value) : value)
