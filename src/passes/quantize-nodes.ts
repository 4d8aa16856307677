/**
 * Operations of floats become operations of 8-bit codes. A tensor of codes goes
 * with the range that its codes stand for; a float is measured and quantised:
 *
 *     codes, low, high = QuantizeV2(x, Min(x), Max(x))        a constant: ahead
 *     z32, a, b = QuantizedConv2D(codes, …, low, high, …)
 *     from, to = RequantizationRange(z32, a, b)               or the fallback range
 *     z, low, high = Requantize(z32, a, b, from, Maximum(to, 0))
 *     y = Dequantize(z, low, high)
 *
 * An operation that reads `y` in codes reads `z`: between two of them nothing is
 * turned back. All of it in the mode MIN_FIRST, code(x) = round(x · s) − round(min · s)
 * with s = 255 / (max − min), in which zero is a level, as the kernels take it.
 *
 * Source: tensorflow/tools/graph_transforms/quantize_nodes.cc, which looks at no
 * attribute that the 8-bit op has not (layout, dilation, half_pixel_centers), and
 * tensorflow/core/kernels/quantized_*.cc for what these take.
 */

import { hasDataflow } from '../graph/flow.ts'
import type { Graph } from '../graph/graph.ts'
import type { Node, Value } from '../graph/node.ts'
import { pass } from '../optimize/pass.ts'
import type { ReportBuilder } from '../optimize/report.ts'
import { rewrite } from '../rewrite/engine.ts'
import { as, op } from '../rewrite/pattern.ts'
import { type Rule, type RuleContext, rule } from '../rewrite/rule.ts'
import { fromValues, scalar } from '../tensor/make.ts'
import { constantCodes, floatOf, trainedRange } from './eight-bit/constants.ts'
import { COUNTERPARTS, type Counterpart, counterpartObstacle } from './eight-bit/counterparts.ts'

const NAME = 'quantize-nodes'
/** The name under which inputs are reported. */
const INPUTS = 'quantize-inputs'

interface Options {
  readonly input_min: number
  readonly input_max: number
  readonly fallback_min: number
  readonly fallback_max: number
  readonly ignore_op: readonly string[]
}

/** Codes, and the range that they stand for. */
interface Codes {
  readonly codes: Value
  readonly min: Value
  readonly max: Value
}

/** Float operations → QuantizeV2, QuantizedX, Requantize, Dequantize. Changes numbers. */
export const quantizeNodes = pass({
  name: NAME,
  description: "Replaces float operations with TensorFlow's 8-bit ones, where it has them. Changes the numbers.",
  aliases: ['quantize_nodes'],
  enabled: false,
  requires: ['quantize-weights'],
  options: {
    input_min: {
      kind: 'number',
      default: Number.NaN,
      description: 'Smallest value of the inputs, which become 8-bit codes. Give it with input_max.',
    },
    input_max: {
      kind: 'number',
      default: Number.NaN,
      description: 'Largest value of the inputs, which become 8-bit codes. Give it with input_min.',
    },
    fallback_min: {
      kind: 'number',
      default: Number.NaN,
      description:
        'Smallest result of every 8-bit operation, instead of measuring it at each run. Give it with fallback_max.',
    },
    fallback_max: {
      kind: 'number',
      default: Number.NaN,
      description:
        'Largest result of every 8-bit operation, instead of measuring it at each run. Give it with fallback_min.',
    },
    ignore_op: { kind: 'names', default: [], description: 'An op to leave as it is. May be given several times.' },
  },
  check: options =>
    halfRange('input', options.input_min, options.input_max) ??
    halfRange('fallback', options.fallback_min, options.fallback_max),
  run(graph, context) {
    const { options, isMain, report } = context
    if (isMain && hasRange(options.input_min)) quantizeInputs(graph, options, report)
    report.add(rewrite(graph, rules(graph, options), context.facts))
  },
})

const hasRange = (bound: number): boolean => !Number.isNaN(bound)

const halfRange = (name: string, min: number, max: number): string | undefined =>
  hasRange(min) === hasRange(max) ? undefined : `give both ${name}_min and ${name}_max, or neither`

