/** Builds nodes for rules, named within the one that they replace. */
import type { PlainAttr } from '../../graph/attr.ts'
import type { Graph } from '../../graph/graph.ts'
import type { Node, Value } from '../../graph/node.ts'
import { scalar, vector } from '../../tensor/make.ts'
import type { Tensor } from '../../tensor/tensor.ts'
import type { DType } from '../../tensorflow/dtype.ts'

export class Builder {
  readonly #graph: Graph
  readonly #scope: string

  constructor(graph: Graph, node: Node) {
    this.#graph = graph
    this.#scope = node.name
  }

  node(op: string, inputs: readonly Value[], attrs: Readonly<Record<string, PlainAttr>> = {}): Node {
    return this.#graph.add(op, inputs, attrs, `${this.#scope}/${op}`)
  }
  op(op: string, inputs: readonly Value[], attrs: Readonly<Record<string, PlainAttr>> = {}): Value {
    return this.node(op, inputs, attrs).out()
  }
  constant(tensor: Tensor, name = 'Const'): Value {
    return this.#graph.const(tensor, `${this.#scope}/${name}`)
  }
  number(dtype: DType, value: number): Value {
    return this.constant(scalar(dtype, value))
  }
  ints(values: readonly number[]): Value {
    return this.constant(vector('int32', values))
  }
  cast(value: Value, to: DType): Value {
    return value.dtype === to ? value : this.op('Cast', [value], { SrcT: value.dtype!, DstT: to })
  }
}
