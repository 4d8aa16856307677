/**
 * A gather in weights that are nearly all zero, one number a row, looks up in a
 * table of those that are not:
 *
 *     y = Gather(w[N,1], ids)    →    table = HashTableV2, of the rows that are not zero
 *                                      found = LookupTableFindV2(table, ids, 0) ^init
 *                                      y     = ExpandDims(found, -1)
 *
 * Source: tensorflow/tools/graph_transforms/sparsify_gather.cc, which leaves the
 * table to an init node, takes what is below 1e-5 for zero, and fails on other
 * weights. Here a table initialises itself, as those of a frozen graph do, and
 * what is not zero stays. An index that is out of range gives zero, and no error.
 */
import { fingerprint64 } from '../evaluate/hash.ts'
import { hasDataflow } from '../graph/flow.ts'
import type { Graph } from '../graph/graph.ts'
import type { Node, Value } from '../graph/node.ts'
import { rulePass } from '../optimize/pass.ts'
import { isSole, notSole } from '../rewrite/match.ts'
import { any, as, type Constant, constant, either, once, op } from '../rewrite/pattern.ts'
import { type RuleContext, rule } from '../rewrite/rule.ts'
import { encode } from '../tensor/codec.ts'
import { fromValues, scalar, valuesOf } from '../tensor/make.ts'
import { byteLength, type Tensor } from '../tensor/tensor.ts'

interface Gather {
  readonly gather: Node
  readonly weights: Constant
  readonly ids: Value
  readonly axis?: Constant
}

const WEIGHTS = either(constant('weights', 2), once(op('Identity', [constant('weights', 2)])))

/** Bytes of a row in the table: an int64 and a float32. */
const ROW_BYTES = 12

const toTable = rule<Gather>({
  name: 'sparsify-gather',
  find: either(
    as('gather', op('Gather', [WEIGHTS, any('ids')])),
    as('gather', op('GatherV2', [WEIGHTS, any('ids'), constant('axis')])),
  ),
  unless: ({ gather, weights, axis }, { graph }) => obstacle(gather, weights, axis, graph),
  replace({ gather, weights, ids }, context) {
    const values = valuesOf(weights.tensor)
    if (!values) return `the values of ${weights} are not in memory`
    const rows = values.flatMap((value, i) => (Object.is(value, 0) ? [] : [i]))
    if (rows.length * ROW_BYTES > byteLength(weights.tensor)) {
      return `${rows.length} of the ${values.length} values of ${weights} are not zero: a table would be larger`
    }
    return lookup(gather, ids, tableOf(weights, rows.length > 0 ? rows : [0], values, context), context)
  },
})

function obstacle(gather: Node, weights: Constant, axis: Constant | undefined, graph: Graph): string | undefined {
  const { dtype, shape } = weights.tensor
  if (dtype !== 'float32' || shape[1] !== 1) return `${weights} is ${dtype}[${shape}], not float32[N,1]`
  if (axis && valuesOf(axis.tensor)?.[0] !== 0) return `${gather.name} does not gather along axis 0`
  if (!isSole(weights, graph)) return `${notSole(weights, graph)}, so a changed copy would be stored beside it`
  return hasDataflow(graph) ? 'the graph has branches or loops, and the table would be made outside them' : undefined
}

interface Table {
  readonly handle: Value
  readonly init: Node
}

function tableOf(
  { node }: Constant,
  rows: readonly number[],
  values: readonly number[],
  { graph }: RuleContext,
): Table {
  const keys = fromValues('int64', [rows.length], rows)
  const found = fromValues(
    'float32',
    [rows.length],
    rows.map(i => values[i]!),
  )
  const attrs = { key_dtype: 'int64', value_dtype: 'float32', shared_name: `table_${fingerprint(rows, values)}` }
  const handle = graph.add('HashTableV2', [], attrs, `${node.name}/table`).out()
  const contents = [constantLike(node, keys, 'keys', graph), constantLike(node, found, 'values', graph)]
  return { handle, init: graph.add('InitializeTableV2', [handle, ...contents], {}, `${node.name}/table/init`) }
}

const constantLike = (node: Node, tensor: Tensor, name: string, graph: Graph): Value =>
  graph.const(tensor, `${node.name}/${name}`)

/** Two tables share a name only if they hold the same. */
function fingerprint(rows: readonly number[], values: readonly number[]): string {
  const numbers = Float64Array.from(rows.flatMap(i => [i, values[i]!]))
  return fingerprint64(encode('float64', numbers)).toString(16).padStart(16, '0')
}

function lookup({ name }: Node, ids: Value, { handle, init }: Table, { graph }: RuleContext): Value {
  const keys = ids.dtype === 'int64' ? ids : graph.add('Cast', [ids], { DstT: 'int64' }, `${name}/keys`).out()
  const zero = graph.const(scalar('float32', 0), `${name}/zero`)
  const found = graph.add('LookupTableFindV2', [handle, keys, zero], {}, `${name}/found`)
  found.addControl(init)
  return graph.add('ExpandDims', [found.out(), graph.const(scalar('int32', -1), `${name}/last`)], {}, name).out()
}

/** Gather in sparse weights → LookupTableFindV2. */
export const sparsifyGather = rulePass({
  name: 'sparsify-gather',
  description: 'Replaces a Gather from a nearly all-zero [N,1] weight with a hash-table lookup.',
  aliases: ['sparsify_gather'],
  enabled: false,
  requires: ['fold-constants'],
  inFunctions: false,
  reads: graph => [...graph.nodes].filter(isReadBy),
  rules: () => [toTable],
})

/** Weights that the rule must look into. */
function isReadBy(node: Node): boolean {
  const { tensor } = node.out()
  if (tensor?.dtype !== 'float32' || tensor.shape.length !== 2 || tensor.shape[1] !== 1) return false
  const readers = [...node.out().uses.keys()]
  const all = readers.flatMap(reader => (reader.op === 'Identity' ? [...reader.out().uses.keys()] : [reader]))
  return all.some(reader => reader.op === 'Gather' || reader.op === 'GatherV2')
}