/** Float placeholders take codes. */
function quantizeInputs(graph: Graph, { input_min, input_max }: Options, report: ReportBuilder): void {
  for (const node of [...graph.nodes]) {
    if (node.op !== 'Placeholder' || node.type('dtype') !== 'float32') continue
    if (graph.isOutput(node)) {
      report.decline(node.name, `${node.name} is an output too`, INPUTS)
      continue
    }
    report.apply(node.name, INPUTS)
    const name = `${node.name}_eightbit`
    const range = [
      graph.const(scalar('float32', input_min), `${name}/min`),
      graph.const(scalar('float32', input_max), `${name}/max`),
    ]
    graph.replace(
      node.out(),
      graph.add('Dequantize', [node.out(), ...range], MIN_FIRST_OF_CODES, `${name}/dequantize`).out(),
    )
    node.setAttr('dtype', { kind: 'type', value: 'quint8' })
  }
}

const MIN_FIRST = { mode: 'MIN_FIRST' }
const MIN_FIRST_OF_CODES = { ...MIN_FIRST, T: 'quint8' }

function rules(graph: Graph, options: Options): Rule[] {
  const quantizer = new Quantizer(graph, options)
  const ops = Object.keys(COUNTERPARTS).filter(name => !options.ignore_op.includes(name))
  return [
    rule<{ readonly node: Node }>({
      name: NAME,
      find: as('node', op(ops)),
      unless: ({ node }, { facts }) => counterpartObstacle(node, COUNTERPARTS[node.op]!, facts),
      replace: ({ node }, context) => quantizer.counterpart(node, COUNTERPARTS[node.op]!, context),
    }),
    rule<{ readonly node: Node }>({
      name: 'trained-range',
      find: as('node', op('FakeQuantWithMinMaxVars')),
      unless: ({ node }) => fakeObstacle(node),
      replace: ({ node }, context) => quantizer.trained(node, context),
    }),
  ]
}

function fakeObstacle(node: Node): string | undefined {
  if (node.int('num_bits') !== 8 || node.bool('narrow_range')) return `${node.name} does not have 256 levels`
  return node.input(1).tensor && node.input(2).tensor ? undefined : `the range of ${node.name} is not constant`
}

/** Makes the nodes, one quantisation of a value for all that read it in codes. */
class Quantizer {
  readonly #options: Options
  /** Undefined where branches and loops are: what is made in one does not run in another. */
  readonly #known: Map<Value, Codes> | undefined

  constructor(graph: Graph, options: Options) {
    this.#options = options
    this.#known = hasDataflow(graph) ? undefined : new Map()
  }

  /** The 8-bit form of a float operation, back in floats. */
  counterpart(node: Node, counterpart: Counterpart, context: RuleContext): Value {
    const { graph, facts } = context
    const name = `${node.name}/eightbit`
    const made = counterpart
      .inputs(node, facts)
      .map(value =>
        typeof value === 'object' && 'node' in value && value.dtype === 'float32' ? this.#codes(value, context) : value,
      )
    const values = made.map(each =>
      'codes' in each ? each.codes : 'node' in each ? each : graph.const(each, `${name}/axis`),
    )
    const codes = made.filter(each => 'codes' in each)
    const ranges = counterpart.groupsRanges
      ? [...codes.map(c => c.min), ...codes.map(c => c.max)]
      : codes.flatMap(c => [c.min, c.max])
    const attrs = Object.fromEntries((counterpart.copied ?? []).map(key => [key, node.attr(key)!]))
    const result = graph.add(counterpart.op, [...values, ...ranges], { ...attrs, ...counterpart.attrs }, name)
    return this.#float(counterpart.is32 ? this.#shrunk(result, graph) : result, node.name, graph)
  }

  /** Fake quantisation by a trained range, in codes of that range: where they can, those before it take it on. */
  trained(node: Node, context: RuleContext): Value {
    const { graph } = context
    const [x, min, max] = node.inputs as readonly [Value, Value, Value] // a node has the inputs of its op
    const [low, high] = trainedRange(min.tensor!, max.tensor!).map(t => graph.const(t, `${node.name}/range`)) as [
      Value,
      Value,
    ]
    const before = isOwn(x.node, graph) ? dequantized(x) : undefined
    const codes =
      (before && retrained(before.codes.node, low, high, context)) ??
      graph.add('QuantizeV2', [x, low, high], MIN_FIRST_OF_CODES, `${node.name}_eightbit/quantize`)
    return this.#float(codes, node.name, graph)
  }

