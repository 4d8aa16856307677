import { describe, expect, it } from 'vitest'
import {
  elementBytes,
  fromComplex,
  fromElementBytes,
  fromNumbers,
  type NdArray,
  numbers,
  scalarOf,
} from '../../src/evaluate/array.ts'
import { evaluate, evaluateNode, missingKernels } from '../../src/evaluate/evaluate.ts'
import type { FuncRef } from '../../src/graph/attr.ts'
import { Graph, type GraphFunction } from '../../src/graph/graph.ts'
import type { Node, Value } from '../../src/graph/node.ts'
import { parse } from '../../src/graph/text/index.ts'
import { scalar, vector } from '../../src/tensor/make.ts'
import { i32, t } from './run.ts'

const feed = (values: Record<string, number>): Map<string, NdArray> =>
  new Map(Object.entries(values).map(([name, value]) => [name, scalarOf('float32', value)]))

const valuesOf = async (graph: Graph, feeds: Map<string, NdArray>, ...outputs: Value[]): Promise<number[][]> =>
  (await evaluate(graph, feeds, outputs)).map(array => [...numbers(array)])

const placeholder = (graph: Graph, name: string): Value =>
  graph.add('Placeholder', [], { dtype: 'float32', shape: [] }, name).out()

it.each(['complex64', 'complex128'] as const)('gives %s as bytes, and takes them back', dtype => {
  const x = fromComplex(
    dtype,
    [2],
    [
      { re: 1, im: -2.5 },
      { re: 0, im: 3 },
    ],
  )
  expect(elementBytes(x).length).toBe(dtype === 'complex64' ? 16 : 32)
  expect(fromElementBytes(dtype, [2], elementBytes(x))).toEqual(x)
})

it('runs a graph from what is fed, and only that', async () => {
  const graph = new Graph()
  const x = placeholder(graph, 'x')
  const hidden = graph.add('Sqrt', [placeholder(graph, 'unfed')], {}, 'hidden').out()
  const y = graph.add('AddV2', [graph.add('Mul', [x, x]).out(), hidden]).out()
  expect(await valuesOf(graph, feed({ x: 3, 'hidden:0': 1 }), y)).toEqual([[10]])
  await expect(evaluate(graph, feed({ x: 3 }), [y])).rejects.toThrow('unfed: this placeholder has no value.')
  await expect(evaluate(graph, feed({ z: 3 }), [y])).rejects.toThrow("there is no node 'z' to feed.")
})

it('rounds every result to its type', async () => {
  const graph = new Graph()
  const tenth = graph.const(scalar('float32', 0.1))
  const sum = graph.add('AddV2', [tenth, graph.const(scalar('float32', 0.2))]).out()
  expect(await valuesOf(graph, new Map(), sum)).toEqual([[Math.fround(Math.fround(0.1) + Math.fround(0.2))]])
})

it('walks a chain deeper than the call stack', async () => {
  const graph = new Graph()
  let value = placeholder(graph, 'x')
  const one = graph.const(scalar('float32', 1))
  for (let i = 0; i < 30_000; i++) value = graph.add('AddV2', [value, one]).out()
  expect(await valuesOf(graph, feed({ x: 0 }), value)).toEqual([[30_000]])
})

