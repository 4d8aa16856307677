/** The constant that is added behind a convolution or product: operators of ONNX take it as an input of their own. */
import type { Node, Value } from '../../graph/node.ts'
import { elementCount, type Tensor } from '../../tensor/tensor.ts'
import type { Emitter } from '../emitter.ts'
import { isChannelsFirst } from '../layout.ts'

/** An addition that an operator does along with its own work. */
export interface Bias {
  readonly tensor: Tensor
  readonly name: string
  /** The value that is then the operator's result. */
  readonly value: Value
}

/** The addition of one constant a channel, where it is all that reads the node; `channels` is how many there are. */
export function biasAfter(node: Node, emit: Emitter, channels: number): Bias | undefined {
  const result = node.out()
  if (result.uses.size !== 1 || emit.graph.isOutput(node)) return undefined
  const [reader] = result.uses.keys()
  if (!reader || !['BiasAdd', 'Add', 'AddV2'].includes(reader.op)) return undefined
  if (reader.inputs.filter(input => input === result).length !== 1) return undefined
  const other = reader.inputs.find(input => input !== result)!
  const tensor = emit.constant(other)
  if (!tensor || elementCount(tensor.shape) !== channels) return undefined
  if (!isAlongChannels(reader, tensor, isChannelsFirst(node)) || isLonger(tensor, result, emit)) return undefined
  return { tensor, name: other.node.name, value: reader.out() }
}

/** Whether the constant has an element for each channel, wherever the layout has these. */
function isAlongChannels(reader: Node, { shape }: Tensor, channelsFirst: boolean): boolean {
  if (reader.op === 'BiasAdd') return isChannelsFirst(reader) === channelsFirst
  const axis = channelsFirst ? -3 : -1
  return elementCount(shape) === 1 || shape.at(axis) === elementCount(shape)
}

const isLonger = ({ shape }: Tensor, value: Value, emit: Emitter): boolean =>
  shape.length > (emit.shape(value)?.length ?? 0)
