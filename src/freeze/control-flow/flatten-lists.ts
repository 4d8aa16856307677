/**
 * Lists of tensors that unrolled loops read and fill, without lists:
 *
 *     l = TensorListFromTensor(Transpose(x, [1,0,2]))          x2 = x[:, 2]
 *     x2 = TensorListGetItem(l, 2)                       →
 *
 *     y = Transpose(TensorListStack(SetItem(SetItem(…, 0, a), 1, b)), [1,0,2])    →    y = Reshape(Concat(a, b), …)
 *
 * A list that is not followed (its indices are not known) stays as it is.
 */
import { Facts } from '../../facts/facts.ts'
import type { PartialShape } from '../../graph/attr.ts'
import { moveReaders, namedFor } from '../../graph/edit.ts'
import { inOrder } from '../../graph/flow.ts'
import type { Graph } from '../../graph/graph.ts'
import type { Node, Value } from '../../graph/node.ts'
import { fromValues, vector } from '../../tensor/make.ts'
import { entryFor } from '../../tensorflow/op-table.ts'

/** The elements of a list, each made when it is asked for; undefined for one that nothing set. */
type Items = readonly ((() => Value) | undefined)[]

/** Replaces what reads lists by what reads their elements. `shapes` are those that inputs will have. */
export function flattenLists(graph: Graph, shapes: ReadonlyMap<Value, PartialShape>): void {
  const lists = new Lists(graph, new Facts(graph, shapes))
  for (const node of inOrder(graph.roots())) {
    if (node.op === 'TensorListStack') lists.stacked(node)
    const item = node.op === 'TensorListGetItem' ? lists.item(node) : undefined
    if (item) standIn(graph, node.out(), item)
  }
  graph.prune()
}

class Lists {
  readonly #graph: Graph
  readonly #facts: Facts
  readonly #known = new Map<Node, Items | undefined>()

  constructor(graph: Graph, facts: Facts) {
    this.#graph = graph
    this.#facts = facts
  }

  /** The element that a TensorListGetItem reads. */
  item(node: Node): Value | undefined {
    const index = this.#number(node.input(1))
    const make = index === undefined ? undefined : this.#items(node.input(0))?.[index]
    return make?.()
  }