describe('control flow of version 1', () => {
  it.each([
    [5, 10],
    [-5, 5],
  ])('takes one branch of a cond: %d', async (input, expected) => {
    const graph = new Graph()
    const x = placeholder(graph, 'x')
    const isPositive = graph.add('Greater', [x, graph.const(scalar('float32', 0))]).out()
    const fork = graph.add('Switch', [x, isPositive])
    const yes = graph.add('Mul', [fork.out(1), graph.const(scalar('float32', 2))])
    const no = graph.add('Neg', [fork.out(0)])
    const failing = graph.add('CheckNumerics', [graph.const(scalar('float32', Number.NaN))], { message: 'never' })
    failing.addControl(graph.add('Identity', [graph.add('Switch', [x, isPositive]).out(0)]))
    if (input > 0) no.addControl(failing) // does not run: it waits for the branch that is not taken
    const merge = graph.add('Merge', [no.out(), yes.out()])
    expect(await valuesOf(graph, feed({ x: input }), merge.out(), merge.out(1))).toEqual([
      [expected],
      [input > 0 ? 1 : 0],
    ])
  })

  /** while (i < limit) { i += 1; x = body(x, i) } */
  function loop(graph: Graph, x: Value, limit: number, name: string, body: (x: Value, i: Value) => Value): Value {
    const frame = { frame_name: name, is_constant: false, parallel_iterations: 10 }
    const enter = (value: Value, isConstant = false): Value =>
      graph.add('Enter', [value], { ...frame, is_constant: isConstant }).out()
    const constant = (value: number): Value => {
      const made = graph.const(scalar('float32', value))
      made.node.addControl(x.node) // so that it runs in the loop that x is in
      return made
    }
    const merges = [enter(constant(0)), enter(x)].map(v => graph.add('Merge', [v, v]))
    const end = enter(constant(limit), true)
    const one = enter(constant(1), true)
    const condition = graph.add('LoopCond', [graph.add('Less', [merges[0]!.out(), end]).out()]).out()
    const forks = merges.map(merge => graph.add('Switch', [merge.out(), condition]))
    const next = graph.add('AddV2', [forks[0]!.out(1), one]).out()
    const result = body(forks[1]!.out(1), next)
    merges[0]!.setInput(1, graph.add('NextIteration', [next]).out())
    merges[1]!.setInput(1, graph.add('NextIteration', [result]).out())
    return graph.add('Exit', [forks[1]!.out(0)]).out()
  }

  it('repeats a loop, and a loop in a loop', async () => {
    const graph = new Graph()
    const x = placeholder(graph, 'x')
    const single = loop(graph, x, 4, 'single', (v, i) => graph.add('Mul', [v, i]).out())
    expect(await valuesOf(graph, feed({ x: 1 }), single)).toEqual([[24]])
    const nested = loop(graph, x, 3, 'outer', v =>
      loop(graph, v, 2, 'inner', (w, j) => graph.add('AddV2', [w, j]).out()),
    )
    expect(await valuesOf(graph, feed({ x: 1 }), nested)).toEqual([[10]]) // 3 · (1 + 2) more
    const stray = loop(graph, x, 2, 'stray', v => graph.add('AddV2', [v, x]).out())
    await expect(evaluate(graph, feed({ x: 1 }), [stray])).rejects.toThrow(
      "AddV2_5: the inputs come from different loops: Switch_7 in 'stray', x in ''.",
    )
    const never = loop(graph, x, 0, 'never', v => v)
    expect(await valuesOf(graph, feed({ x: 7 }), never)).toEqual([[7]])
  })

  it('does not run a loop in a branch that is not taken', async () => {
    const graph = new Graph()
    const x = placeholder(graph, 'x')
    const fork = graph.add('Switch', [x, graph.const(scalar('bool', false))])
    const looped = loop(graph, fork.out(1), 3, 'dead', v => v)
    const merge = graph.add('Merge', [looped, fork.out(0)])
    expect(await valuesOf(graph, feed({ x: 7 }), merge.out())).toEqual([[7]])
    await expect(evaluate(graph, feed({ x: 7 }), [looped])).rejects.toThrow('no control flow leads to this output.')
  })
})

describe('functions', () => {
  /** A function of float scalars. */
  function define(
    graph: Graph,
    name: string,
    count: number,
    body: (g: Graph, args: Value[]) => Value[],
  ): GraphFunction {
    const inner = new Graph(graph.functions)
    const args = Array.from({ length: count }, (_, i) =>
      inner.add('_Arg', [], { T: 'float32', index: i }, `a${i}`).out(),
    )
    inner.inputs.push(...args.map((value, i) => ({ key: `a${i}`, value })))
    inner.outputs.push(...body(inner, args).map((value, i) => ({ key: `r${i}`, value })))
    const made: GraphFunction = { name, body: inner, attrs: new Map(), isStateful: false }
    graph.functions.set(name, made)
    return made
  }
  const types = (count: number): { kind: 'list'; of: 'type'; value: 'float32'[] } => ({
    kind: 'list',
    of: 'type',
    value: Array<'float32'>(count).fill('float32'),
  })
  const f = (name: string): FuncRef => ({ name, attrs: new Map() })

  it('calls, branches and loops', async () => {
    const graph = new Graph()
    const x = placeholder(graph, 'x')
    define(graph, 'double', 1, (g, [a]) => [g.add('AddV2', [a!, a!]).out()])
    define(graph, 'negate', 1, (g, [a]) => [g.add('Neg', [a!]).out()])
    define(graph, 'small', 1, (g, [a]) => [g.add('Less', [a!, g.const(scalar('float32', 100))]).out()])
    const list = types(1)
    const called = graph.add('PartitionedCall', [x], { Tin: list, Tout: list, f: f('double') }).out()
    const branch = { Tin: list, Tout: list, then_branch: f('double'), else_branch: f('negate') }
    const condition = graph.add('Less', [x, graph.const(scalar('float32', 0))]).out()
    const chosen = graph.add('StatelessIf', [condition, x], branch).out()
    const looped = graph.add('StatelessWhile', [x], { T: list, cond: f('small'), body: f('double') }).out()
    expect(await valuesOf(graph, feed({ x: 3 }), called, chosen, looped)).toEqual([[6], [-3], [192]])
    expect(missingKernels(graph, [called, chosen, looped])).toEqual([])
  })

  it('does not ask for a kernel of what a Switch may leave out', async () => {
    const graph = parse(`
in x: float32[]
in training: bool[]
s = Switch(x, training)
pivot = Identity(s:1)
shape = Const int32[0] [] ^pivot
noise = RandomUniform(shape) {dtype: float32}
noisy = AddV2(s:1, noise)
m = Merge(s, noisy)
y = AddV2(m, m)
out y, noise`)
    const [y] = graph.outputs.map(({ value }) => value)
    expect(missingKernels(graph, [y!])).toEqual([])
    const run = (training: boolean) =>
      valuesOf(graph, new Map([...feed({ x: 3 }), ['training', scalarOf('bool', Number(training))]]), y!)
    expect(await run(false)).toEqual([[6]])
    await expect(run(true)).rejects.toThrow('the evaluator has no kernel for RandomUniform')
  })

  it('stops at calls that never end', async () => {
    const graph = new Graph()
    const list = types(1)
    define(graph, 'again', 1, (g, [a]) => [
      g.add('PartitionedCall', [a!], { Tin: list, Tout: list, f: f('again') }).out(),
    ])
    const call = graph.add('PartitionedCall', [placeholder(graph, 'x')], { Tin: list, Tout: list, f: f('again') })
    await expect(evaluate(graph, feed({ x: 1 }), [call.out()])).rejects.toThrow('calls are nested too deeply.')
  })
})

