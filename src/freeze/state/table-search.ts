/**
 * Lookup tables without a table: a lookup compares with the constants. Up to 64
 * keys, and strings, which no op searches in order, are compared one by one;
 * more integer keys are sorted and found by halving.
 *
 *     few    is = Equal(x[…, 1], keys)      at = ArgMax(is)              found = Any(is)
 *     many   at = LowerBound(sorted, x)     found = Equal(sorted[at], x)
 *     both   result = SelectV2(found, values[at], default)
 */

import { FreezeError } from '../../errors.ts'
import { type CallSite, controlSite, FunctionCopies } from '../../graph/calls.ts'
import { takePlace } from '../../graph/edit.ts'
import { hasDataflow } from '../../graph/flow.ts'
import type { Graph } from '../../graph/graph.ts'
import type { Node, Value } from '../../graph/node.ts'
import type { TableContents } from '../../models/model.ts'
import { decodeBigints } from '../../tensor/codec.ts'
import { fromValues, scalar, strings, vector } from '../../tensor/make.ts'
import { readTensor } from '../../tensor/read.ts'
import type { Tensor } from '../../tensor/tensor.ts'
import { bytesPerElement, isInteger } from '../../tensorflow/dtype.ts'
import { accessesOf } from './handles.ts'
import type { KnownTable } from './tables.ts'

/** From this many keys on, integers are searched in order. */
const SEARCH_FROM = 65

/** Replaces every lookup in the table by a search of its contents. What took the handle into a function takes it in vain. */
export async function searchInstead(graph: Graph, { node, contents }: KnownTable): Promise<void> {
  const { keys } = contents
  if (!isInteger(keys.dtype) && keys.dtype !== 'string') {
    throw new FreezeError('unsupported', `its keys are ${keys.dtype}, but only integers and strings can be searched`, {
      node: node.name,
      hint: 'Freeze it as a table: --tables graph.',
    })
  }
  const isSorted = isInteger(keys.dtype) && keys.shape[0]! >= SEARCH_FROM
  const searched = isSorted ? await sorted(contents) : contents
  replaceReads(graph, node.out(), { name: node.name, contents: searched, isSorted, copies: new FunctionCopies() })
}

/** Throws where one lookup may be in either of two tables, which a branch chooses: one search cannot be for both. */
export function refuseChoiceOfTables(tables: readonly Node[]): void {
  const tableOf = new Map<Node, Node>()
  for (const table of tables) {
    for (const { node } of accessesOf(table.out()).filter(access => access.node.is('looksUp'))) {
      if (tableOf.has(node)) refuseChoice(node)
      tableOf.set(node, table)
    }
  }
}

/** Throws for a lookup that is left: its table comes out of a branch or loop that is a function. */
export function refuseLookups(graph: Graph): void {
  graph.pruneFunctions()
  for (const body of graph.withBodies()) {
    const left = [...body.nodes].find(node => node.is('looksUp'))
    if (left) refuseChoice(left)
  }
}

function refuseChoice(node: Node): never {
  throw new FreezeError('unsupported', `the table of this ${node.op} is chosen at run time`, {
    node: node.name,
    hint: 'Freeze it as a table: --tables graph.',
  })
}

/** A table to search. */
interface Search {
  readonly name: string
  readonly contents: TableContents
  readonly isSorted: boolean
  readonly copies: FunctionCopies
}

/** Nests as deep as functions do. */
function replaceReads(graph: Graph, handle: Value, search: Search): void {
  for (const { node, slot, kind } of accessesOf(handle)) {
    const site = controlSite(node, graph)
    const argument = site?.argumentAt(slot)
    if (site && argument !== undefined) searchInBodies(graph, site, argument, search)
    else if (!node.def) {
      throw new FreezeError(
        'unsupported',
        `this ${node.op} takes the table ${search.name} itself, not looked-up values`,
        {
          node: node.name,
          hint: 'Freeze it as a table: --tables graph.',
        },
      )
    } else if (kind === 'read') replaceRead(new Builder(graph, node, search.name), node, search)
  }
}

/** Makes a branch or loop run copies of its functions, which search where they looked up in the table that the argument is. */
function searchInBodies(graph: Graph, site: CallSite, argument: number, search: Search): void {
  const change = (body: Graph): void => replaceReads(body, body.inputs[argument]!.value, search)
  site.mapBodies(({ ref }) => search.copies.of(graph, ref, { caller: site.node, key: argument, change }))
}

/** Makes the nodes that replace one lookup, all in its branch or loop. */
class Builder {
  readonly #graph: Graph
  readonly #name: string
  readonly #table: string
  readonly #pivot: Node | undefined

  constructor(graph: Graph, reader: Node, table: string) {
    this.#graph = graph
    this.#name = reader.name
    this.#table = table
    const [, x] = reader.inputs
    this.#pivot = x && hasDataflow(graph) ? graph.add('Identity', [x], {}, `${reader.name}/pivot`) : undefined
  }

