/** Recurrent layers' numbers, as a chain of steps and as a loop, against formulas written out here. */
import { describe, expect, it } from 'vitest'
import { fromNumbers, numbers } from '../../../../src/evaluate/array.ts'
import { evaluate } from '../../../../src/evaluate/evaluate.ts'
import { fromValues } from '../../../../src/tensor/make.ts'
import type { Tensor } from '../../../../src/tensor/tensor.ts'
import { written } from './cases.ts'

type Vector = readonly number[]
type Matrix = readonly Vector[]

const [UNITS, DEPTH, STEPS] = [2, 3, 4]

/** Numbers that look random and are the same every time. */
const noise = (count: number, seed: number): number[] =>
  Array.from({ length: count }, (_, i) => Math.sin(seed * 12.9898 + i * 78.233) * 0.9)
const matrix = (rows: number, columns: number, seed: number): Matrix =>
  Array.from({ length: rows }, (_, i) => noise(columns, seed + i * 3.7))

const times = (x: Vector, w: Matrix): number[] => w[0]!.map((_, j) => x.reduce((sum, v, i) => sum + v * w[i]![j]!, 0))
const plus = (a: Vector, b: Vector): number[] => a.map((v, i) => v + b[i]!)
const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x))
const part = (x: Vector, i: number): number[] => x.slice(i * UNITS, (i + 1) * UNITS) as number[]

interface Parameters {
  readonly w: Matrix
  readonly u: Matrix
  readonly b: Matrix
}
/** One step: from x and the states to the next states, of which the first is the output. */
type Step = (x: Vector, states: Matrix, p: Parameters) => Matrix

const simple: Step = (x, [h], { w, u, b }) => [plus(plus(times(x, w), times(h!, u)), b[0]!).map(Math.tanh)]

const lstm: Step = (x, [h, c], { w, u, b }) => {
  const z = plus(plus(times(x, w), times(h!, u)), b[0]!)
  const [i, f, g, o] = [
    part(z, 0).map(sigmoid),
    part(z, 1).map(sigmoid),
    part(z, 2).map(Math.tanh),
    part(z, 3).map(sigmoid),
  ]
  const next = c!.map((v, k) => f[k]! * v + i[k]! * g[k]!)
  return [next.map((v, k) => o[k]! * Math.tanh(v)), next]
}

const gruAfter: Step = (x, [h], { w, u, b }) => {
  const [a, r] = [plus(times(x, w), b[0]!), plus(times(h!, u), b[1]!)]
  const update = plus(part(a, 0), part(r, 0)).map(sigmoid)
  const reset = plus(part(a, 1), part(r, 1)).map(sigmoid)
  const candidate = part(a, 2).map((v, k) => Math.tanh(v + reset[k]! * part(r, 2)[k]!))
  return [candidate.map((v, k) => update[k]! * h![k]! + (1 - update[k]!) * v)]
}

const gruBefore: Step = (x, [h], { w, u, b }) => {
  const a = plus(times(x, w), b[0]!)
  const column = (gate: number): Matrix => u.map(row => part(row, gate))
  const update = plus(part(a, 0), times(h!, column(0))).map(sigmoid)
  const reset = plus(part(a, 1), times(h!, column(1))).map(sigmoid)
  const kept = h!.map((v, k) => v * reset[k]!)
  const candidate = plus(part(a, 2), times(kept, column(2))).map(Math.tanh)
  return [candidate.map((v, k) => update[k]! * h![k]! + (1 - update[k]!) * v)]
}

interface Kind {
  readonly className: string
  readonly gates: number
  readonly biasRows: number
  readonly states: number
  readonly step: Step
  readonly config?: Readonly<Record<string, unknown>>
}
const KINDS: readonly Kind[] = [
  { className: 'SimpleRNN', gates: 1, biasRows: 1, states: 1, step: simple },
  { className: 'LSTM', gates: 4, biasRows: 1, states: 2, step: lstm },
  { className: 'GRU', gates: 3, biasRows: 2, states: 1, step: gruAfter, config: { reset_after: true } },
  { className: 'GRU', gates: 3, biasRows: 1, states: 1, step: gruBefore, config: { reset_after: false } },
]

interface Options {
  readonly return_sequences?: boolean
  readonly go_backwards?: boolean
  readonly zero_output_for_mask?: boolean
}

/** The second sample's steps 0 and 2 are masked where `isMasked`. */
const isCounted = (sample: number, t: number, isMasked: boolean): boolean => !isMasked || sample === 0 || t % 2 === 1
const inputOf = (isMasked: boolean): Matrix[] =>
  [0, 1].map(sample =>
    Array.from({ length: STEPS }, (_, t) =>
      isCounted(sample, t, isMasked) ? noise(DEPTH, 5 + sample * STEPS + t) : Array<number>(DEPTH).fill(0),
    ),
  )

