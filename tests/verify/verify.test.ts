/** Equal graphs agree; one change in one node is found, and the node named. */
import { describe, expect, test } from 'vitest'
import { embedded } from '../../src/engines/embedded.ts'
import { fromNumbers, type NdArray, numbers } from '../../src/evaluate/array.ts'
import { optimize } from '../../src/optimize/optimize.ts'
import { fromValues } from '../../src/tensor/make.ts'
import { run } from '../../src/verify/run.ts'
import { counterpart } from '../../src/verify/subject.ts'
import { verify } from '../../src/verify/verify.ts'
import { frozenOf, NETWORKS } from './networks.ts'

describe.each(NETWORKS)('$name', ({ text, changes }) => {
  test('agrees with itself optimised', async () => {
    const original = frozenOf(text)
    const { frozen } = optimize(original)
    const found = await verify(frozen, original)
    expect(found).toMatchObject({ agrees: true, seed: 1 })
    expect(found.outputs.map(o => o.figures.shape.length)).not.toEqual([])
    expect(found.divergence).toBeUndefined()
  })
  test.each(changes)('another $what is caught at $node', async ({ from, to, node }) => {
    expect(text).toContain(from)
    const other = frozenOf(text.replace(from, to))
    for (const result of [other, optimize(other).frozen]) {
      const { agrees, divergence } = await verify(result, frozenOf(text))
      expect(agrees).toBe(false)
      expect(divergence?.node).toBe(node)
    }
  })
})

test('a divergence tells the op, the attributes, and each input with its difference', async () => {
  const text = 'in x: float32[2,3]\nw = Const float32[3,2] [1 2 3 4 5 6]\ny = MatMul(x, w)\nz = Relu(y)\nout z'
  const { divergence } = await verify(
    frozenOf(text.replace('MatMul(x, w)', 'MatMul(w, x) {transpose_a: true, transpose_b: true}')),
    frozenOf(text),
  )
  expect(divergence).toMatchObject({ node: 'y', op: 'MatMul', attributes: ['transpose_a', 'transpose_b'] })
  expect(divergence?.inputs.map(input => input.tensor)).toEqual(['w', 'x'])
  const other = await verify(frozenOf(text.replace('5 6', '5 7')), frozenOf(text))
  expect(other.divergence?.inputs.map(input => input.figures?.wrong)).toEqual([0, 1])
  const renamed = await verify(frozenOf(text.replace('Relu', 'Neg')), frozenOf(text))
  expect(renamed.divergence).toMatchObject({ node: 'z', op: 'Neg', originalOp: 'Relu', attributes: [] })
})

test('what the engine cannot run is named, and is not verified', async () => {
  const text = 'in x: float32[2]\nn = Const int32[1] [2]\nr = RandomUniform(n) {dtype: float32}\ny = Mul(x, r)\nout y'
  expect(await verify(frozenOf(text), frozenOf(text))).toMatchObject({
    agrees: false,
    unverified:
      'the embedded engine cannot run RandomUniform, which net needs; the embedded engine cannot run RandomUniform, which net needs',
  })
})

const DOUBLE = 'in x: float32[?,2]\ntwo = Const float32[] [2]\ny = Mul(x, two)\nout y'

test('recorded outputs take the place of the original', async () => {
  const { verifySubjects } = await import('../../src/verify/verify.ts')
  const { subjectOf } = await import('../../src/verify/subject.ts')
  const subject = await subjectOf(frozenOf(DOUBLE), embedded())
  const data = (y: number[]) => ({
    name: 'golden.npz',
    values: new Map([
      ['in_0', fromValues('float32', [1, 2], [1, 2])],
      ['out_0', fromValues('float32', [1, 2], y)],
    ]),
  })
  expect(await verifySubjects(subject, undefined, { data: data([2, 4]) })).toMatchObject({
    agrees: true,
    original: { name: 'golden.npz', engine: 'recorded' },
  })
  const wrong = await verifySubjects(subject, undefined, { data: data([2, 5]) })
  expect(wrong.agrees).toBe(false)
  expect(wrong.outputs[0]!.figures.worst).toEqual({ index: [0, 1], expected: '5', found: '4' })
  const inputs = { name: 'in.json', values: new Map([['x', [[1, 2]]]]) }
  await expect(verifySubjects(subject, undefined, { data: inputs })).rejects.toThrow(
    "in.json: there is no recorded value of output 'y' to compare with. Name the original with --against.",
  )
})

