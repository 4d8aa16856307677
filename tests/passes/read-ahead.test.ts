/** The constants that passes look into are read before they run, and no other weight is. */

import { expect, it } from 'vitest'
import type { Frozen } from '../../src/freeze/frozen.ts'
import { parse, print } from '../../src/graph/text/index.ts'
import { LARGE_BYTES } from '../../src/limits.ts'
import { optimize, readAhead } from '../../src/optimize/optimize.ts'
import { parsePasses } from '../../src/optimize/parse.ts'
import { countingSource } from './cases.ts'

const GRAPH = `in ids: int64[2]
in x: float32[2,1]
w = Const float32[512,1] sparse@0
v = Const float32[1,512] sparse@0
b = Const float32[256] sparse@0
c = Const float32[257] sparse@0
g = Gather(w, ids)
s = AddV2(g, x)
y = MatMul(s, v)
out y, b, c`

/** Like `ckpt`, but all zero from the fourth number on. */
function sparse(): ReturnType<typeof countingSource> {
  const source = countingSource('sparse', 1 << 16)
  return { ...source, read: async (offset, length) => (await source.read.call(source, offset, length)).fill(0, 12) }
}

function frozen(source: ReturnType<typeof countingSource>): Frozen {
  const graph = parse(GRAPH, { sparse: source })
  return { graph, source: { kind: 'graphdef', name: 'sparse' }, inputs: [], outputs: [], notes: [] }
}

it('reads for the pass that asks, and nothing else', async () => {
  const model = frozen(sparse())
  const options = { passes: parsePasses('sparsify_gather') }
  const { frozen: after, report } = optimize(await readAhead(model, options), options)
  expect(report.passes[0]?.applied).toEqual([{ rule: 'sparsify-gather', at: 'g' }])
  expect(after.graph.node('w/keys')?.out().tensor?.shape).toEqual([3])
  expect(after.graph.node('v')?.out().tensor?.recipe.kind).toBe('range')
})

it('leaves what it is given as it is', async () => {
  const model = frozen(sparse())
  const before = print(model.graph)
  const options = { passes: parsePasses('sparsify_gather, obfuscate_names, strip_unused') }
  optimize(await readAhead(model, options), options)
  expect(print(model.graph)).toBe(before)
})

it('reads what is as small as what a graph has in memory, for -O', async () => {
  const source = countingSource('sparse', 1 << 16)
  const { graph } = await readAhead(frozen(source), {})
  expect(source.bytesRead).toBe(LARGE_BYTES)
  expect(['b', 'c'].map(name => graph.node(name)?.out().tensor?.recipe.kind)).toEqual(['memory', 'range'])
})

it('reads nothing where no pass is to run', async () => {
  const source = countingSource('sparse', 1 << 16)
  await readAhead(frozen(source), { passes: [] })
  expect(source.bytesRead).toBe(0)
})

it('removes an addition of zeros whose file is not the graph', async () => {
  const zeros = {
    ...countingSource('ckpt', 1 << 10),
    read: async (_: number, length: number) => new Uint8Array(length),
  }
  const graph = parse('in x: float32[2,4]\nb = Const float32[4] ckpt@0\ny = BiasAdd(x, b)\nz = Relu(y)\nout z', {
    ckpt: zeros,
  })
  const given = { graph, source: { kind: 'graphdef' as const, name: 'zeros' }, inputs: [], outputs: [], notes: [] }
  expect(print(optimize(await readAhead(given, {})).frozen.graph)).toBe('in x: float32[2,4]\nz = Relu(x)\nout z')
})
