/** Writes ops under a layer's name, and knows the shape of what it wrote. */
import { FreezeError } from '../../errors.ts'
import type { Facts } from '../../facts/facts.ts'
import type { PlainAttr } from '../../graph/attr.ts'
import type { Graph } from '../../graph/graph.ts'
import { type Node, Value } from '../../graph/node.ts'
import { scalar, strings, valuesOf, vector } from '../../tensor/make.ts'
import type { Tensor } from '../../tensor/tensor.ts'
import { type DType, isFloat } from '../../tensorflow/dtype.ts'

/** Attributes in plain JavaScript. */
export type Attrs = Readonly<Record<string, PlainAttr>>

/** The size of one dimension of a value, which is known only when the graph runs. */
export interface SizeOf {
  readonly of: Value
  readonly axis: number
}

/** A size: known, that of a value's dimension, or an int32 scalar of the graph. */
export type Dim = number | SizeOf | Value

/** The part that a slice takes of one dimension: elements from `begin` to before `end`; null is the dimension's own end. Or one element, and the dimension goes. */
export type Range = readonly [begin: number | null, end: number | null, stride?: number] | number

/** An input of a node: a value, or one of a layer's inputs, whose value it is. Modules of users are given both. */
export type Operand = Value | { readonly value: Value }

export const plainValue = (operand: Operand): Value => (operand instanceof Value ? operand : operand.value)

/** A place in the graph: every node it makes is named `<path>/<name>`; a name that is taken gets a suffix. */
export class Scope {
  readonly graph: Graph
  readonly facts: Facts
  /** The prefix of all names: `dense_2`, `encoder/dense_2`. Empty for the model itself. */
  readonly path: string
  readonly #shapes = new Map<Value, Value>()

  constructor(graph: Graph, facts: Facts, path: string) {
    this.graph = graph
    this.facts = facts
    this.path = path
  }

  /** A scope inside this one. */
  inner(name: string): Scope {
    return new Scope(this.graph, this.facts, this.nameOf(name))
  }

  nameOf(name: string): string {
    return this.path ? `${this.path}/${name}` : name
  }

  /** Adds a node. */
  node(op: string, inputs: readonly Operand[], attrs: Attrs = {}, name = op): Node {
    return this.graph.add(op, inputs.map(plainValue), attrs, this.nameOf(name))
  }

  /** Adds a node and returns its first output. */
  op(op: string, inputs: readonly Operand[], attrs: Attrs = {}, name = op): Value {
    return this.node(op, inputs, attrs, name).out()
  }

