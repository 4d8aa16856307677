/** The interface of a lowering: a function that writes one op of TensorFlow in operators of ONNX. */
import type { Node, Value } from '../graph/node.ts'
import type { Emitter } from './emitter.ts'
import type { Tuple } from './operator-emitter.ts'

/** Emits a node and sets its outputs. Refuses by `refuse` where ONNX cannot say what the node does. */
export type Lowering = (node: Node, emit: Emitter) => void

/** Lowerings by the name of their op. */
export type Lowerings = Readonly<Record<string, Lowering>>

/** The first inputs of a node. Throws `invalid-graph` where there are fewer. */
export function inputsOf<N extends number>(node: Node, count: N): Tuple<Value, N> {
  node.input(count - 1)
  return node.inputs as Tuple<Value, N> // the last of them is there
}

/** Lowerings for several ops that are said alike. */
export const forEach = (ops: string, lowering: (op: string) => Lowering): Lowerings =>
  Object.fromEntries(
    ops
      .trim()
      .split(/\s+/)
      .map(op => [op, lowering(op)]),
  )
