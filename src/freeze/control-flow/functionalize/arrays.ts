/**
 * TensorArrays that go through a loop as lists, whose contents flow from op to op and need no resource:
 *
 *     handle, flow = TensorArrayV3(n)                       list = TensorListReserve(shape, n)
 *     f2 = TensorArrayScatterV3(handle, [0…n), x, flow)     list = TensorListFromTensor(x, shape)
 *     y = TensorArrayReadV3(handle, i, flow)           →    y = TensorListGetItem(list, i, shape)
 *     f3 = TensorArrayWriteV3(handle, i, y, flow)           list = TensorListSetItem(list, i, y)
 *     z = TensorArrayGatherV3(handle, [0…n), flow)          z = TensorListStack(list, shape)
 *
 * The flow becomes the list. Source: tensorflow/python/ops/tensor_array_ops.py, _GraphTensorArrayV2.
 */
import { Facts } from '../../../facts/facts.ts'
import { moveReaders, retype, takePlace } from '../../../graph/edit.ts'
import { handedOn, handedOnFrom } from '../../../graph/flow.ts'
import type { Graph } from '../../../graph/graph.ts'
import type { Node, Value } from '../../../graph/node.ts'
import { scalar, vector } from '../../../tensor/make.ts'
import type { DType } from '../../../tensorflow/dtype.ts'
import { entryFor } from '../../../tensorflow/op-table.ts'

/** Writes the arrays of the graph that loops use as lists, where all that is done to them can be done to a list. */
export function arraysToLists(graph: Graph): void {
  for (const node of [...graph.nodes]) {
    const found = node.op === 'TensorArrayV3' ? arrayOf(node) : undefined
    if (found) new List(graph, found).write()
  }
  graph.prune()
}

/** An array: the values that say what is in it by now, and the ops that use it. */
interface TensorArray {
  readonly node: Node
  readonly flows: ReadonlySet<Value>
  readonly users: ReadonlySet<Node>
}

/** The input that is the flow, of the ops that change the array, and of those that read it. */
const CHANGES: Readonly<Record<string, number>> = { TensorArrayScatterV3: 3, TensorArrayWriteV3: 3 }
const READS: Readonly<Record<string, number>> = { TensorArrayGatherV3: 2, TensorArrayReadV3: 2, TensorArraySizeV3: 1 }
const isUser = ({ op }: Node): boolean => entryFor(CHANGES, op) !== undefined || entryFor(READS, op) !== undefined

/** The array that a node makes; undefined where it goes through no loop, or something else is done with it. */
function arrayOf(node: Node): TensorArray | undefined {
  const handles = handedOnFrom([node.out(0)])
  const flows = handedOnFrom([node.out(1)], (reader, slot) =>
    entryFor(CHANGES, reader.op) === slot ? [reader.out()] : handedOn(reader, slot),
  )
  const users = new Set([...handles].flatMap(handle => [...handle.uses.keys()]).filter(isUser))
  const handsOn = (reader: Node, value: Value): boolean =>
    reader.inputs.every((input, slot) => input !== value || handedOn(reader, slot) !== undefined)
  const isPlain = (value: Value): boolean =>
    [...value.uses.keys()].every(reader => users.has(reader) || handsOn(reader, value))
  const isInLoop = [...flows].some(flow => flow.node.is('enter'))
  return isInLoop && [...handles, ...flows].every(isPlain) ? { node, flows, users } : undefined
}

/** An array that is being written as a list. */
class List {
  readonly #graph: Graph
  readonly #array: TensorArray
  readonly #facts: Facts
  readonly #dtype: DType
  readonly #size: Value

  constructor(graph: Graph, array: TensorArray) {
    this.#graph = graph
    this.#array = array
    this.#facts = new Facts(graph)
    this.#dtype = array.node.type('dtype')
    this.#size = array.node.input(0)
  }