  /** The name that the next node of this name gets: constants that belong to it are named after it. */
  #fresh(name: string): string {
    const full = this.graph.freshName(this.nameOf(name))
    return this.path ? full.slice(this.path.length + 1) : full
  }

  // ---- Constants

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
  number(value: number, like: Operand, name = 'Const'): Value {
    return this.const(scalar(plainValue(like).dtype!, value), name)
  }
  text(value: string, name = 'Const'): Value {
    return this.const(strings([], [value]), name)
  }

  // ---- Shapes

  /** The known shape of a value; null where not even the rank is known. */
  shape(value: Operand): readonly (number | null)[] | null {
    return this.facts.shape(plainValue(value))
  }

  /** The sizes of a value whose rank is known. */
  dims(value: Value): Dim[] {
    return this.ranked(value).map((size, axis) => size ?? { of: value, axis })
  }

  /** The known shape of a value; refused where not even the rank is known, as after an op that does not take its inputs. */
  ranked(value: Value): readonly (number | null)[] {
    const shape = this.shape(value)
    if (shape) return shape
    throw new FreezeError('unsupported', 'the rank of its result is not known, and the next op needs it', {
      node: value.node.name,
      hint: 'Give the shape of the input with --shape.',
    })
  }

  /** The size of one dimension as an int32 scalar: a constant where it is known. */
  size(value: Value, axis: number, name = 'size'): Value {
    const known = this.shape(value)?.at(axis)
    if (known != null) return this.int(known, name)
    const shape = this.#shapes.get(value) ?? this.op('Shape', [value])
    this.#shapes.set(value, shape)
    const rank = this.shape(value)?.length
    return this.slice(shape, [axis < 0 && rank !== undefined ? axis + rank : axis])
  }

  /** A size as a value. */
  dim(dim: Dim): Value {
    if (dim instanceof Value) return dim
    return typeof dim === 'number' ? this.int(dim) : this.size(dim.of, dim.axis)
  }

  /** Sizes as an int32 vector: a constant where all are known. */
  pack(dims: readonly Dim[], name = 'stack'): Value {
    if (dims.every(dim => typeof dim === 'number')) return this.ints(dims, name)
    return this.op(
      'Pack',
      dims.map(dim => this.dim(dim)),
      { axis: 0 },
      name,
    )
  }

  /**
   * Gives a value another shape of as many elements. `null` is the size that the others leave over,
   * and stands at most once; a single size that is not known becomes it.
   */
  reshape(value: Value, shape: readonly (Dim | null)[], name = 'Reshape'): Value {
    const open = shape.filter(size => typeof size !== 'number')
    const isStatic = open.length <= 1
    const sizes = shape.map(size => (size === null || (isStatic && typeof size !== 'number') ? -1 : size))
    const at = this.#fresh(name)
    return this.op('Reshape', [value, this.pack(sizes, `${at}/shape`)], {}, at)
  }

  expandDims(value: Value, axis: number, name = 'ExpandDims'): Value {
    const at = this.#fresh(name)
    return this.op('ExpandDims', [value, this.int(axis, `${at}/dim`)], {}, at)
  }
  squeeze(value: Value, axes: readonly number[], name = 'Squeeze'): Value {
    return this.op('Squeeze', [value], { squeeze_dims: axes }, name)
  }

  /** Result dimension i is dimension perm[i]. Two in a row become one or none. */
  transpose(value: Value, perm: readonly number[], name = 'transpose'): Value {
    if (perm.every((axis, i) => axis === i)) return value
    const before = value.node.op === 'Transpose' ? value.node.inputs[1]!.tensor : undefined
    const first = before && valuesOf(before)
    if (first)
      return this.transpose(
        value.node.inputs[0]!,
        perm.map(axis => first[axis]!),
        name,
      )
    const at = this.#fresh(name)
    return this.op('Transpose', [value, this.ints(perm, `${at}/perm`)], {}, at)
  }

  // ---- Parts

  /** A part of a value, one range for each leading dimension; the others stay whole, and are said to: OpenCV takes fewer for an image's first. */
  slice(value: Value, leading: readonly Range[], name = 'strided_slice'): Value {
    const rank = this.shape(value)?.length ?? leading.length
    const ranges = Array.from({ length: Math.max(rank, leading.length) }, (_, i): Range => leading[i] ?? [null, null])
    const mask = (is: (range: Range) => boolean): number =>
      ranges.reduce<number>((bits, range, i) => (is(range) ? bits | (1 << i) : bits), 0)
    const bounds = ranges.map(range => (typeof range === 'number' ? ([range, range + 1] as const) : range))
    const vectors = [bounds.map(r => r[0] ?? 0), bounds.map(r => r[1] ?? 0), bounds.map(r => r[2] ?? 1)]
    const names = ['stack', 'stack_1', 'stack_2']
    const at = this.#fresh(name)
    return this.op(
      'StridedSlice',
      [value, ...vectors.map((v, i) => this.ints(v, `${at}/${names[i]}`))],
      {
        begin_mask: mask(range => typeof range !== 'number' && range[0] === null),
        end_mask: mask(range => typeof range !== 'number' && range[1] === null),
        shrink_axis_mask: mask(range => typeof range === 'number'),
      },
      at,
    )
  }

  concat(values: readonly Value[], axis: number, name = 'concat'): Value {
    if (values.length === 1) return values[0]!
    const at = this.#fresh(name)
    return this.op('ConcatV2', [...values, this.int(axis, `${at}/axis`)], {}, at)
  }
  /** Equal parts along an axis. */
  split(value: Value, count: number, axis: number, name = 'split'): Value[] {
    const at = this.#fresh(name)
    const node = this.node('Split', [this.int(axis, `${at}/split_dim`), value], { num_split: count }, at)
    return Array.from({ length: count }, (_, i) => node.out(i))
  }
  /** Zeros around: how many before and after, for each dimension. */
  pad(value: Value, paddings: readonly (readonly [number, number])[], name = 'Pad'): Value {
    if (paddings.every(([before, after]) => before === 0 && after === 0)) return value
    const at = this.#fresh(name)
    return this.op('Pad', [value, this.matrix(paddings, `${at}/paddings`)], {}, at)
  }
  /** An int32 matrix of two columns. */
  matrix(rows: readonly (readonly [number, number])[], name: string): Value {
    const { recipe } = vector('int32', rows.flat())
    return this.const({ dtype: 'int32', shape: [rows.length, 2], recipe }, name)
  }
  tile(value: Value, multiples: readonly Dim[], name = 'Tile'): Value {
    const at = this.#fresh(name)
    return this.op('Tile', [value, this.pack(multiples, `${at}/multiples`)], {}, at)
  }

  // ---- Arithmetic

  /** Converts to a type; nothing where it has it. */
  cast(operand: Operand, dtype: DType, name = 'Cast'): Value {
    const value = plainValue(operand)
    return value.dtype === dtype ? value : this.op('Cast', [value], { DstT: dtype }, name)
  }
  /** The same for floating-point values; whole numbers, strings and bools stay. */
  castFloat(value: Value, dtype: DType): Value {
    return value.dtype && isFloat(value.dtype) ? this.cast(value, dtype) : value
  }
  /** `Mean`, `Max`, `Sum`, `Any`… over some dimensions. */
  reduce(op: string, value: Value, axes: readonly number[] | number, keepDims = false, name = op): Value {
    const at = this.#fresh(name)
    const indicesName = `${at}/reduction_indices`
    const indices = typeof axes === 'number' ? this.int(axes, indicesName) : this.ints(axes, indicesName)
    return this.op(op, [value, indices], { keep_dims: keepDims }, at)
  }
  /** a + b; a number is of the other's type, as in the next ones. Sub(constant, x) goes wrong in OpenCV: avoid it. */
  add(a: Operand, b: Operand | number, name = 'add'): Value {
    return this.#binary('AddV2', a, b, name)
  }
  sub(a: Operand, b: Operand | number, name = 'sub'): Value {
    return this.#binary('Sub', a, b, name)
  }
  mul(a: Operand, b: Operand | number, name = 'mul'): Value {
    return this.#binary('Mul', a, b, name)
  }
  div(a: Operand, b: Operand | number, name = 'truediv'): Value {
    return this.#binary('RealDiv', a, b, name)
  }
  max(a: Operand, b: Operand | number, name = 'Maximum'): Value {
    return this.#binary('Maximum', a, b, name)
  }
  min(a: Operand, b: Operand | number, name = 'Minimum'): Value {
    return this.#binary('Minimum', a, b, name)
  }
  /** low ≤ x ≤ high. */
  clip(x: Value, low: number, high: number, name = 'clip_by_value'): Value {
    const at = this.#fresh(name)
    return this.op('ClipByValue', [x, this.number(low, x, `${at}/min`), this.number(high, x, `${at}/max`)], {}, at)
  }
  /** condition ? a : b, element by element. */
  select(condition: Value, a: Value, b: Value, name = 'SelectV2'): Value {
    return this.op('SelectV2', [condition, a, b], {}, name)
  }
  /** 1 where the condition holds, 0 elsewhere. */
  indicator(op: string, a: Value, b: Value | number): Value {
    return this.cast(this.#binary(op, a, b, op), a.dtype!)
  }
  /** `Greater`, `NotEqual`… as bool. */
  compare(op: string, a: Operand, b: Operand | number, name = op): Value {
    return this.#binary(op, a, b, name)
  }

  #binary(op: string, a: Operand, b: Operand | number, name: string): Value {
    const at = this.#fresh(name)
    return this.op(op, [a, typeof b === 'number' ? this.number(b, a, `${at}/y`) : b], {}, at)
  }
}
