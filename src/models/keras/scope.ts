/** Writes ops under a layer's name, and knows the shape of what it wrote. */

import type { Facts } from '../../facts/facts.ts'
import type { PlainAttr } from '../../graph/attr.ts'
import type { Graph } from '../../graph/graph.ts'
import type { Node, Value } from '../../graph/node.ts'
import { scalar, vector } from '../../tensor/make.ts'
import type { Tensor } from '../../tensor/tensor.ts'
import type { DType } from '../../tensorflow/dtype.ts'

type Attrs = Readonly<Record<string, PlainAttr>>

/** A place in the graph: every node it makes is named `<path>/<name>`. */
export class Scope {
  readonly graph: Graph
  readonly facts: Facts
  /** The prefix of all names: `dense_2`, `encoder/dense_2`. Empty for the model itself. */
  readonly path: string

  constructor(graph: Graph, facts: Facts, path: string) {
    this.graph = graph
    this.facts = facts
    this.path = path
  }

  /** A scope inside this one; taken names get a suffix, so that a second call of a shared layer has a scope of its own. */
  inner(name: string): Scope {
    return new Scope(this.graph, this.facts, this.nameOf(name))
  }

  nameOf(name: string): string {
    return this.path ? `${this.path}/${name}` : name
  }

  /** Adds a node. */
  node(op: string, inputs: readonly Value[], attrs: Attrs = {}, name = op): Node {
    return this.graph.add(op, inputs, attrs, this.nameOf(name))
  }

  /** Adds a node and returns its first output. */
  op(op: string, inputs: readonly Value[], attrs: Attrs = {}, name = op): Value {
    return this.node(op, inputs, attrs, name).out()
  }

  const(tensor: Tensor, name = 'Const'): Value {
    return this.graph.const(tensor, this.nameOf(name))
  }
  /** An int32 scalar. */
  int(value: number, name = 'Const'): Value {
    return this.const(scalar('int32', value), name)
  }
  /** An int32 vector. */
  ints(values: readonly number[], name = 'Const'): Value {
    return this.const(vector('int32', values), name)
  }
  /** A scalar of the type of `like`. */
  number(value: number, like: Value, name = 'Const'): Value {
    return this.const(scalar(like.dtype!, value), name)
  }

  /** What is known of a value's shape; null where not even the rank is. */
  shape(value: Value): readonly (number | null)[] | null {
    return this.facts.shape(value)
  }

  /** Converts to a type; nothing where it has it. */
  cast(value: Value, dtype: DType, name = 'Cast'): Value {
    return value.dtype === dtype ? value : this.op('Cast', [value], { DstT: dtype }, name)
  }

  /**
   * Gives a value another shape of as many elements. At most one size may be
   * unknown (null): it becomes -1. More than one: see `reshapeLike`.
   */
  reshape(value: Value, shape: readonly (number | null)[], name = 'Reshape'): Value {
    return this.op(
      'Reshape',
      [
        value,
        this.ints(
          shape.map(d => d ?? -1),
          `${name}/shape`,
        ),
      ],
      {},
      name,
    )
  }

  transpose(value: Value, perm: readonly number[], name = 'transpose'): Value {
    if (perm.every((axis, i) => axis === i)) return value
    return this.op('Transpose', [value, this.ints(perm, `${name}/perm`)], {}, name)
  }

  /** The size of one dimension as an int32 scalar: a constant where it is known. */
  size(value: Value, axis: number, name = 'size'): Value {
    const known = this.shape(value)?.at(axis)
    if (known != null) return this.int(known, name)
    const shape = this.op('Shape', [value], {}, 'Shape')
    return this.op(
      'StridedSlice',
      [
        shape,
        this.ints([axis], `${name}/begin`),
        this.ints([axis + 1], `${name}/end`),
        this.ints([1], `${name}/strides`),
      ],
      { shrink_axis_mask: 1 },
      name,
    )
  }

  /** A shape as an int32 vector, from sizes that are known and sizes that are values. */
  pack(sizes: readonly (number | Value)[], name = 'stack'): Value {
    if (sizes.every(size => typeof size === 'number')) return this.ints(sizes, name)
    return this.op(
      'Pack',
      sizes.map(size => (typeof size === 'number' ? this.int(size) : size)),
      { axis: 0 },
      name,
    )
  }
}
