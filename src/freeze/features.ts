/**
 * Features fed directly: a model that parses `tf.Example` strings is cut behind the parser, one input a feature.
 *
 *     ex: string[?]                                       age: float32[?,1]
 *     age = ParseExampleV2(ex, …) {dense keys: age}   →   y = MatMul(age, w)
 *     y = MatMul(age, w)
 */
import { isExampleParser, type ParsedFeature, parsedFeatures } from '../evaluate/example.ts'
import { inOrder } from '../graph/flow.ts'
import type { Graph } from '../graph/graph.ts'
import type { Node, Value } from '../graph/node.ts'

/** The word that stands for all features in `--inputs`. */
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

function featuresParsedBy(node: Node): Feature[] {
  if (!isExampleParser(node.op)) return []
  const parsed = parsedFeatures(node, slot => stringsIn(node.input(slot)))
  const count = (form: ParsedFeature['form']): number => parsed.filter(feature => feature.form === form).length
  const [sparse, ragged] = [count('sparse'), count('ragged')]
  return parsed.flatMap(({ key, form, output }) => {
    const part = (name: string, at: number): Feature => ({ key: `${key}/${name}`, value: node.out(at) })
    // A parser gives the indices of all sparse features, then all their values, then all shapes.
    if (form === 'sparse')
      return [part('indices', output - sparse), part('values', output), part('dense_shape', output + sparse)]
    if (form === 'ragged') return [part('values', output), part('row_splits', output + ragged)]
    return [{ key, value: node.out(output) }]
  })
}

/** The elements of a constant of strings. */
function stringsIn({ tensor }: Value): readonly string[] {
  if (tensor?.recipe.kind !== 'strings') return []
  return tensor.recipe.values.map(bytes => new TextDecoder().decode(bytes))
}