describe('one op, for folding', () => {
  const graph = new Graph()
  const node = (
    op: string,
    attrs: Parameters<Graph['add']>[2] = {},
    ...inputs: Parameters<Graph['const']>[0][]
  ): Node =>
    graph.add(
      op,
      inputs.map(input => graph.const(input)),
      attrs,
    )
  const two = fromNumbers('int32', [], [2])

  it('gives results', () => {
    const results = evaluateNode(node('AddV2', {}, i32(2), i32(2)), [two, two])
    expect(results?.map(r => [...numbers(r)])).toEqual([[4]])
  })
  it.each<[string, Node, NdArray[]]>([
    ['has no kernel', node('RFFT', {}, t([1]), i32([1])), [two, two]],
    ['has state', node('RandomUniform', { dtype: 'float32' }, i32([1])), [two]],
    ['would fail', node('FloorDiv', {}, i32(1), i32(0)), [two, scalarOf('int32', 0)]],
    [
      'goes beyond its type',
      node('Cast', { DstT: 'int32' }, vector('float32', [3e9])),
      [fromNumbers('float32', [1], [3e9])],
    ],
    ['may be fed over', node('PlaceholderWithDefault', { shape: [] }, i32(1)), [two]],
    ['makes a list', node('TensorListReserve', { element_dtype: 'float32' }, i32([]), i32(2)), [two, two]],
    ['is in no order', node('TopKV2', { sorted: false }, vector('float32', [1, 2]), i32(1)), [two, two]],
  ])('gives none where the op %s', (_, op, inputs) => {
    expect(evaluateNode(op, inputs)).toBeUndefined()
  })
})

it('runs the branch that an index chooses, the last where it is out of range', async () => {
  const graph = new Graph()
  const x = placeholder(graph, 'x')
  const index = graph.add('Placeholder', [], { dtype: 'int32', shape: [] }, 'i').out()
  const ways = graph.add('_SwitchN', [x, index], { num_outs: 3 })
  const branches = [ways.out(0), graph.add('Neg', [ways.out(1)]).out(), graph.add('Square', [ways.out(2)]).out()]
  const y = graph.add('Merge', branches).out()
  const results = [0, 1, 2, 7, -1].map(i =>
    valuesOf(graph, new Map([...feed({ x: 3 }), ['i', scalarOf('int32', i)]]), y),
  )
  expect(await Promise.all(results)).toEqual([[[3]], [[-3]], [[9]], [[9]], [[9]]])
})

it('runs a batching call as a call', async () => {
  const graph = new Graph()
  const body = new Graph(graph.functions)
  const [a, b] = ['a', 'b'].map(name =>
    body.addNode('_Arg', [], new Map([['T', { kind: 'type', value: 'float32' }]]), name).out(),
  )
  body.inputs.push({ key: 'a', value: a! }, { key: 'b', value: b! })
  body.outputs.push({ key: 'y', value: body.add('Sub', [a!, b!]).out() })
  graph.functions.set('f', { name: 'f', body, attrs: new Map(), isStateful: false })
  const f: FuncRef = { name: 'f', attrs: new Map() }
  const types = { Tin: ['float32'], Tcaptured: ['float32'], Tout: ['float32'], f }
  const settings = { num_batch_threads: 1, max_batch_size: 4, batch_timeout_micros: 0 }
  const call = graph.add('BatchFunction', [placeholder(graph, 'x'), placeholder(graph, 'w')], { ...types, ...settings })
  expect(await valuesOf(graph, feed({ x: 3, w: 1 }), call.out())).toEqual([[2]])
})
