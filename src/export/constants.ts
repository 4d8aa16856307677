/**
 * How constants are written: as TensorFlow's `make_tensor_proto` does, so that
 * every reader of frozen graphs knows the form. One element goes to the field of
 * its type, several to `tensor_content`, strings to `string_val`; an empty tensor has no elements.
 */
import { invariant } from '../errors.ts'
import type { Attr } from '../graph/attr.ts'
import type { Graph } from '../graph/graph.ts'
import { shapeToProto } from '../graph/proto/attr-value.ts'
import { EMPTY_TENSOR, valueFields } from '../graph/proto/tensor-proto.ts'
import { readTensor } from '../tensor/read.ts'
import { byteLength, elementCount, type Tensor } from '../tensor/tensor.ts'
import { dtypeId } from '../tensorflow/dtype.ts'
import { TensorProto } from '../tensorflow/generated/messages.ts'

/** One repeated element is written out up to this size, as many readers know no other form; above it stays one value. */
const MAX_EXPANDED_BYTES = 64 * 1024 * 1024

/** Elements in memory that are copied into the message up to this size: streaming many small constants takes longer. */
const MAX_COPIED_BYTES = 64 * 1024

/** A tensor's message, without the elements that stream. */
export interface Constant {
  readonly proto: TensorProto
  /** The tensor whose elements are the message's `tensor_content`. */
  readonly content?: Tensor
}

/** The constants of a graph and its functions, each by its tensor. */
export class Constants {
  /** Elements that had to be read to know how long their fields are. */
  readonly #read: ReadonlyMap<Tensor, Uint8Array>

  private constructor(read: ReadonlyMap<Tensor, Uint8Array>) {
    this.#read = read
  }

  /** Reads what decides lengths: tensors of one element. Weights are left alone. */
  static async of(graph: Graph): Promise<Constants> {
    const read = new Map<Tensor, Uint8Array>()
    for (const { nodes } of graph.withBodies()) {
      for (const node of nodes) {
        for (const { tensor, isNested } of tensorsOf(node.attrs)) {
          if (isStreamed(tensor) ? isNested : isSingleToRead(tensor)) read.set(tensor, await readTensor(tensor))
        }
      }
    }
    return new Constants(read)
  }

  /** How a tensor is written. */
  constant(tensor: Tensor): Constant {
    const bytes = this.#read.get(tensor)
    if (isStreamed(tensor) && !bytes) return { proto: header(tensor), content: tensor }
    return { proto: this.whole(tensor) }
  }

  /** A tensor's message with all its elements. */
  whole(tensor: Tensor): TensorProto {
    const { dtype, recipe } = tensor
    if (recipe.kind === 'opaque') return TensorProto.decode(recipe.proto)
    const proto = header(tensor)
    if (elementCount(tensor.shape) === 0) return proto
    if (dtype === 'string') return { ...proto, stringVal: [...strings(tensor)] }
    const bytes =
      this.#read.get(tensor) ?? (recipe.kind === 'memory' || recipe.kind === 'splat' ? recipe.bytes : undefined)
    invariant(bytes, `a ${recipe.kind} tensor was not read`)
    if (elementCount(tensor.shape) > 1 && recipe.kind !== 'splat') return { ...proto, tensorContent: bytes }
    return { ...proto, ...valueFields(dtype, bytes) }
  }
}

/** The fields that every tensor has. */
const header = ({ dtype, shape }: Tensor): TensorProto => ({
  ...EMPTY_TENSOR,
  dtype: dtypeId(dtype),
  tensorShape: shapeToProto(shape),
})

/** Whether the elements go to `tensor_content`. */
function isStreamed(tensor: Tensor): boolean {
  const { dtype, recipe, shape } = tensor
  if (dtype === 'string' || recipe.kind === 'opaque' || elementCount(shape) < 2) return false
  if (recipe.kind === 'memory') return recipe.bytes.length > MAX_COPIED_BYTES
  return recipe.kind !== 'splat' || byteLength(tensor) <= MAX_EXPANDED_BYTES
}

const isSingleToRead = ({ recipe, shape }: Tensor): boolean =>
  elementCount(shape) === 1 && (recipe.kind === 'range' || recipe.kind === 'blocks' || recipe.kind === 'computed')

/** A string tensor's values; one that repeats is written once, as readers repeat the last. */
function strings({ recipe }: Tensor): readonly Uint8Array[] {
  if (recipe.kind === 'strings') return recipe.values
  if (recipe.kind === 'splat') return [recipe.bytes]
  if (recipe.kind === 'computed' && recipe.by.op === 'reshape') return strings(recipe.by.of[0])
  return invariant(false, `strings come as they are, not as ${recipe.kind}`) as never
}

/** The tensors in attributes; one inside a list or a function's attributes is nested, and does not stream. */
function* tensorsOf(
  attrs: ReadonlyMap<string, Attr>,
  isNested = false,
): Generator<{ readonly tensor: Tensor; readonly isNested: boolean }> {
  for (const attr of attrs.values()) {
    if (attr.kind === 'tensor') yield { tensor: attr.value, isNested }
    else if (attr.kind === 'func') yield* tensorsOf(attr.value.attrs, true)
    else if (attr.kind === 'list' && attr.of === 'tensor')
      for (const tensor of attr.value) yield { tensor, isNested: true }
    else if (attr.kind === 'list' && attr.of === 'func') for (const f of attr.value) yield* tensorsOf(f.attrs, true)
  }
}
