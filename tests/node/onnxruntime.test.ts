/** ONNX Runtime as an engine: what it runs, the first node that diverges, and what it cannot run. */
import { readFileSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { fromNumbers, numbers } from '../../src/evaluate/array.ts'
import type { Frozen } from '../../src/freeze/frozen.ts'
import { onnxRuntime } from '../../src/node/engines/index.ts'
import { optimize } from '../../src/optimize/optimize.ts'
import { targetNamed } from '../../src/optimize/targets/index.ts'
import { run } from '../../src/verify/run.ts'
import { verify } from '../../src/verify/verify.ts'
import { inFolder } from '../cli/folder.ts'
import { written } from '../onnx/runtime.ts'
import { frozenOf, NETWORKS } from '../verify/networks.ts'

inFolder()

/** The graph as `freeze -o model.onnx` writes it. */
const bytesOf = (frozen: Frozen) =>
  written(optimize(frozen, { target: targetNamed('onnx') }).frozen.graph, { opset: 18 })
const loaded = async (frozen: Frozen) => (await onnxRuntime()).fromBytes(await bytesOf(frozen), 'net.onnx')

const PLAIN = NETWORKS.filter(({ name }) => name !== 'a loop') // whose Enter and Exit ONNX has no operators for

test('there are networks', () => expect(PLAIN.length).toBe(4))

for (const { name, text, changes } of PLAIN) {
  test(`${name}: the model agrees with the graph`, async () => {
    const found = await verify(await loaded(frozenOf(text)), frozenOf(text))
    expect(found).toMatchObject({ agrees: true, result: { name: 'net.onnx' } })
    expect(found.result.engine).toMatch(/^ONNX Runtime \d/)
  })
  for (const { what, from, to, node } of changes)
    test(`${name}: another ${what} is caught at ${node}, or at a node that took it over`, async () => {
      const { agrees, divergence } = await verify(await loaded(frozenOf(text.replace(from, to))), frozenOf(text))
      expect(agrees).toBe(false)
      expect(divergence).toMatchObject({ originalOp: expect.any(String), attributes: [] })
      expect(named(text, node)).toContain(divergence?.node)
    })
}

/** A node and the next that computes: ONNX says both as one where it can. */
function named(text: string, node: string): string[] {
  const readers = text.split('\n').filter(line => new RegExp(`[(, ]${node}[,): ]`).test(`${line} `))
  return [node, ...readers.map(line => line.split(' ')[0]!)]
}

test('inner values are fetched by their names', async () => {
  const text = 'in x: float32[?,2]\nw = Const float32[2,2] [1 2 3 4]\nh = MatMul(x, w)\ny = Exp(h)\nout y'
  const model = await loaded(frozenOf(text))
  const feeds = new Map([['x', [[1, 1]]]])
  const found = await run(model, feeds, { fetch: ['h:0', 'y', 'x'] })
  expect([...found].map(([name, array]) => [name, [...numbers(array)].map(Math.round)])).toEqual([
    ['h:0', [4, 6]],
    ['y', [55, 403]],
    ['x', [1, 1]],
  ])
  await expect(run(model, feeds, { fetch: ['g'] })).rejects.toThrow(
    /^net\.onnx: there is no value 'g' in the main graph/,
  )
  model.runnable.close()
})

test('a frozen graph is run as the ONNX that would be written', async () => {
  const text = 'in x: float32[2]\ny = Neg(x)\nout y'
  const engine = await onnxRuntime()
  const runnable = await engine.load(frozenOf(text))
  const [y] = await runnable.run(new Map([['x', fromNumbers('float32', [2], [1, -2])]]), ['y'])
  expect([...numbers(y!)]).toEqual([-1, 2])
  runnable.close()
})

test('types are exchanged as they are', async () => {
  const types = ['float32', 'float64', 'float16', 'int8', 'uint8', 'int16', 'int32', 'int64', 'bool'] as const
  const engine = await onnxRuntime()
  for (const dtype of types) {
    const text = `in x: ${dtype}[2]\nshape = Const int32[2] [2 1]\ny = Reshape(x, shape)\nout y`
    const runnable = await engine.load(frozenOf(text))
    const x = fromNumbers(dtype, [2], [1, 0])
    const [y] = await runnable.run(new Map([['x', x]]), ['y'])
    expect(y, dtype).toEqual({ ...x, shape: [2, 1] })
    runnable.close()
  }
})

test('a file is opened with the weights beside it', async () => {
  const { tfreeze } = await import('../cli/run.ts')
  const { copyFixture } = await import('../cli/folder.ts')
  copyFixture('digits', 'digits')
  await tfreeze('freeze', 'digits', '-o', 'model.onnx', '--external-data', '--quiet')
  expect((await tfreeze('verify', 'model.onnx', '--against', 'digits')).status).toBe(0)
  expect(readFileSync('model.onnx.data').length).toBeGreaterThan(0)
  const { rmSync } = await import('node:fs')
  rmSync('model.onnx.data')
  expect((await tfreeze('verify', 'model.onnx', '--against', 'digits')).stderr).toMatch(
    /^model\.onnx\.data: the file that holds weights of the model is not there\. Put it beside the \.onnx file\.$/m,
  )
})

test('an operator that it does not have is named, and the model is not verified', async () => {
  const text = 'in x: float32[2]\ny = Neg(x)\nout y'
  const bytes = await bytesOf(frozenOf(text))
  // The same number of letters, so that lengths stay right.
  const other = Buffer.from(bytes).toString('latin1').replace('"\x03Neg', '"\x03Nag')
  const spoilt = new Uint8Array(Buffer.from(other, 'latin1'))
  expect(spoilt).not.toEqual(bytes)
  const model = await (await onnxRuntime()).fromBytes(spoilt, 'net.onnx')
  expect(model.runnable.lacks).toEqual(['Nag'])
  const { agrees, unverified } = await verify(model, frozenOf(text))
  expect(agrees).toBe(false)
  expect(unverified).toMatch(/^the ONNX Runtime \S+ engine cannot run Nag, which net\.onnx needs$/)
})

test('bytes that are no model are refused', async () => {
  writeFileSync('broken.onnx', Uint8Array.of(0x3a, 0x10, 0x0a, 0xff))
  await expect((await onnxRuntime()).open('broken.onnx')).rejects.toThrow(
    /^broken\.onnx: the bytes are not an ONNX model/,
  )
})
