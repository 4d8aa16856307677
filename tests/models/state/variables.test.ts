/** The value of a variable: one test for each rule, then the errors. */
import { describe, expect, test } from 'vitest'
import { type ByteSource, fromBytes } from '../../../src/bytes/source.ts'
import { openBundle } from '../../../src/formats/tensor-bundle/bundle.ts'
import { printTensor } from '../../../src/graph/text/tensors.ts'
import type { Checkpoint } from '../../../src/models/state/checkpoint.ts'
import { checkpoint } from '../../../src/models/state/checkpoint.ts'
import { bindObjects } from '../../../src/models/state/object-graph.ts'
import { isVariable } from '../../../src/models/state/resource.ts'
import { definedKeys } from '../../../src/models/state/variable-defs.ts'
import { type VariableSources, variablesFrom } from '../../../src/models/state/variables.ts'
import {
  MetaGraphDef,
  SavedObjectGraph,
  TrackableObjectGraph,
  VariableDef,
} from '../../../src/tensorflow/generated/messages.ts'
import { writeBundle } from '../../formats/bundle-writer.ts'
import { bytesOf, message as messageOf } from '../../messages.ts'
import { floats, loading, memoryCheckpoint, noCheckpoint } from './loading.ts'

const VALUE = '/.ATTRIBUTES/VARIABLE_VALUE'
const two = (a: number, b: number) => ({ dtype: 'float32' as const, shape: [2], bytes: floats(a, b) })

interface Given {
  readonly text: string
  readonly checkpoint?: Checkpoint
  readonly sources?: Partial<VariableSources>
}

function state({ text, checkpoint: at = noCheckpoint, sources = {} }: Given) {
  const { graph, trace } = loading(text)
  const notes: string[] = []
  const variables = variablesFrom({
    trace,
    objectIds: new Map(),
    definedKeys: new Map(),
    checkpoint: at,
    settings: { randomInit: 'checkpoint' },
    listed: () => [...graph.nodes].filter(isVariable),
    ...sources,
  })
  const resolve = async (name: string) => {
    const resolved = await variables.resolve(graph.node(name)!)
    notes.push(...resolved.notes)
    return printTensor(resolved.value).replace('variables.data-00000-of-00001', 'data')
  }
  return { graph, variables, notes, resolve }
}

const V = 'v = VarHandleOp() {dtype: float32, shape: [2], shared_name: "v"}'

