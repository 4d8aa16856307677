/** The body of a loop as its recurrent cell is looked for in it: what is constant there, and what an argument is. */
import type { Graph } from '../../graph/graph.ts'
import type { Node, Value } from '../../graph/node.ts'
import { fold } from '../../tensor/fold.ts'
import { sliceOf, valuesOf } from '../../tensor/make.ts'
import type { Tensor } from '../../tensor/tensor.ts'
import { behind, bodyOf } from '../bodies.ts'
import type { Emitter } from '../emitter.ts'

export class LoopBody {
  readonly node: Node
  readonly graph: Graph
  readonly emit: Emitter
  readonly #constants = new Map<Value, Tensor | undefined>()

  constructor(node: Node, emit: Emitter) {
    this.node = node
    this.graph = bodyOf(node, node.func('body').name, emit)
    this.emit = emit
  }

  /** The argument that a value is; undefined for one that is computed. */
  argumentOf(value: Value): number | undefined {
    const at = this.graph.inputs.findIndex(port => port.value === behind(value))
    return at < 0 ? undefined : at
  }
  /** The node of an argument in the body. */
  argument(index: number): Value {
    return this.graph.inputs[index]!.value
  }
  /** The value of an argument in the next turn. */
  next(index: number): Value {
    return behind(this.graph.outputs[index]!.value)
  }
  isInvariant(index: number): boolean {
    return this.next(index) === this.argument(index)
  }
  /** The outer value of an argument that no turn changes. */
  outer(value: Value): Value | undefined {
    const at = this.argumentOf(value)
    return at !== undefined && this.isInvariant(at) ? behind(this.node.input(at)) : undefined
  }

  /** The constant that a value of the body is in every turn. */
  constant(value: Value): Tensor | undefined {
    const at = behind(value)
    if (!this.#constants.has(at)) this.#constants.set(at, this.#constantOf(at))
    return this.#constants.get(at)
  }
  #constantOf(at: Value): Tensor | undefined {
    if (at.tensor) return at.tensor
    const outer = this.outer(at)
    if (outer) return this.emit.constant(outer)
    const { node } = at
    if (node.op === 'Split') return this.#part(node, at.index)
    if (node.op === 'StridedSlice') return this.#slice(node)
    const operands = node.inputs.map(input => this.constant(input))
    return operands.length > 0 && operands.every(tensor => tensor !== undefined)
      ? fold(node, operands, 'recipes')
      : undefined
  }
  /** The numbers of a small constant. */
  numbers(value: Value): readonly number[] | undefined {
    const tensor = this.constant(value)
    return tensor && valuesOf(tensor)
  }

  /** One of the equal parts of a constant. */
  #part(node: Node, index: number): Tensor | undefined {
    const tensor = this.constant(node.input(1))
    const [given] = this.numbers(node.input(0)) ?? []
    if (!tensor || given === undefined) return undefined
    const axis = given < 0 ? given + tensor.shape.length : given
    const size = tensor.shape[axis]! / node.int('num_split')
    return along(tensor, axis, index * size, size)
  }

  /** `kernel[:, a:b]` of a constant. */
  #slice(node: Node): Tensor | undefined {
    const tensor = this.constant(node.input(0))
    const ranges = tensor && this.ranges(node, tensor.shape)
    return ranges?.reduce((part, range, axis) => along(part, axis, range.begin, range.count), tensor!)
  }

  /** The range that a StridedSlice takes of each axis it names, where sizes are known or taken whole; undefined for other slices. */
  ranges(node: Node, sizes: readonly (number | undefined)[]): readonly Range[] | undefined {
    const [begin, end, strides] = [1, 2, 3].map(i => this.numbers(node.input(i)))
    const isPlain = ['ellipsis_mask', 'new_axis_mask', 'shrink_axis_mask'].every(mask => node.int(mask) === 0)
    if (!begin || !end || !isPlain || !strides?.every(step => step === 1)) return undefined
    const ranges = begin.map((from, axis): Range | undefined => {
      const has = (mask: string): boolean => ((node.int(mask) >> axis) & 1) === 1
      const size = sizes[axis]
      if (size === undefined) return has('begin_mask') && has('end_mask') ? { begin: 0, count: 0 } : undefined
      const within = (at: number): number => Math.max(0, Math.min(size, at < 0 ? at + size : at))
      const first = has('begin_mask') ? 0 : within(from)
      const after = has('end_mask') ? size : within(end[axis]!)
      return { begin: first, count: Math.max(0, after - first) }
    })
    return ranges.every(range => range !== undefined) ? ranges : undefined
  }
}

/** Elements along an axis. */
interface Range {
  readonly begin: number
  readonly count: number
}

/** Some elements of a constant along an axis. */
export const along = (tensor: Tensor, axis: number, begin: number, count: number): Tensor =>
  sliceOf(
    tensor,
    tensor.shape.map((_, i) => (i === axis ? begin : 0)),
    tensor.shape.map((size, i) => (i === axis ? count : size)),
  )