  write(): void {
    const { node, flows, users } = this.#array
    const whole = new Set([...users].filter(user => this.#takesWhole(user)))
    for (const flow of flows) if (flow.node !== node && !users.has(flow.node)) retype(flow.node, 0, 'variant')
    const list = this.#graph.add('TensorListReserve', [this.#shape(node, node), this.#size], this.#attrs, node.name)
    moveReaders(this.#graph, node.out(1), list.out())
    for (const user of users) this.#rewrite(user, whole.has(user))
  }

  get #attrs(): { element_dtype: DType } {
    return { element_dtype: this.#dtype }
  }

  #rewrite(user: Node, isWhole: boolean): void {
    const [op, ...inputs] = this.#asList(user, isWhole)
    const made = this.#graph.add(op, inputs, op === 'TensorListLength' ? {} : this.#attrs, user.name)
    for (const before of user.controls) made.addControl(before)
    takePlace(this.#graph, user, [made.out()])
  }

  /** The list operation that replaces an array's op: the op and its inputs. */
  #asList(user: Node, isWhole: boolean): readonly [op: string, ...inputs: Value[]] {
    const flow = user.input(CHANGES[user.op] ?? READS[user.op]!)
    const shape = (): Value => this.#shape(user, flow.node)
    const at = (): Value => user.input(1)
    switch (user.op) {
      case 'TensorArraySizeV3':
        return ['TensorListLength', flow]
      case 'TensorArrayReadV3':
        return ['TensorListGetItem', flow, at(), shape()]
      case 'TensorArrayWriteV3':
        return ['TensorListSetItem', flow, at(), user.input(2)]
      case 'TensorArrayGatherV3':
        return isWhole ? ['TensorListStack', flow, shape()] : ['TensorListGather', flow, at(), shape()]
      default:
        return isWhole
          ? ['TensorListFromTensor', user.input(2), shape()]
          : ['TensorListScatterIntoExistingList', flow, user.input(2), at()]
    }
  }

  /** The shape of an element, as a constant that is in the frame of a node; unknown sizes are -1. */
  #shape(user: Node, near: Node): Value {
    const declared = this.#array.node.shape('element_shape')
    const shape = declared ?? (user.op === 'TensorArrayGatherV3' ? user.shape('element_shape') : null)
    const tensor = shape
      ? vector(
          'int32',
          shape.map(size => size ?? -1),
        )
      : scalar('int32', -1)
    const made = this.#graph.const(tensor, `${user.name}/element_shape`)
    if (near !== this.#array.node) made.node.addControl(near)
    return made
  }

  /** Whether a Gather reads, or the only op that changes the array fills, every place in order. */
  #takesWhole(user: Node): boolean {
    const { node, users } = this.#array
    const isFilled = user.op === 'TensorArrayScatterV3'
    const isSized = [...users].some(({ op }) => op === 'TensorArraySizeV3')
    const changes = [...users].filter(({ op }) => entryFor(CHANGES, op) !== undefined)
    if (isFilled && (changes.length > 1 || isSized || user.input(3) !== node.out(1))) return false
    if (!isFilled && user.op !== 'TensorArrayGatherV3') return false
    return this.#isCount(user.input(1), isFilled)
  }

  /** Whether these are 0, 1, … up to the size of the array; of what is scattered there are as many as rows. */
  #isCount(indices: Value, isScattered: boolean): boolean {
    const known = this.#facts.numbers(indices)
    const size = this.#facts.numbers(this.#size)?.[0]
    if (known) return known.every((at, i) => at === i) && (isScattered || known.length === size)
    const { node } = indices
    if (node.op !== 'Range') return false
    const [start, limit, step] = node.inputs as [Value, Value, Value] // a Range has three
    const isPlain = this.#facts.numbers(start)?.[0] === 0 && this.#facts.numbers(step)?.[0] === 1
    return isPlain && (isScattered || limit === this.#size || this.#isOwnSize(limit))
  }

  #isOwnSize({ node }: Value): boolean {
    return node.op === 'TensorArraySizeV3' && this.#array.users.has(node)
  }
}