describe('rule 1, what the init op assigns', () => {
  const init = (value: string) => `${V}
${value}
a = AssignVariableOp(v, x)
init = NoOp() ^a`
  const saved = memoryCheckpoint({ v: two(1, 2) })

  for (const [what, value, expected] of [
    ['a constant', 'x = Const float32[2] [5 6]', 'float32[2] [5 6]'],
    ['Identity', 'c = Const float32[2] [5 6]\nx = Identity(c)', 'float32[2] [5 6]'],
    ['Fill', 'd = Const int32[1] [2]\nc = Const float32[] [7]\nx = Fill(d, c)', 'float32[2] splat(7)'],
    ['ZerosLike', 'c = Const float32[2] [5 6]\nx = ZerosLike(c)', 'float32[2] splat(0)'],
    ['Reshape', 'd = Const int32[1] [-1]\nc = Const float32[2,1] [7 8]\nx = Reshape(c, d)', 'float32[2] [7 8]'],
    ['Pack', 'c = Const float32[] [7]\nx = Pack(c, c)', 'float32[2] blocks([0] float32[1] [7], [1] float32[1] [7])'],
    [
      'Cast of Range',
      's = Const int32[] [0]\nl = Const int32[] [2]\nd = Const int32[] [1]\nr = Range(s, l, d)\nx = Cast(r) {DstT: float32}',
      'float32[2] [0 1]',
    ],
    [
      'Range of Cast',
      'z = Const int32[] [0]\ns = Cast(z) {DstT: float32}\nl = Const float32[] [2]\no = Const int32[] [1]\nd = Cast(o) {DstT: float32}\nx = Range(s, l, d)',
      'float32[2] [0 1]',
    ],
    [
      'arithmetic',
      'c = Const float32[2] [5 6]\nd = Const float32[] [2]\nx = Mul(c, d)',
      'float32[2] cast(float64[2] mul(cast(float32[2] [5 6]), float64[] cast(float32[] [2])))',
    ],
  ] as const) {
    test(what, async () => {
      const { resolve, notes } = state({ text: init(value), checkpoint: saved })
      expect(await resolve('v')).toBe(expected)
      expect(notes).toEqual([])
    })
  }

  test('the last assignment wins', async () => {
    const { resolve } = state({
      text: `${V}
x = Const float32[2] [5 6]
y = Const float32[2] [7 8]
a = AssignVariableOp(v, x)
init = AssignVariableOp(v, y) ^a`,
    })
    expect(await resolve('v')).toBe('float32[2] [7 8]')
  })

  test('in a function that the init op calls', async () => {
    const { resolve } = state({
      text: `${V}
init = StatefulPartitionedCall(v) {Tin: [resource], Tout: [], f: @f}
stateful fn f(h: resource) {
  x = Const float32[2] [5 6]
  a = AssignVariableOp(h, x)
  out ^a
}`,
    })
    expect(await resolve('v')).toBe('float32[2] [5 6]')
  })

  const random = 's = Const int32[1] [2]\nx = RandomUniform(s) {dtype: float32}'

  test('random: the value in the checkpoint, with a note', async () => {
    const { resolve, notes } = state({ text: init(random), checkpoint: saved })
    expect(await resolve('v')).toBe('float32[2] data@0')
    expect(notes).toEqual([
      'Variable v: the init op draws its value at random (RandomUniform); the value in the checkpoint is used.',
    ])
  })

  test('random: refused where that is wanted', async () => {
    const { resolve } = state({
      text: init(random),
      checkpoint: saved,
      sources: { settings: { randomInit: 'refuse' } },
    })
    await expect(resolve('v')).rejects.toThrow(
      'v: variable float32[2]: the init op draws its value at random (RandomUniform). ' +
        'Use --random-init checkpoint to take the value in the checkpoint.',
    )
  })

  test('in a branch: it depends, so the value in the checkpoint', async () => {
    const { resolve, notes } = state({
      text: `${V}
p = Placeholder() {dtype: bool}
init = If(p, v) {Tcond: bool, Tin: [resource], Tout: [], then_branch: @t, else_branch: @e}
stateful fn t(h: resource) {
  x = Const float32[2] [5 6]
  a = AssignVariableOp(h, x)
  out ^a
}
fn e(h: resource) {
}`,
      checkpoint: saved,
    })
    expect(await resolve('v')).toBe('float32[2] data@0')
    expect(notes).toEqual([
      'Variable v: the init op assigns it in a branch or loop; the value in the checkpoint is used.',
    ])
  })
})

