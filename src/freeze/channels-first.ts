/**
 * Inputs and outputs that callers lay out with the channels after the batch, as most runtimes but TensorFlow do:
 *
 *     image: [1,224,224,3]                image: [1,3,224,224]
 *     y = Conv2D(image, w)          →     image/channels_last = Transpose(image, [0,2,3,1])
 *                                         y = Conv2D(image/channels_last, w)
 */
import { FreezeError } from '../errors.ts'
import { Facts } from '../facts/facts.ts'
import { type PartialShape, shape as shapeAttr, shapeText } from '../graph/attr.ts'
import { moveReaders } from '../graph/edit.ts'
import type { Graph } from '../graph/graph.ts'
import type { Value } from '../graph/node.ts'
import { channelsFirstOrder, channelsLastOrder } from '../tensor/channels.ts'
import { fromValues } from '../tensor/make.ts'
import { type PublicPort, portNamed } from './choice.ts'
import type { FreezeOptions } from './options.ts'

/** The public values of a graph, before they have their names. */
export interface Ports {
  readonly inputs: readonly PublicPort[]
  readonly outputs: readonly PublicPort[]
}

/**
 * Turns the inputs and outputs that the caller names. Throws `missing` for a name that is not there, and
 * `unsupported` where the rank is not known or there are no channels.
 */
export function channelsFirst(
  graph: Graph,
  { inputs, outputs }: Ports,
  { inputsChannelsFirst = [], outputsChannelsFirst = [] }: FreezeOptions,
): Ports {
  return {
    inputs: turned(inputs, 'input', inputsChannelsFirst, port => turnInput(graph, port)),
    outputs: turned(outputs, 'output', outputsChannelsFirst, port => turnOutput(graph, port)),
  }
}

function turned(
  ports: readonly PublicPort[],
  side: 'input' | 'output',
  names: readonly string[],
  turn: (port: PublicPort) => PublicPort,
): readonly PublicPort[] {
  const asked = new Set(names.map(name => portNamed(ports, name, side)))
  return ports.map(port => (asked.has(port) ? turn(port) : port))
}

/** A placeholder with the channels first takes the name; what read the old one reads it turned back. */
function turnInput(graph: Graph, given: PublicPort): PublicPort {
  const { port } = given
  const { node } = port.value
  const shape = given.shape ?? node.shape('shape')
  const rank = rankOf(given, shape)
  const { name } = node
  graph.rename(node, graph.freshName(`${name}/before`))
  const dtype = node.type('dtype')
  const made = graph.add('Placeholder', [], { dtype, shape: shapeAttr(toFirst(shape, rank)) }, name).out()
  moveReaders(graph, port.value, transposed(graph, made, channelsLastOrder(rank), `${name}/channels_last`))
  port.value = made
  graph.remove(node)
  return { ...given, shape: toFirst(shape, rank) }
}

/** The op that computes the output leaves its name to the transpose behind it. */
function turnOutput(graph: Graph, given: PublicPort): PublicPort {
  const { port } = given
  const { value } = port
  const shape = given.shape ?? new Facts(graph).shape(value)
  const rank = rankOf(given, shape)
  const { node } = value
  const { name } = node
  const hasName =
    value.index === 0 && !graph.isInput(node) && !graph.outputs.some(o => o !== port && o.value.node === node)
  if (hasName) graph.rename(node, graph.freshName(`${name}/channels_last`))
  const made = transposed(graph, value, channelsFirstOrder(rank), hasName ? name : `${name}/channels_first`)
  for (const beside of graph.kept) if (beside.inputs[0] === value) beside.setInput(0, made)
  port.value = made
  return { ...given, shape: toFirst(shape, rank) }
}

/** [N, …, C] → [N, C, …]. */
const toFirst = (shape: PartialShape, rank: number): PartialShape =>
  shape && channelsFirstOrder(rank).map(axis => shape[axis]!)

function transposed(graph: Graph, value: Value, perm: readonly number[], name: string): Value {
  const order = graph.const(fromValues('int32', [perm.length], [...perm]), `${name}/perm`)
  return graph.add('Transpose', [value, order], {}, name).out()
}

/** Images have three dimensions at least: a batch, positions and channels. */
const MIN_RANK = 3

function rankOf({ key, port }: PublicPort, shape: PartialShape): number {
  if (shape && shape.length >= MIN_RANK) return shape.length
  const what = shape ? `has the shape ${shapeText(shape)}, without channels` : 'has no known rank'
  throw new FreezeError('unsupported', `'${key}' ${what}`, {
    node: port.value.node.name,
    hint: shape ? 'Leave it out.' : `Give its shape, with the channels last: --shape ${key}=1,224,224,3.`,
  })
}