  #codes(value: Value, context: RuleContext): Codes {
    const known = dequantized(value) ?? this.#known?.get(value)
    if (known && context.graph.nodes.has(known.codes.node)) return known
    const codes = quantized(value, context)
    this.#known?.set(value, codes)
    return codes
  }

  /** 32 bits as 8, over the range that is in use. */
  #shrunk(node: Node, graph: Graph): Node {
    const inputs = [node.out(0), node.out(1), node.out(2)]
    const attrs = { out_type: 'quint8' }
    return graph.add('Requantize', [...inputs, ...this.#range(node, inputs, graph)], attrs, `${node.name}/requantize`)
  }

  /** For results that are all negative RequantizationRange leaves zero out, which must be a level. */
  #range({ name }: Node, inputs: readonly Value[], graph: Graph): readonly Value[] {
    const { fallback_min: low, fallback_max: high } = this.#options
    const float = (n: number, what: string): Value => graph.const(scalar('float32', n), `${name}/${what}`)
    if (hasRange(low)) return [float(low, 'fallback_min'), float(high, 'fallback_max')]
    const measured = graph.add('RequantizationRange', inputs, {}, `${name}/requant_range`)
    const max = graph.add('Maximum', [measured.out(1), float(0, 'zero')], {}, `${name}/requant_max`)
    return [measured.out(0), max.out()]
  }

  #float(codes: Node, name: string, graph: Graph): Value {
    return graph.add('Dequantize', [codes.out(0), codes.out(1), codes.out(2)], MIN_FIRST_OF_CODES, name).out()
  }
}

/** The codes that a value was turned back from. */
function dequantized({ node }: Value): Codes | undefined {
  if (node.op !== 'Dequantize' || node.type('T') !== 'quint8' || node.str('mode') !== 'MIN_FIRST') return undefined
  if (node.int('axis') !== -1 || node.bool('narrow_range')) return undefined
  const [codes, min, max] = node.inputs
  return { codes: codes!, min: min!, max: max! }
}

/** A float in codes of its own range: measured, or of a constant ahead. */
function quantized(value: Value, { graph, facts }: RuleContext): Codes {
  const name = `${value.node.name}_eightbit`
  const tensor = floatOf(value)
  if (tensor) {
    const { codes, min, max } = constantCodes(tensor)
    return {
      codes: graph.const(codes, name),
      min: graph.const(min, `${name}/min`),
      max: graph.const(max, `${name}/max`),
    }
  }
  const axes = allAxes(value, facts.shape(value)?.length, name, graph)
  const [min, max] = ['Min', 'Max'].map(reduce =>
    graph.add(reduce, [value, axes], {}, `${name}/${reduce.toLowerCase()}`).out(),
  )
  const node = graph.add('QuantizeV2', [value, min!, max!], MIN_FIRST_OF_CODES, `${name}/quantize`)
  return { codes: node.out(0), min: node.out(1), max: node.out(2) }
}

function allAxes(value: Value, rank: number | undefined, name: string, graph: Graph): Value {
  const numbers = (values: readonly number[]): Value =>
    graph.const(fromValues('int32', [values.length], values), `${name}/axes`)
  if (rank !== undefined) return numbers(Array.from({ length: rank }, (_, axis) => axis))
  const int = (n: number): Value => graph.const(scalar('int32', n), `${name}/axis`)
  return graph
    .add('Range', [int(0), graph.add('Rank', [value], {}, `${name}/rank`).out(), int(1)], {}, `${name}/axes`)
    .out()
}

/** Ops on codes that a change of range commutes with: they choose among numbers, or cut them off at zero. */
const CHOOSES: readonly string[] = ['QuantizedRelu', 'QuantizedRelu6', 'QuantizedMaxPool', 'QuantizedReshape']

/** The codes with another range, as they come from 32 bits; undefined where they do not, or where they are read by others. */
function retrained(node: Node, low: Value, high: Value, context: RuleContext): Node | undefined {
  const { graph, like } = context
  if (!isOwn(node, graph)) return undefined
  if (node.op === 'Requantize') {
    if (node.input(3).node.op !== 'RequantizationRange') return undefined
    return graph.add('Requantize', [...node.inputs.slice(0, 3), low, high], { out_type: 'quint8' }, node.name)
  }
  if (!CHOOSES.includes(node.op)) return undefined
  const inner = retrained(node.input(0).node, low, high, context) // as long as a chain of such ops is
  return inner && like(node, [inner.out(0), ...node.inputs.slice(1, -2), inner.out(1), inner.out(2)])
}

/** Whether one node alone reads what this one computes, and nobody knows it. */
function isOwn(node: Node, graph: Graph): boolean {
  const readers = new Set(node.outputs.flatMap(value => [...(value?.uses.keys() ?? [])]))
  return readers.size === 1 && !graph.isPublic(node)
}
