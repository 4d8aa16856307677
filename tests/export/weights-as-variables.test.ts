/** A SavedModel with its weights beside it: which constants become variables, and that the whole is read again as it was. */
import { describe, expect, test } from 'vitest'
import { fromFiles } from '../../src/bytes/folder.ts'
import { fromBytes } from '../../src/bytes/source.ts'
import { evaluate } from '../../src/evaluate/evaluate.ts'
import { savedModel } from '../../src/export/saved-model.ts'
import { weightsAsVariables } from '../../src/export/weights-as-variables.ts'
import type { Frozen } from '../../src/freeze/frozen.ts'
import { freeze } from '../../src/freeze/index.ts'
import { parse } from '../../src/graph/text/index.ts'
import { verify } from '../../src/graph/verify.ts'
import { open } from '../../src/models/index.ts'
import { MetaGraphDef, SavedModel, VariableDef } from '../../src/tensorflow/generated/messages.ts'
import { feedsOf } from '../passes/same-numbers.ts'
import { frozenOf } from '../tfjs/run.ts'
import { bytesOf } from './bytes.ts'

const SOURCE = fromBytes(new Uint8Array(Float32Array.from({ length: 1024 }, (_, i) => Math.sin(i)).buffer), 'ckpt')
const parsed = (text: string) => parse(text, { ckpt: SOURCE })
const NET = `
in x: float32[2,2]
w = Const float32[2,128] ckpt@0
v = Const float32[128,2] ckpt@1024
b = Const float32[2] [1 2]
m = MatMul(x, w)
n = MatMul(m, v)
y = BiasAdd(n, b)
out y`

const variablesIn = (text: string): string[] => {
  const graph = parsed(text)
  const made = weightsAsVariables(graph)
  verify(graph)
  return [...(made?.tensors.keys() ?? [])]
}

/** The files of a frozen graph, by path. They are taken in their order. */
async function written(frozen: Frozen): Promise<Map<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>()
  for (const file of await savedModel.write(frozen, { name: 'm', options: { weights: 'variables' } }))
    files.set(file.path, await bytesOf(file))
  return files
}

describe('become variables', () => {
  test('constants of 1 kB and more', () => {
    expect(variablesIn(NET)).toEqual(['w', 'v'])
  })
  test('not one that is an output itself', () => {
    expect(variablesIn('w = Const float32[2,128] ckpt@0\nout w')).toEqual([])
  })
  test('not one in a branch, which waits for it', () => {
    const branch = `
in x: float32[2,2]
in c: bool[]
s = Switch(x, c)
w = Const float32[2,128] ckpt@0 ^s
y = MatMul(s:1, w)
out y`
    expect(variablesIn(branch)).toEqual([])
  })
  test('not text', () => {
    const words = Array.from({ length: 200 }, (_, i) => `"word number ${i}"`).join(' ')
    expect(variablesIn(`w = Const string[200] [${words}]\ny = StringLength(w)\nout y`)).toEqual([])
  })
})

test('the graph is left as it was, and reads back with the same numbers', async () => {
  const graph = parsed(NET)
  const files = await written(frozenOf(graph))
  expect([...files.keys()]).toEqual([
    'saved_model.pb',
    'variables/variables.data-00000-of-00001',
    'variables/variables.index',
  ])
  expect(graph.node('w')?.op).toBe('Const')
  const folder = fromFiles(
    [...files].map(([path, bytes]) => [path, fromBytes(bytes, path)] as const),
    'm',
  )
  const again = await freeze(await open(folder))
  expect(again.notes).toEqual([])
  const feeds = feedsOf(graph)
  expect(await evaluate(again.graph, feeds)).toEqual(await evaluate(graph, feeds))
})

test('loaders find the saver, and the variables that they make themselves', async () => {
  const file = SavedModel.decode((await written(frozenOf(parsed(NET)))).get('saved_model.pb')!)
  const { saverDef, collectionDef, graphDef } = MetaGraphDef.decode(
    MetaGraphDef.encode(file.metaGraphs[0]! as never).finish(),
  )
  expect(saverDef).toEqual({
    filenameTensorName: 'save/Const:0',
    saveTensorName: 'save/control_dependency:0',
    restoreOpName: 'save/restore_all',
    version: 2,
  })
  const { kind } = collectionDef.get('variables')!
  const defs = kind?.$case === 'bytesList' ? kind.value.value.map(bytes => VariableDef.decode(bytes)) : []
  expect(defs.map(({ variableName, snapshotName }) => [variableName, snapshotName])).toEqual([
    ['w:0', 'w/Read/ReadVariableOp:0'],
    ['v:0', 'v/Read/ReadVariableOp:0'],
  ])
  expect(graphDef).toBeDefined()
})

test('a model without large weights has no variables', async () => {
  const files = await written(frozenOf(parsed('in x: float32[2]\ny = Neg(x)\nout y')))
  expect([...files.keys()]).toEqual(['saved_model.pb'])
})