/** What Keras says: a step that does not count leaves state and output as they were. */
function expected(
  { step, states }: Kind,
  p: Parameters,
  x: Matrix,
  sample: number,
  isMasked: boolean,
  o: Options,
): number[] {
  const order = x.map((_, t) => (o.go_backwards ? STEPS - 1 - t : t))
  let state: Matrix = Array.from({ length: states }, () => Array<number>(UNITS).fill(0))
  const outputs = order.map(t => {
    const counts = isCounted(sample, t, isMasked)
    if (counts) state = step(x[t]!, state, p)
    return counts || !o.zero_output_for_mask ? state[0]! : Array<number>(UNITS).fill(0)
  })
  return (o.return_sequences ? outputs.flat() : outputs.at(-1)!) as number[]
}

const tensor = (shape: readonly number[], values: readonly number[]): Tensor => fromValues('float32', shape, values)

const OPTIONS: readonly Options[] = [
  {},
  { return_sequences: true },
  { go_backwards: true },
  { return_sequences: true, go_backwards: true, zero_output_for_mask: true },
]

describe.each(['unroll', 'loop'] as const)('%s', rnn => {
  for (const kind of KINDS) {
    for (const options of OPTIONS) {
      for (const isMasked of [false, true]) {
        const { className, gates, biasRows, config } = kind
        const name = `${className} ${JSON.stringify({ ...config, ...options })}${isMasked ? ' masked' : ''}`
        it(name, async () => {
          const p: Parameters = {
            w: matrix(DEPTH, gates * UNITS, 1),
            u: matrix(UNITS, gates * UNITS, 2),
            b: matrix(biasRows, gates * UNITS, 3),
          }
          const biasShape = biasRows === 1 ? [gates * UNITS] : [biasRows, gates * UNITS]
          const settings = { units: UNITS, ...config, ...options }
          const source = [
            `in x: float32[?,${rnn === 'unroll' ? STEPS : '?'},${DEPTH}]`,
            isMasked ? 'm = Masking(x) {"mask_value": 0}' : '',
            `y = ${className}(${isMasked ? 'm' : 'x'}) ${JSON.stringify(settings)}`,
          ].join('\n')
          const weights = new Map([
            ['y/kernel', tensor([DEPTH, gates * UNITS], p.w.flat())],
            ['y/recurrent_kernel', tensor([UNITS, gates * UNITS], p.u.flat())],
            ['y/bias', tensor(biasShape, p.b.flat())],
          ])
          const { graph } = written(source, weights, rnn)
          expect([...graph.nodes].some(node => node.op === 'StatelessWhile')).toBe(rnn === 'loop')
          const x = inputOf(isMasked)
          const feeds = new Map([['x', fromNumbers('float32', [2, STEPS, DEPTH], x.flat(2))]])
          const [result] = await evaluate(graph, feeds)
          const found = [...numbers(result!)]
          const wanted = x.flatMap((sample, i) => expected(kind, p, sample, i, isMasked, options))
          expect(found).toHaveLength(wanted.length)
          for (const [i, value] of found.entries()) expect(value, `element ${i}`).toBeCloseTo(wanted[i]!, 5)
        })
      }
    }
  }
})

it('a cell that drops values at inference too is written without, with a note', () => {
  const cell = { class_name: 'SimpleRNNCell', config: { name: 'cell', units: 2, use_bias: false } }
  const config = { cell: { class_name: 'DropoutWrapper', config: { name: 'wrapper', cell, input_keep_prob: 0.5 } } }
  const { notes } = written(
    `keras 2.15.0\nin x: float32[?,2,3]\ny = RNN(x) ${JSON.stringify(config)}`,
    new Map([
      ['y/cell/cell/kernel', tensor([3, 2], noise(6, 1))],
      ['y/cell/cell/recurrent_kernel', tensor([2, 2], noise(4, 2))],
    ]),
  )
  expect(notes).toEqual(["layer 'y/cell': its wrapper drops values at random at inference too: here none are dropped"])
})

it('a chain of a length that is not known is a loop, with a note', () => {
  const { notes } = written(
    'in x: float32[?,?,3]\ny = SimpleRNN(x) {"units": 2, "use_bias": false, "stateful": true}',
    new Map([
      ['y/kernel', tensor([3, 2], noise(6, 1))],
      ['y/recurrent_kernel', tensor([2, 2], noise(4, 2))],
    ]),
    'unroll',
  )
  expect(notes).toEqual([
    "layer 'y': it is stateful, and starts from zeros at every run: the state of the run before is not kept",
    "layer 'y': it is written as a loop, since the length of its sequences is not known: give it with --shape to unroll",
  ])
})
