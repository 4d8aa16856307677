/** Inputs and outputs as a caller must know them: key, type, shape. */

import { FreezeError } from '../errors.ts'
import { Facts } from '../facts/facts.ts'
import type { PartialShape } from '../graph/attr.ts'
import type { Graph } from '../graph/graph.ts'
import type { DType } from '../tensorflow/dtype.ts'
import type { PublicPort } from './choice.ts'
import type { Frozen, FrozenPort } from './frozen.ts'
import type { FreezeOptions } from './options.ts'

/** Describes the public values of a graph that is otherwise done. Throws `unsupported` where nothing tells a type, and for what is no tensor. */
export function describedPorts(
  graph: Graph,
  inputs: readonly PublicPort[],
  outputs: readonly PublicPort[],
  { shapes }: Pick<FreezeOptions, 'shapes'>,
): Pick<Frozen, 'inputs' | 'outputs'> {
  const facts = new Facts(graph)
  const isChanged = shapes !== undefined && shapes.size > 0
  /** The model's own word, unless it has none or the inputs are not what they were. */
  const outputShape = ({ port, shape }: PublicPort): PartialShape =>
    shape && !isChanged ? shape : (facts.shape(port.value) ?? shape)
  return {
    inputs: inputs.map(port => described(port, port.shape ?? facts.shape(port.port.value), facts)),
    outputs: outputs.map(port => described(port, outputShape(port), facts)),
  }
}

function described({ key, port, from, dtype: declared }: PublicPort, shape: PartialShape, facts: Facts): FrozenPort {
  const dtype: DType | undefined = port.value.dtype ?? facts.of(port.value).dtype ?? declared
  if (!dtype) {
    throw new FreezeError('unsupported', `the type of the output '${key}' is not known`, {
      node: port.value.node.name,
      hint: 'Choose an output that one of TensorFlow’s own ops makes.',
    })
  }
  if (dtype === 'resource' || dtype === 'variant') {
    throw new FreezeError('unsupported', `'${key}' is a ${dtype}, which a program cannot read or feed`, {
      node: port.value.node.name,
      hint: 'Choose a tensor of numbers or strings that is computed from it.',
    })
  }
  return { key, dtype, shape, ...(from !== undefined && { from }) }
}
