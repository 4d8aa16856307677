/**
 * Nodes that ONNX cannot say, left as they are for programs that have kernels of their own for them: in the domain
 * `ai.onnx.tensorflow`, with TensorFlow's attributes. A type is the number that ONNX has for it, a shape has -1 where a
 * size is open.
 */
import { type Attr, type PartialShape, shapeText } from '../graph/attr.ts'
import type { Node } from '../graph/node.ts'
import type { DType } from '../tensorflow/dtype.ts'
import { type Attribute, elementType, float } from './model.ts'

/** The domain of such nodes, and the version of it that is written. */
export const TENSORFLOW_DOMAIN = 'ai.onnx.tensorflow'
export const TENSORFLOW_VERSION = 1

/** The attributes of a node, with the defaults of those that are not written; undefined where one cannot be said. */
export function customAttributes(node: Node): ReadonlyMap<string, Attribute> | undefined {
  const names = new Set([...node.attrs.keys(), ...(node.def?.attrs ?? []).map(({ name }) => name)])
  const attributes = new Map<string, Attribute>()
  for (const name of names) {
    const attr = name.startsWith('_') ? undefined : node.attr(name)
    if (!attr || attr.kind === 'nothing' || isUnknownShape(attr)) continue
    const said = attributeOf(attr)
    if (!said) return undefined
    attributes.set(name, said)
  }
  return attributes
}

const isUnknownShape = (attr: Attr): boolean => attr.kind === 'shape' && attr.value === null

/** One attribute; undefined for a function, a list of tensors, and a type that ONNX does not have. */
function attributeOf(attr: Attr): Attribute | undefined {
  switch (attr.kind) {
    case 'string':
    case 'int':
    case 'tensor':
      return attr
    case 'float':
      return float(attr.value)
    case 'bool':
      return { kind: 'int', value: Number(attr.value) }
    case 'type': {
      const value = elementType(attr.value)
      return value === undefined ? undefined : { kind: 'int', value }
    }
    case 'shape':
      return { kind: 'ints', value: sizesOf(attr.value ?? []) }
    case 'list':
      return listOf(attr)
    case 'func':
    case 'placeholder':
    case 'nothing':
      return undefined
  }
}

function listOf(attr: Extract<Attr, { kind: 'list' }>): Attribute | undefined {
  switch (attr.of) {
    case 'string':
      return { kind: 'strings', value: attr.value }
    case 'int':
      return { kind: 'ints', value: attr.value }
    case 'float':
      return { kind: 'floats', value: attr.value }
    case 'bool':
      return { kind: 'ints', value: attr.value.map(Number) }
    case 'type':
      return typesOf(attr.value)
    case 'shape':
      return { kind: 'strings', value: attr.value.map(shape => (shape ? shapeText(shape) : '?')) }
    case 'nothing':
      return { kind: 'ints', value: [] }
    case 'tensor':
    case 'func':
      return undefined
  }
}

function typesOf(types: readonly DType[]): Attribute | undefined {
  const numbers = types.map(elementType)
  return numbers.every(number => number !== undefined) ? { kind: 'ints', value: numbers } : undefined
}

const sizesOf = (shape: NonNullable<PartialShape>): number[] => shape.map(size => size ?? -1)