test('tolerances are as asked for', async () => {
  const other = frozenOf(DOUBLE.replace('[2]\ny', '[2.001]\ny'))
  expect((await verify(other, frozenOf(DOUBLE))).agrees).toBe(false)
  expect((await verify(other, frozenOf(DOUBLE), { rtol: 1e-2 })).agrees).toBe(true)
  expect((await verify(other, frozenOf(DOUBLE), { rtol: 0, atol: 0.01 })).agrees).toBe(true)
})

test('inputs and outputs are the same by tensor, by key, or as the only ones', async () => {
  const renamed = DOUBLE.replace('in x:', 'in image:').replace('Mul(x', 'Mul(image')
  expect((await verify(frozenOf(renamed), frozenOf(DOUBLE))).agrees).toBe(true)
  const two = frozenOf('in a: float32[2]\nin b: float32[2]\ny = Sub(a, b)\nout y')
  const other = frozenOf('in a: float32[2]\nin c: float32[2]\ny = Sub(a, c)\nout y', 'other')
  await expect(verify(other, two)).rejects.toThrow(
    "other: net has no input 'c', only a, b. Give the options that the result was frozen with",
  )
  const more = frozenOf('in a: float32[2]\nin b: float32[2]\ny = Sub(a, b)\nz = Neg(y)\nout y, z')
  await expect(verify(two, more)).rejects.toThrow("net: net has no output 'z', only y.")
})

test('runs a graph on arrays or lists, and fetches inner tensors', async () => {
  const frozen = frozenOf(DOUBLE)
  const values = (array: NdArray | undefined): number[] => [...numbers(array!)]
  expect(
    values(
      (
        await run(
          frozen,
          new Map([
            [
              'x',
              [
                [1, 2],
                [3, 4],
              ],
            ],
          ]),
        )
      ).get('y'),
    ),
  ).toEqual([2, 4, 6, 8])
  const found = await run(frozen, new Map([['x', [5, 6]]]), { fetch: ['x', 'two:0'] })
  expect([...found].map(([name, array]) => [name, array.shape, values(array)])).toEqual([
    ['x', [1, 2], [5, 6]],
    ['two:0', [], [2]],
  ])
  await expect(run(frozen, new Map([['z', 1]]))).rejects.toThrow("there is no value for input 'x': it holds z.")
  await expect(run(frozen, new Map([['x', [1, 2]]]), { fetch: ['nothing'] })).rejects.toThrow('nothing')
})

test('the inputs that a graph replaced by defaults need no value', async () => {
  const graph = frozenOf(DOUBLE)
  const engine = embedded()
  const loaded = await engine.load(graph)
  expect(loaded.lacks).toEqual([])
  const [y] = await loaded.run(new Map([['x', fromNumbers('float32', [1, 2], [1, 2])]]), ['y'])
  expect([...numbers(y!)]).toEqual([2, 4])
})

test('an output that random inputs do not change is said to prove little', async () => {
  const text = 'in x: float32[?,3]\nzero = Const float32[3] [0 0 0]\na = Mul(x, zero)\nn = Relu(x)\nout a, n'
  const { outputs } = await verify(frozenOf(text), frozenOf(text))
  expect(outputs.map(({ key, isInsensitive }) => [key, isInsensitive])).toEqual([
    ['a', true],
    ['n', undefined],
  ])
})

test('an original that an engine reads itself is known by the names that freezing gives', () => {
  const port = (key: string, tensor: string, frozenTensor?: string) =>
    ({ key, tensor, dtype: 'float32', shape: null, ...(frozenTensor && { frozenTensor }) }) as const
  const original = [port('a key', 'call:0', 'a_key'), port('x', 'call:1', 'x_4')]
  const result = [port('x_4', 'x_4'), port('a_key', 'a_key')]
  expect(original.map(each => counterpart(each, original, result)?.tensor)).toEqual(['a_key', 'x_4'])
})
