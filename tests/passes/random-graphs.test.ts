/** Graphs that nobody thought of: optimised, they compute the same, are legal, and stay as they are when optimised again. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { Graph } from '../../src/graph/graph.ts'
import type { Value } from '../../src/graph/node.ts'
import { parse, print } from '../../src/graph/text/index.ts'
import { verify } from '../../src/graph/verify.ts'
import { optimize } from '../../src/optimize/optimize.ts'
import { fromValues } from '../../src/tensor/make.ts'
import { sameNumbers } from './same-numbers.ts'

/** A step: which op, on which of the values there are, with which numbers. */
interface Step {
  readonly kind: keyof typeof STEPS
  readonly from: number
  readonly other: number
  readonly seed: number
}

/** Numbers that are easy to look at, none zero. */
const numbers = (count: number, seed: number): number[] =>
  Array.from({ length: count }, (_, i) => (((i * 7 + seed) % 9) - 4.5) / 4)

/** Builds one step on a value of shape [?, 4, 4, 2]; the result has that shape too. */
type Build = (graph: Graph, x: Value, y: Value, seed: number) => Value

const floats = (graph: Graph, shape: readonly number[], seed: number): Value =>
  graph.const(
    fromValues(
      'float32',
      shape,
      numbers(
        shape.reduce((n, d) => n * d, 1),
        seed,
      ),
    ),
    'c',
  )
const ints = (graph: Graph, values: readonly number[], shape = [values.length]): Value =>
  graph.const(fromValues('int32', shape, values), 'i')

const unary =
  (op: string): Build =>
  (graph, x) =>
    graph.add(op, [x]).out()
const withConstant =
  (op: string, shape: readonly number[], first = false): Build =>
  (graph, x, _, seed) => {
    const c = floats(graph, shape, seed)
    return graph.add(op, first ? [c, x] : [x, c]).out()
  }
const convolution =
  (padding: string): Build =>
  (graph, x, _, seed) =>
    graph
      .add('Conv2D', [x, floats(graph, [padding === 'SAME' ? 3 : 1, 1, 2, 2], seed)], {
        strides: [1, 1, 1, 1],
        padding,
      })
      .out()