describe('rule 2, what the restore op assigns', () => {
  const saved = memoryCheckpoint({ one: two(1, 2), other: two(3, 4) })

  test('ref variables, through control edges', async () => {
    const { resolve } = state({
      text: `w = VariableV2() {dtype: float32, shape: [2]}
u = VariableV2() {dtype: float32, shape: [2]}
n = Const string[2] ["one" "other"]
s = Const string[2] ["" ""]
f = Const string[] ["model"]
r = RestoreV2(f, n, s) {dtypes: [float32, float32]}
a = Assign(w, r:1)
b = Assign(u, r:0)
shard = NoOp() ^a ^b
restore = NoOp() ^shard`,
      checkpoint: saved,
    })
    expect(await resolve('w')).toBe('float32[2] data@8')
    expect(await resolve('u')).toBe('float32[2] data@0')
  })

  const traced = `w = VarHandleOp() {dtype: float32, shape: [2], shared_name: "w"}
f = Const string[] ["model"]
restore = StatefulPartitionedCall(f, w) {Tin: [string, resource], Tout: [string], f: @outer}
stateful fn outer(p: string, h: resource) {
  c = StatefulPartitionedCall(p, h) {Tin: [string, resource], Tout: [], f: @inner}
  i = Identity(p) ^c
  out i
}
stateful fn inner(p: string, h: resource) {
  n = Const string[1] ["other"]
  n2 = Identity(n)
  s = Const string[1] [""]
  r = RestoreV2(p, n2, s) {dtypes: [float32]}
  x = Identity(r)
  a = AssignVariableOp(h, x)
  out ^a
}`

  test('through nested calls', async () => {
    const { resolve } = state({ text: traced, checkpoint: saved })
    expect(await resolve('w')).toBe('float32[2] data@8')
  })

  test('nodes that share a name are one variable', async () => {
    const { resolve } = state({
      text: `${traced}\ntwin = VarHandleOp() {dtype: float32, shape: [2], shared_name: "w"}`,
      checkpoint: saved,
    })
    expect(await resolve('twin')).toBe('float32[2] data@8')
  })

  test('a part of a partitioned variable, put into another shape', async () => {
    const { resolve } = state({
      text: `w = VarHandleOp() {dtype: float32, shape: [1,2]}
n = Const string[1] ["whole"]
s = Const string[1] ["4 2,2"]
f = Const string[] ["model"]
d = Const int32[2] [1 2]
r = RestoreV2(f, n, s) {dtypes: [float32]}
x = Reshape(r, d)
restore = AssignVariableOp(w, x)`,
      checkpoint: memoryCheckpoint({ whole: { dtype: 'float32', shape: [4], bytes: floats(1, 2, 3, 4) } }),
    })
    expect(await resolve('w')).toBe('float32[1,2] reshape(float32[2] slice(float32[4] data@0, begin=[2]))')
  })
})

describe('rule 3, the object that the handle is bound to', () => {
  const objects = messageOf(TrackableObjectGraph, {
    nodes: [{}, { attributes: [{ name: 'VARIABLE_VALUE', fullName: 'dense/kernel', checkpointKey: `a${VALUE}` }] }],
  })
  const withObjects = (tensors: Parameters<typeof memoryCheckpoint>[0]): Checkpoint => ({
    ...memoryCheckpoint(tensors),
    objects: async () => objects,
  })

  test('by the captures of a call', async () => {
    const text = `in x: float32[2]
v = VarHandleOp() {dtype: float32, shape: [2], shared_name: "nothing"}
c = StatefulPartitionedCall(x, v) {Tin: [float32, resource], Tout: [], f: @f}
fn f(x: float32, h: resource) {
}`
    const { graph } = loading(text)
    const objectIds = bindObjects(
      graph,
      messageOf(SavedObjectGraph, { concreteFunctions: { f: { boundInputs: [1] } } }),
    )
    const { resolve } = state({ text, checkpoint: withObjects({ [`a${VALUE}`]: two(1, 2) }), sources: { objectIds } })
    expect(await resolve('v')).toBe('float32[2] data@0')
  })

  test('rule 5 uses the names of the program, where they are unique', async () => {
    const { resolve } = state({
      text: 'v = VarHandleOp() {dtype: float32, shape: [2], shared_name: "dense/kernel"}',
      checkpoint: withObjects({ [`a${VALUE}`]: two(1, 2) }),
    })
    expect(await resolve('v')).toBe('float32[2] data@0')
  })

  test('variables are listed by those names', async () => {
    const at = withObjects({
      [`a${VALUE}`]: two(1, 2),
      _CHECKPOINTABLE_OBJECT_GRAPH: { dtype: 'string', shape: [], strings: [''] },
    })
    const { variables } = state({ text: V, checkpoint: at })
    expect(await variables.list()).toEqual([
      {
        isRead: false,
        name: 'dense/kernel',
        dtype: 'float32',
        shape: [2],
        bytes: 8,
        where: 'bytes 0–8 of variables.data-00000-of-00001',
      },
    ])
  })
})