  /** Gives what reads all elements of a TensorListStack the elements. Leaves it where one is not known. */
  stacked(node: Node): void {
    const makers = this.#items(node.input(0))
    if (!makers || makers.length === 0 || makers.some(make => !make)) return
    this.#arrange(
      node.out(),
      makers.map(make => make!()),
      0,
    )
  }

  /** Replaces a value that has the items side by side along an axis, and what turns or reverses it. */
  #arrange(value: Value, items: readonly Value[], axis: 0 | 1): void {
    let isRead = this.#graph.outputs.some(port => port.value === value)
    for (const reader of [...value.uses.keys()]) {
      const picked = axis === 0 ? this.#picked(reader, items) : undefined
      if (reader.op === 'Transpose' && swapsFirst(this.#facts.numbers(reader.input(1))))
        this.#arrange(reader.out(), items, axis === 0 ? 1 : 0)
      else if (reader.op === 'ReverseV2' && String(this.#facts.numbers(reader.input(1))) === String(axis))
        this.#arrange(reader.out(), [...items].reverse(), axis)
      else if (picked) standIn(this.#graph, reader.out(), picked)
      // A list of the stack's elements has the items; the node stays for those that read the list as a whole.
      else if (reader.op === 'TensorListFromTensor' && axis === 0)
        this.#known.set(
          reader,
          items.map(item => () => item),
        )
      else isRead = true
    }
    if (isRead) standIn(this.#graph, value, this.#joined(value, items, axis))
  }

  /** Vectors of a batch side by side, then reshaped, which more consumers read than Pack. */
  #joined({ node: { name } }: Value, items: readonly Value[], axis: 0 | 1): Value {
    const shape = this.#facts.shape(items[0]!)
    const units = axis === 1 && shape?.length === 2 ? shape[1] : undefined
    if (typeof units !== 'number') return this.#graph.add('Pack', items, { axis }, name).out()
    const along = this.#graph.const(fromValues('int32', [], [1]), `${name}/axis`)
    const joined = this.#graph.add('ConcatV2', [...items, along], {}, `${name}/joined`).out()
    const sizes = this.#graph.const(vector('int32', [-1, items.length, units]), `${name}/shape`)
    return this.#graph.add('Reshape', [joined, sizes], {}, name).out()
  }

  /** stack[t], as a layer that returns its last output reads it. */
  #picked(reader: Node, items: readonly Value[]): Value | undefined {
    if (reader.op !== 'StridedSlice' || reader.int('shrink_axis_mask') !== 1) return undefined
    const [begin, ...others] = this.#facts.numbers(reader.input(1)) ?? []
    if (typeof begin !== 'number' || others.length > 0 || reader.int('begin_mask') !== 0) return undefined
    return items.at(begin)
  }

  /** The elements of a list; undefined where they are not known. */
  #items({ node }: Value): Items | undefined {
    const path: Node[] = []
    let at = node
    while (!this.#known.has(at) && passesOn(at)) {
      path.push(at)
      at = at.input(0).node
    }
    if (!this.#known.has(at)) this.#known.set(at, entryFor(this.#sources, at.op)?.(at))
    for (const later of path.reverse()) this.#known.set(later, this.#after(later, this.#known.get(later.input(0).node)))
    return this.#known.get(node)
  }

  #after(node: Node, items: Items | undefined): Items | undefined {
    if (node.op !== 'TensorListSetItem' || !items) return items
    const index = this.#number(node.input(1))
    if (index === undefined || index < 0 || index >= items.length) return undefined
    return items.with(index, () => node.input(2))
  }

  readonly #sources: Readonly<Record<string, (node: Node) => Items | undefined>> = {
    TensorListReserve: node => this.#empty(node.input(1)),
    TensorListFromTensor: node => this.#slices(node),
  }

  #empty(count: Value): Items | undefined {
    const length = this.#number(count)
    return length === undefined || length < 0 ? undefined : Array<undefined>(length).fill(undefined)
  }

  /** x[t] for each t, or x[:, t] of what is transposed to bring time to the front, which may be reversed. */
  #slices(node: Node): Items | undefined {
    let from = node.input(0)
    const isReversed = from.node.op === 'ReverseV2' && String(this.#facts.numbers(from.node.input(1))) === '0'
    if (isReversed) from = from.node.input(0)
    const isTransposed = from.node.op === 'Transpose' && swapsFirst(this.#facts.numbers(from.node.input(1)))
    if (isTransposed) from = from.node.input(0)
    const axis = isTransposed ? 1 : 0
    const length = this.#facts.shape(from)?.[axis]
    if (typeof length !== 'number') return undefined
    const made = new Map<number, Value>()
    const slices = Array.from({ length }, (_, t) => () => {
      const value = made.get(t) ?? this.#slice(from, axis, t, node.name)
      made.set(t, value)
      return value
    })
    return isReversed ? slices.reverse() : slices
  }

  #slice(from: Value, axis: number, index: number, name: string): Value {
    const at = (last: number) => [...Array<number>(axis).fill(0), last]
    const constant = (values: readonly number[], part: string): Value =>
      this.#graph.const(vector('int32', values), `${name}/${index}/${part}`)
    const inputs = [
      from,
      constant(at(index), 'begin'),
      constant(at(index + 1), 'end'),
      constant(Array(axis + 1).fill(1), 'strides'),
    ]
    const before = (1 << axis) - 1 // the axes before this one are taken whole
    const attrs = {
      begin_mask: before,
      end_mask: before,
      ellipsis_mask: 0,
      new_axis_mask: 0,
      shrink_axis_mask: 1 << axis,
    }
    return this.#graph.add('StridedSlice', inputs, attrs, `${name}/${index}`).out()
  }

  #number(value: Value): number | undefined {
    const numbers = this.#facts.numbers(value)
    return numbers?.length === 1 ? numbers[0] : undefined
  }
}

/** Redirects all readers of a value to another; an output keeps its name. */
function standIn(graph: Graph, value: Value, other: Value): void {
  if (graph.outputs.some(port => port.value === value)) graph.replace(value, namedFor(graph, value, other))
  else moveReaders(graph, value, other)
}

/** Whether the result is the list of the first input, changed or not. */
const passesOn = ({ op }: Node): boolean => op === 'TensorListSetItem' || op === 'Identity'

/** [1, 0, 2, …]. */
const swapsFirst = (perm: readonly number[] | undefined): boolean =>
  perm !== undefined && perm.length > 1 && perm.every((to, i) => to === (i < 2 ? 1 - i : i))