const STEPS = {
  relu: unary('Relu'),
  relu6: unary('Relu6'),
  neg: unary('Neg'),
  abs: unary('Abs'),
  identity: unary('Identity'),
  stop: unary('StopGradient'),
  mulVector: withConstant('Mul', [2]),
  mulScalar: withConstant('Mul', [], true),
  mulRank4: withConstant('Mul', [1, 1, 1, 2]),
  mulWidth: withConstant('Mul', [4, 1]),
  divScalar: (graph, x) => graph.add('RealDiv', [x, graph.const(fromValues('float32', [], [4]), 'c')]).out(),
  addVector: withConstant('AddV2', [2]),
  addFirst: withConstant('Add', [2], true),
  subVector: withConstant('Sub', [2]),
  subFrom: withConstant('Sub', [2], true),
  bias: withConstant('BiasAdd', [2]),
  zero: (graph, x) => graph.add('AddV2', [x, graph.const(fromValues('float32', [], [0]), 'c')]).out(),
  one: (graph, x) => graph.add('Mul', [x, graph.const(fromValues('float32', [1], [1]), 'c')]).out(),
  add: (graph, x, y) => graph.add('AddV2', [x, y]).out(),
  mul: (graph, x, y) => graph.add('Mul', [x, y]).out(),
  conv: convolution('SAME'),
  pointwise: convolution('VALID'),
  depthwise: (graph, x, _, seed) =>
    graph
      .add('DepthwiseConv2dNative', [x, floats(graph, [3, 3, 2, 1], seed)], { strides: [1, 1, 1, 1], padding: 'SAME' })
      .out(),
  padded: (graph, x, _, seed) => {
    const pad = graph.add('Pad', [x, ints(graph, [0, 0, 1, 1, 1, 1, 0, 0], [4, 2])]).out()
    return graph
      .add('Conv2D', [pad, floats(graph, [3, 3, 2, 2], seed)], { strides: [1, 1, 1, 1], padding: 'VALID' })
      .out()
  },
  norm: (graph, x, _, seed) => {
    const positive = graph.const(fromValues('float32', [2], [0.5 + (seed % 3), 1.5]), 'v')
    const inputs = [x, floats(graph, [2], seed), floats(graph, [2], seed + 1), floats(graph, [2], seed + 2), positive]
    return graph.add('FusedBatchNormV3', inputs, { is_training: false, epsilon: 0.01 }).out()
  },
  decomposed: (graph, x, _, seed) => {
    const variance = graph.const(fromValues('float32', [2], [0.5 + (seed % 3), 1.5]), 'v')
    const epsilon = graph.const(fromValues('float32', [], [0.01]), 'e')
    const inverse = graph.add('Rsqrt', [graph.add('AddV2', [variance, epsilon]).out()]).out()
    const scale = graph.add('Mul', [inverse, floats(graph, [2], seed)]).out()
    const mean = graph.add('Mul', [floats(graph, [2], seed + 1), scale]).out()
    const offset = graph.add('Sub', [floats(graph, [2], seed + 2), mean]).out()
    return graph.add('AddV2', [graph.add('Mul', [x, scale]).out(), offset]).out()
  },
  transposed: (graph, x) => {
    const first = graph.add('Transpose', [x, ints(graph, [0, 3, 1, 2])]).out()
    const relu = graph.add('Relu', [first]).out()
    return graph.add('Transpose', [relu, ints(graph, [0, 2, 3, 1])]).out()
  },
  reshaped: (graph, x) => {
    const shape = graph.add('Shape', [x]).out()
    const flat = graph.add('Reshape', [x, ints(graph, [-1, 32])]).out()
    return graph.add('Reshape', [flat, shape]).out()
  },
  product: (graph, x, _, seed) => {
    const rows = graph.add('Reshape', [x, ints(graph, [-1, 2])]).out()
    const result = graph.add('MatMul', [rows, floats(graph, [2, 2], seed)]).out()
    return graph.add('Reshape', [result, ints(graph, [-1, 4, 4, 2])]).out()
  },
  split: (graph, x) => {
    const parts = graph.add('Split', [ints(graph, [3], []), x], { num_split: 2 })
    return graph.add('ConcatV2', [parts.out(1), parts.out(1), ints(graph, [3], [])], { N: 2 }).out()
  },
  cast: (graph, x) => graph.add('Cast', [graph.add('Cast', [x], { DstT: 'float64' }).out()], { DstT: 'float32' }).out(),
  control: (graph, x, y) => {
    const node = graph.add('Identity', [x])
    node.addControl(y.node)
    return node.out()
  },
} satisfies Record<string, Build>

function graphOf(steps: readonly Step[], outputs: readonly number[]): Graph {
  const graph = new Graph()
  const x = graph.add('Placeholder', [], { dtype: 'float32', shape: [null, 4, 4, 2] }, 'x').out()
  graph.inputs.push({ key: 'x', value: x })
  const values = [x]
  for (const { kind, from, other, seed } of steps) {
    const build: Build = STEPS[kind]
    values.push(build(graph, values[from % values.length]!, values[other % values.length]!, seed))
  }
  const asked = new Set([values.length - 1, ...outputs.map(i => i % values.length)])
  for (const i of asked) graph.outputs.push({ key: `y${i}`, value: values[i]! })
  return graph
}

const step = fc.record({
  kind: fc.constantFrom(...(Object.keys(STEPS) as (keyof typeof STEPS)[])),
  // Mostly what was made last, so that chains come about.
  from: fc.oneof({ weight: 4, arbitrary: fc.constant(-1) }, { weight: 1, arbitrary: fc.nat(30) }),
  other: fc.nat(30),
  seed: fc.nat(8),
})

it('computes the same', async () => {
  const runs = Number(process.env['RANDOM_GRAPHS'] ?? 100)
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 1, maxLength: 14 }),
      fc.array(fc.nat(20), { maxLength: 2 }),
      async (drawn, outputs) => {
        const steps = drawn.map((s, i) => ({ ...s, from: s.from < 0 ? i : s.from }))
        const text = print(graphOf(steps, outputs))
        const graph = parse(text)
        const frozen = {
          graph,
          source: { kind: 'graphdef' as const, name: 'random' },
          inputs: [],
          outputs: [],
          notes: [],
        }
        const once = optimize(frozen).frozen
        expect(print(graph)).toBe(text)
        verify(once.graph)
        expect(await sameNumbers(parse(text), once.graph, 1e-4)).toBe('')
        const { frozen: twice, report } = optimize(once)
        expect(report.passes.flatMap(p => p.applied)).toEqual([])
        expect(print(twice.graph)).toBe(print(once.graph))
      },
    ),
    { numRuns: runs, seed: 42 },
  )
})
