/** ONNX graphs as text: a node a line, constants with what they hold, subgraphs indented. */
import type { Attribute, OnnxGraph, OnnxNode, Ref, ValueInfo } from '../../src/onnx/model.ts'
import { describe } from '../../src/tensor/recipe.ts'
import type { Tensor } from '../../src/tensor/tensor.ts'

/** The text of a graph. */
export function printOnnx(graph: OnnxGraph): string {
  const constants = new Map(graph.initializers.map(({ ref, tensor }) => [ref, tensor]))
  return lines(graph, constants).join('\n')
}

function lines(graph: OnnxGraph, constants: ReadonlyMap<Ref, Tensor>): string[] {
  return [
    ...graph.inputs.map(info => `in ${typed(info)}`),
    ...graph.initializers.map(
      ({ ref, tensor }) => `${ref.name} = ${tensor.dtype}[${tensor.shape}] ${describe(tensor)}`,
    ),
    ...graph.nodes.flatMap(node => nodeLines(node, constants)),
    ...graph.outputs.map(info => `out ${typed(info)}`),
  ]
}

const typed = ({ ref, shape, symbols }: ValueInfo): string =>
  `${ref.name}: ${ref.isSequence ? 'sequence of ' : ''}${ref.dtype}${shape ? `[${shape.map((size, i) => size ?? symbols?.[i] ?? '?')}]` : ''}`

function nodeLines(node: OnnxNode, constants: ReadonlyMap<Ref, Tensor>): string[] {
  const inputs = node.inputs.map(ref => ref?.name ?? '-').join(', ')
  const plain = [...node.attributes].filter(([, { kind }]) => kind !== 'graph')
  const attributes = plain.map(([name, attribute]) => `${name}: ${shown(attribute)}`).join(', ')
  const op = node.domain ? `${node.domain}.${node.op}` : node.op
  return [
    `${node.outputs.map(ref => ref.name).join(', ')} = ${op}(${inputs})${attributes && ` {${attributes}}`}`,
    ...[...node.attributes].flatMap(([name, attribute]) =>
      attribute.kind === 'graph' ? [`  ${name}`, ...lines(attribute.value, constants).map(line => `    ${line}`)] : [],
    ),
  ]
}

function shown(attribute: Attribute): string {
  if (attribute.kind === 'tensor') return describe(attribute.value)
  if (attribute.kind === 'graph') return ''
  const { value } = attribute
  if (Array.isArray(value)) return `[${value.map(text).join(',')}]`
  return text(value as number)
}

const text = (value: number | bigint | string | Uint8Array): string =>
  value instanceof Uint8Array
    ? JSON.stringify(new TextDecoder().decode(value))
    : typeof value === 'string'
      ? JSON.stringify(value)
      : String(value)