  get graph(): Graph {
    return this.#graph
  }
  add(op: string, inputs: readonly Value[], attrs: Parameters<Graph['add']>[2] = {}): Value {
    return this.#graph.add(op, inputs, attrs, `${this.#name}/${op}`).out()
  }
  const(tensor: Tensor, name = 'Const'): Value {
    const made = this.#graph.const(tensor, `${this.#name}/${name}`)
    if (this.#pivot) made.node.addControl(this.#pivot)
    return made
  }
  /** The table's own constants, shared where no branch or loop is in the way. */
  contents(tensor: Tensor, name: 'keys' | 'values'): Value {
    if (this.#pivot) return this.const(tensor, name)
    const known = this.#graph.node(`${this.#table}/${name}`)
    return known?.op === 'Const' && known.tensor('value') === tensor
      ? known.out()
      : this.#graph.const(tensor, `${this.#table}/${name}`)
  }
}

function replaceRead(build: Builder, reader: Node, { contents, isSorted }: Search): void {
  const { keys } = contents
  const how = reader.role?.kind === 'looksUp' ? reader.role.how : 'find'
  let results: Value[]
  if (how === 'size') results = [build.const(scalar('int64', keys.shape[0]!), 'size')]
  else if (how === 'export') results = exported(build, contents)
  else results = [found(build, reader, { contents, isSorted })]
  takePlace(build.graph, reader, results)
}

const exported = (build: Builder, { keys, values }: TableContents): Value[] => [
  build.add('Identity', [build.contents(keys, 'keys')]),
  build.add('Identity', [build.contents(values, 'values')]),
]

function found(build: Builder, reader: Node, { contents, isSorted }: Pick<Search, 'contents' | 'isSorted'>): Value {
  const [x, fallback] = [reader.input(1), reader.input(2)]
  const keys = build.contents(contents.keys, 'keys')
  const values = build.contents(contents.values, 'values')
  if (contents.keys.shape[0] === 0) return build.add('BroadcastTo', [fallback, build.add('Shape', [x])])
  const { at, isFound } = isSorted ? halving(build, x, keys) : comparing(build, x, keys)
  const row = build.add('GatherV2', [values, at, build.const(scalar('int32', 0), 'axis')])
  let choose = isFound
  for (let i = 1; i < contents.values.shape.length; i++) choose = build.add('ExpandDims', [choose, minusOne(build)])
  return build.add('SelectV2', [choose, row, fallback])
}

const minusOne = (build: Builder): Value => build.const(scalar('int32', -1), 'last')

interface Place {
  readonly at: Value
  readonly isFound: Value
}

function comparing(build: Builder, x: Value, keys: Value): Place {
  const is = build.add('Equal', [build.add('ExpandDims', [x, minusOne(build)]), keys])
  const number = build.add('Cast', [is], { DstT: 'int32' })
  return {
    at: build.add('ArgMax', [number, minusOne(build)], { output_type: 'int32' }),
    isFound: build.add('Any', [is, minusOne(build)]),
  }
}

function halving(build: Builder, x: Value, keys: Value): Place {
  const count = keys.tensor!.shape[0]!
  const row = build.const(vector('int32', [1, -1]), 'row')
  const flat = build.add('LowerBound', [build.add('Reshape', [keys, row]), build.add('Reshape', [x, row])], {
    out_type: 'int32',
  })
  const inside = build.add('Minimum', [flat, build.const(scalar('int32', count - 1), 'last_index')])
  const at = build.add('Reshape', [inside, build.add('Shape', [x])])
  const nearest = build.add('GatherV2', [keys, at, build.const(scalar('int32', 0), 'axis')])
  return { at, isFound: build.add('Equal', [nearest, x]) }
}

/** The contents in the order of their keys. */
async function sorted({ keys, values }: TableContents): Promise<TableContents> {
  const numbers = decodeBigints(keys.dtype, await readTensor(keys))
  const order = numbers.map((_, i) => i).sort((a, b) => (numbers[a]! < numbers[b]! ? -1 : 1))
  return {
    keys: fromValues(
      keys.dtype,
      keys.shape,
      order.map(i => numbers[i]!),
    ),
    values: await rows(values, order),
  }
}

/** The rows of a tensor in another order. */
async function rows(tensor: Tensor, order: readonly number[]): Promise<Tensor> {
  const { recipe, shape, dtype } = tensor
  const length = shape.slice(1).reduce((n, d) => n * d, 1)
  if (recipe.kind === 'strings') {
    return strings(
      shape,
      order.flatMap(i => recipe.values.slice(i * length, (i + 1) * length)),
    )
  }
  const bytes = await readTensor(tensor)
  const size = length * bytesPerElement(dtype)
  const moved = new Uint8Array(bytes.length)
  for (const [to, from] of order.entries()) moved.set(bytes.subarray(from * size, (from + 1) * size), to * size)
  return { dtype, shape, recipe: { kind: 'memory', bytes: moved } }
}
