/**
 * Features fed directly: a model that parses `tf.Example` strings is cut behind the parser, one input a feature.
 *
 *     ex: string[?]                                       age: float32[?,1]
 *     age = ParseExampleV2(ex, …) {dense keys: age}   →   y = MatMul(age, w)
 *     y = MatMul(age, w)
 */
import { inOrder } from '../graph/flow.ts'
import type { Graph } from '../graph/graph.ts'
import type { Node, Value } from '../graph/node.ts'

/** What stands for all features in `--inputs`. */
export const FEATURES = 'features'

/** A tensor of a feature; a sparse or ragged feature has several: `words/indices`, `words/values`. */
export interface Feature {
  readonly key: string
  readonly value: Value
}

/** The features that the outputs need, in the parsers' order; none where nothing is parsed. */
export function featuresOf(graph: Graph): readonly Feature[] {
  const needed = inOrder(graph.outputs.map(({ value }) => value.node))
  const isRead = new Set(needed.flatMap(node => node.inputs))
  return needed.flatMap(featuresParsedBy).filter(({ value }) => isRead.has(value))
}

/** The keys of a parser, in the order of its outputs. */
interface Keys {
  readonly sparse: readonly string[]
  readonly dense: readonly string[]
  readonly ragged: readonly string[]
}

function featuresParsedBy(node: Node): Feature[] {
  const keys = keysOf(node)
  if (!keys) return []
  const { sparse, dense, ragged } = keys
  const denseStart = SPARSE_PARTS.length * sparse.length
  return [
    ...partsOf(node, { names: sparse, parts: SPARSE_PARTS, start: 0 }),
    ...dense.map((key, i) => ({ key, value: node.out(denseStart + i) })),
    ...partsOf(node, { names: ragged, parts: RAGGED_PARTS, start: denseStart + dense.length }),
  ]
}

const SPARSE_PARTS = ['indices', 'values', 'dense_shape']
const RAGGED_PARTS = ['values', 'row_splits']

/** Features of several tensors each: a parser gives all indices, then all values, and so on, from its output `start`. */
const partsOf = (
  node: Node,
  { names, parts, start }: { names: readonly string[]; parts: readonly string[]; start: number },
): Feature[] =>
  names.flatMap((name, i) =>
    parts.map((part, p) => ({ key: `${name}/${part}`, value: node.out(start + p * names.length + i) })),
  )

function keysOf(node: Node): Keys | undefined {
  const none: readonly string[] = []
  if (node.op === 'ParseExampleV2')
    return { sparse: stringsIn(node.input(2)), dense: stringsIn(node.input(3)), ragged: stringsIn(node.input(4)) }
  if (node.op === 'ParseExample') {
    const sparse = node.int('Nsparse')
    const key = (i: number) => stringsIn(node.input(2 + i))
    const range = (from: number, count: number) => Array.from({ length: count }, (_, i) => key(from + i)).flat()
    return { sparse: range(0, sparse), dense: range(sparse, node.int('Ndense')), ragged: none }
  }
  if (node.op === 'ParseSingleExample')
    return { sparse: node.strs('sparse_keys'), dense: node.strs('dense_keys'), ragged: none }
  return undefined
}

/** The elements of a constant of strings. */
function stringsIn({ tensor }: Value): readonly string[] {
  if (tensor?.recipe.kind !== 'strings') return []
  return tensor.recipe.values.map(bytes => new TextDecoder().decode(bytes))
}
