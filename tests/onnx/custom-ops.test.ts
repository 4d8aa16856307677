/** Nodes that ONNX cannot say and that stay in the model: what is written, and what is said of them. */
import { expect, it } from 'vitest'
import { onnx } from '../../src/export/onnx.ts'
import type { Frozen } from '../../src/freeze/frozen.ts'
import { parse } from '../../src/graph/text/index.ts'
import { legalize, targetNamed } from '../../src/optimize/targets/index.ts'
import { bytesOf } from '../export/bytes.ts'

const SOURCE = `
in x: float32[3,3]
s = Svd(x)
r = Relu(s)
t = NextAfter(x, x)
out r
out t
`
const frozen: Frozen = {
  graph: parse(SOURCE),
  source: { kind: 'graphdef', name: 'case' },
  inputs: [],
  outputs: [],
  notes: [],
}

it('names the nodes, and the domain in the file', async () => {
  const [file] = await onnx.write(frozen, { name: 'case.onnx', options: { customOps: true } })
  expect(file!.notes).toEqual([
    '2 nodes are in the domain ai.onnx.tensorflow and need kernels of your own: s (Svd), t (NextAfter)',
  ])
  expect(new TextDecoder('latin1').decode(await bytesOf(file!))).toContain('ai.onnx.tensorflow')
})

it('refuses them where nobody asked for custom ops', async () => {
  await expect(onnx.write(frozen, { name: 'case.onnx', options: {} })).rejects.toThrow(
    'ONNX cannot say 2 nodes (s: ONNX has no operators for Svd; t: ONNX has no operators for NextAfter)',
  )
})

it('says nothing where ONNX has all operators', async () => {
  const [file] = await onnx.write({ ...frozen, graph: parse('in x: float32[3]\ny = Relu(x)\nout y\n') })
  expect(file!.notes).toEqual([])
})

it('makes the target take them', () => {
  const unreadable = (customOps: boolean) =>
    legalize(frozen.graph.deepClone(), targetNamed('onnx'), { customOps }).unreadable.map(({ node }) => node)
  expect(unreadable(false)).toEqual(['s', 't'])
  expect(unreadable(true)).toEqual([])
})