test('rule 4, the collections of variables', async () => {
  const def = bytesOf(VariableDef, {
    variableName: 'w/part_1:0',
    saveSliceInfoDef: { fullName: 'w', fullShape: [4n], varOffset: [2n], varShape: [2n] },
  })
  const metaGraph = messageOf(MetaGraphDef, {
    collectionDef: { variables: { kind: { case: 'bytesList', value: { value: [def] } } } },
  })
  const { resolve } = state({
    text: '"w/part_1" = VariableV2() {dtype: float32, shape: [2]}',
    checkpoint: memoryCheckpoint({ w: { dtype: 'float32', shape: [4], bytes: floats(1, 2, 3, 4) } }),
    sources: { definedKeys: definedKeys(metaGraph) },
  })
  expect(await resolve('w/part_1')).toBe('float32[2] slice(float32[4] data@0, begin=[2])')
})

describe('rule 5, the name', () => {
  test('the shared name before the node’s', async () => {
    const { resolve } = state({
      text: 'n = VarHandleOp() {dtype: float32, shape: [2], shared_name: "s"}',
      checkpoint: memoryCheckpoint({ n: two(1, 2), s: two(3, 4) }),
    })
    expect(await resolve('n')).toBe('float32[2] data@8')
  })

  test('an old Variable of shape [] may have any', async () => {
    const { resolve } = state({
      text: 'v = Variable() {dtype: float32, shape: []}',
      checkpoint: memoryCheckpoint({ v: two(1, 2) }),
    })
    expect(await resolve('v')).toBe('float32[2] data@0')
  })

  test('not where the shape differs', async () => {
    const { resolve } = state({
      text: 'v = VarHandleOp() {dtype: float32, shape: [3]}',
      checkpoint: memoryCheckpoint({ v: two(1, 2) }),
    })
    await expect(resolve('v')).rejects.toThrow("v: variable float32[3]: 'v' of the checkpoint is float32[2]. ")
  })
})

describe('errors', () => {
  const restored = (shape: string) => `v = VarHandleOp() {dtype: float32, shape: ${shape}}
n = Const string[1] ["k"]
s = Const string[1] [""]
f = Const string[] ["model"]
r = RestoreV2(f, n, s) {dtypes: [float32]}
restore = AssignVariableOp(v, r)`

  for (const [what, given, message] of [
    [
      'no checkpoint',
      { text: V },
      'v: variable float32[2]: its value lies in variables/variables.index, which is not there. ' +
        'Give the whole SavedModel folder, with its variables folder.',
    ],
    [
      'no key',
      { text: restored('[2]'), checkpoint: memoryCheckpoint({ x: two(1, 2) }) },
      "v: variable float32[2]: nothing restores it, and variables.index has no key for it (tried 'k', 'v'). " +
        'Save the variable with the model, or leave out what reads it with --outputs.',
    ],
    [
      'another shape',
      { text: restored('[2,?]'), checkpoint: memoryCheckpoint({ k: two(1, 2) }) },
      "v: variable float32[2,?]: 'k' of the checkpoint is float32[2]. " +
        'The graph and its checkpoint are of different models: export the model again.',
    ],
    ['not a variable', { text: 'v = Const float32[] [1]' }, 'v: a Const is not a variable.'],
  ] as const) {
    test(what, async () => {
      await expect(state(given).resolve('v')).rejects.toThrow(expect.objectContaining({ message }))
    })
  }

  test('functions that call each other for ever', () => {
    const text = `${V}
init = StatefulPartitionedCall(v) {Tin: [resource], Tout: [], f: @f}
stateful fn f(h: resource) {
  x = Const float32[2] [5 6]
  a = AssignVariableOp(h, x)
  c = StatefulPartitionedCall(h) {Tin: [resource], Tout: [], f: @f}
  out ^a, ^c
}`
    expect(() => loading(text)).toThrow(
      'c: functions call each other 100 levels deep. The model is recursive or damaged: export it again.',
    )
  })
})

test('resolving reads no byte of a data file', async () => {
  const { index, data } = writeBundle({ v: two(1, 2) })
  const unread: ByteSource = {
    name: 'data',
    size: data[0]!.length,
    read: () => Promise.reject(new Error('weights were read')),
  }
  const at = checkpoint(() => openBundle(fromBytes(index), async () => unread, 'variables'))
  expect(await state({ text: V, checkpoint: at }).resolve('v')).toBe('float32[2] data@0')
})
