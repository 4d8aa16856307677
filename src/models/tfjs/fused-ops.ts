/**
 * TF.js' fused operators as TensorFlow's: its converter writes a convolution or product with what follows it as one
 * node, and a leaky activation with learned slopes as Prelu.
 *
 *     _FusedConv2D(x, w, b, α) {fused_ops: [BiasAdd, Prelu]} → prelu(BiasAdd(Conv2D(x, w), b), α)
 *     Prelu(x, α) → Relu(x) − α · Relu(−x)
 *
 * Source: tfjs-converter/python/tensorflowjs/converters/fuse_depthwise_conv2d.py, fuse_prelu.py.
 */
import { FreezeError } from '../../errors.ts'
import { type Attr, float } from '../../graph/attr.ts'
import { takePlace } from '../../graph/edit.ts'
import type { Graph } from '../../graph/graph.ts'
import type { Node, Value } from '../../graph/node.ts'
import { opDef } from '../../tensorflow/ops.ts'

/** The first op that each fused op computes. */
const FIRST: ReadonlyMap<string, string> = new Map([
  ['_FusedConv2D', 'Conv2D'],
  ['FusedDepthwiseConv2dNative', 'DepthwiseConv2dNative'],
  ['_FusedDepthwiseConv2dNative', 'DepthwiseConv2dNative'],
  ['_FusedMatMul', 'MatMul'],
])

/** Writes each fused node as the ops that it stands for; the last of them has its name. Throws `unsupported` for one that TF.js does not execute. */
export function separateFusedOps(graph: Graph, file: string): void {
  for (const node of [...graph.nodes]) {
    const first = FIRST.get(node.op)
    if (first !== undefined) takePlace(graph, node, [separated(graph, node, first, file)])
    else if (node.op === 'Prelu') takePlace(graph, node, [prelu(graph, node.input(0), node.input(1), node.name)])
  }
}

function separated(graph: Graph, node: Node, first: string, file: string): Value {
  const attrs = new Map(opDef(first)!.attrs.flatMap(({ name }) => attrOf(node, name)))
  const args = node.inputs.slice(2)
  let value = graph.addNode(first, node.inputs.slice(0, 2), attrs, `${node.name}/${first}`).out()
  for (const op of node.strs('fused_ops')) value = applied(graph, node, op, { value, args, file })
  return value
}

const attrOf = (node: Node, name: string): [string, Attr][] => {
  const attr = node.attrs.get(name)
  return attr ? [[name, attr]] : []
}

interface Fusing {
  readonly value: Value
  /** The inputs that no op has taken yet. */
  readonly args: Value[]
  readonly file: string
}

function applied(graph: Graph, node: Node, op: string, { value, args, file }: Fusing): Value {
  const name = `${node.name}/${op}`
  const argument = (): Value => args.shift() ?? refuse(node, `${op} in it has no argument`, file)
  switch (op) {
    case 'BiasAdd': {
      const format = new Map(attrOf(node, 'data_format'))
      return graph.add('BiasAdd', [value, argument()], Object.fromEntries(format), name).out()
    }
    case 'Relu':
    case 'Relu6':
    case 'Elu':
    case 'Sigmoid':
    case 'Tanh':
      return graph.add(op, [value], {}, name).out()
    case 'LeakyRelu': {
      const alpha = node.attrs.get('leakyrelu_alpha') ?? float(0.2)
      return graph.add(op, [value], { alpha }, name).out()
    }
    case 'Prelu':
      return prelu(graph, value, argument(), name)
    default:
      return refuse(node, `${op} in it is not one of those that TF.js executes`, file)
  }
}

function prelu(graph: Graph, x: Value, alpha: Value, name: string): Value {
  const add = (op: string, inputs: Value[], part: string): Value => graph.add(op, inputs, {}, `${name}/${part}`).out()
  const negative = add('Relu', [add('Neg', [x], 'Neg')], 'Relu_1')
  return add('Sub', [add('Relu', [x], 'Relu'), add('Mul', [alpha, negative], 'mul')], 'sub')
}

const refuse = (node: Node, what: string, file: string): never => {
  throw new FreezeError('unsupported', `this ${node.op} cannot be read: ${what}`, {
    file,
    node: node.name,
    hint: 'Convert the model again with the current converter.',
  })
}
