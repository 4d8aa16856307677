/** What is in a table: from constants, vocabularies, checkpoints, and the errors. */
import { describe, expect, test } from 'vitest'
import { fromBytes } from '../../../src/bytes/source.ts'
import { FreezeError } from '../../../src/errors.ts'
import { printTensor } from '../../../src/graph/text/tensors.ts'
import type { Assets } from '../../../src/models/assets.ts'
import type { Checkpoint } from '../../../src/models/state/checkpoint.ts'
import { tablesFrom } from '../../../src/models/state/tables.ts'
import { readTensor } from '../../../src/tensor/read.ts'
import type { Tensor } from '../../../src/tensor/tensor.ts'
import { TrackableObjectGraph } from '../../../src/tensorflow/generated/messages.ts'
import { message as messageOf } from '../../messages.ts'
import { int64s, loading, memoryCheckpoint, noCheckpoint } from './loading.ts'

const assets: Assets = {
  names: ['vocab.txt'],
  nameFor: () => undefined,
  open: async name => {
    if (name === 'vocab.txt') return fromBytes(new TextEncoder().encode('one\ntwo\n'), name)
    throw new FreezeError('missing', 'not there', { file: name })
  },
}

interface Given {
  readonly text: string
  readonly checkpoint?: Checkpoint
  readonly objectIds?: ReadonlyMap<string, number>
  readonly notes?: string[]
}

async function contents({ text, checkpoint = noCheckpoint, objectIds = new Map(), notes = [] }: Given, name = 't') {
  const { graph, trace } = loading(text, 'vocab.txt')
  const tables = tablesFrom({ trace, objectIds, checkpoint, assets })
  const resolved = await tables.resolve(graph.node(name)!)
  notes.push(...resolved.notes)
  const { keys, values } = resolved.value
  return `${await shown(keys)} → ${await shown(values)}`
}

async function shown(t: Tensor): Promise<string> {
  if (t.recipe.kind === 'strings') return printTensor(t)
  return printTensor({ ...t, recipe: { kind: 'memory', bytes: await readTensor(t) } })
}

const T = 't = HashTableV2() {key_dtype: string, value_dtype: int64, shared_name: "t"}'
const PAIRS = 'k = Const string[2] ["a" "b"]\nv = Const int64[2] [1 2]'
const FILE = '{key_index: -2, value_index: -1, delimiter: "\\t"}'

describe('filled', () => {
  for (const [what, text, expected] of [
    ['from constants', `${T}\n${PAIRS}\ninit = InitializeTableV2(t, k, v)`, 'string[2] ["a" "b"] → int64[2] [1 2]'],
    ['by an import', `${T}\n${PAIRS}\ninit = LookupTableImportV2(t, k, v)`, 'string[2] ["a" "b"] → int64[2] [1 2]'],
    [
      'from a range, counted from the keys',
      `${T}\n${PAIRS}\nz = Const int32[] [0]\no = Const int32[] [1]\nn = Size(k)\nr = Range(z, n, o)\nc = Cast(r) {DstT: int64}\ninit = InitializeTableV2(t, k, c)`,
      'string[2] ["a" "b"] → int64[2] [0 1]',
    ],
    [
      'twice with the same',
      `${T}\n${PAIRS}\nx = InitializeTableV2(t, k, v)\ninit = InitializeTableV2(t, k, v) ^x`,
      'string[2] ["a" "b"] → int64[2] [1 2]',
    ],
    [
      'a key that comes twice with one value',
      `${T}\nk = Const string[3] ["a" "b" "a"]\nv = Const int64[3] [1 2 1]\ninit = InitializeTableV2(t, k, v)`,
      'string[2] ["a" "b"] → int64[2] [1 2]',
    ],
    [
      'from the asset that the loader feeds to a placeholder',
      `${T}\npath = Placeholder() {dtype: string}\ninit = InitializeTableFromTextFileV2(t, path) ${FILE}`,
      'string[2] ["one" "two"] → int64[2] [0 1]',
    ],
    [
      'from the asset whose path lies in a variable',
      `${T}
path = Placeholder() {dtype: string}
p = VarHandleOp() {dtype: string, shape: [], shared_name: "Variable"}
a = AssignVariableOp(p, path)
r = ReadVariableOp(p) {dtype: string} ^a
init = StatefulPartitionedCall(t, r) {Tin: [resource, string], Tout: [], f: @initializer} ^a
stateful fn initializer(h: resource, path: string) {
  i = InitializeTableFromTextFileV2(h, path) ${FILE}
  out ^i
}`,
      'string[2] ["one" "two"] → int64[2] [0 1]',
    ],
    [
      'a table that a function makes',
      `h = StatefulPartitionedCall() {Tin: [], Tout: [resource], f: @creator}
${PAIRS}
init = InitializeTableV2(h, k, v)
t = HashTableV2() {key_dtype: string, value_dtype: int64}
stateful fn creator() {
  t = HashTableV2() {key_dtype: string, value_dtype: int64}
  out t
}`,
      'string[2] ["a" "b"] → int64[2] [1 2]',
    ],
    [
      'a mutable table: the last value counts',
      `t = MutableHashTableV2() {key_dtype: string, value_dtype: int64}
${PAIRS}
k2 = Const string[2] ["b" "c"]
x = LookupTableImportV2(t, k, v)
init = LookupTableInsertV2(t, k2, v) ^x`,
      'string[3] ["a" "b" "c"] → int64[3] [1 1 2]',
    ],
  ] as const) {
    test(what, async () => {
      expect(await contents({ text })).toBe(expected)
    })
  }

  test('from a path of the machine that wrote the model, by the file’s name', async () => {
    const notes: string[] = []
    const text = `${T}\nf = Const string[] ["/home/me/vocab.txt"]\ninit = InitializeTableFromTextFileV2(t, f) ${FILE}`
    expect(await contents({ text, notes })).toBe('string[2] ["one" "two"] → int64[2] [0 1]')
    expect(notes).toEqual(['Table t: the asset vocab.txt stands for /home/me/vocab.txt.'])
  })
})

describe('from the checkpoint', () => {
  const saved = (prefix: string, ...keys: number[]) =>
    memoryCheckpoint({
      [`${prefix}-keys`]: { dtype: 'int64', shape: [keys.length], bytes: int64s(...keys) },
      [`${prefix}-values`]: { dtype: 'int64', shape: [keys.length], bytes: int64s(...keys.map(k => 10 * k)) },
    })

  test('what the restore op imports, without a dense table’s own keys', async () => {
    const text = `e = Const int64[] [-1]
d = Const int64[] [-2]
t = MutableDenseHashTableV2(e, d) {value_dtype: int64}
n = Const string[2] ["k-keys" "k-values"]
s = Const string[2] ["" ""]
f = Const string[] ["model"]
r = RestoreV2(f, n, s) {dtypes: [int64, int64]}
restore = LookupTableImportV2(t, r, r:1)`
    expect(await contents({ text, checkpoint: saved('k', -1, 5, 6) })).toBe('int64[2] [5 6] → int64[2] [50 60]')
  })

  test('what lies there for the object', async () => {
    const prefix = 't/.ATTRIBUTES/table'
    const nodes = [{}, { attributes: [{ name: 'table', checkpointKey: prefix }] }]
    const objects = messageOf(TrackableObjectGraph, { nodes })
    const checkpoint = { ...saved(prefix, 5), objects: async () => objects }
    const text = 't = MutableHashTableV2() {key_dtype: int64, value_dtype: int64}'
    const objectIds = new Map([['["table","","t"]', 1]])
    expect(await contents({ text, checkpoint, objectIds })).toBe('int64[1] [5] → int64[1] [50]')
  })
})

describe('errors', () => {
  const HINT = 'Save the model with the table initialised by its init op, or leave out what reads it with --outputs.'
  for (const [what, text, message] of [
    [
      'nothing fills it',
      T,
      `t: table: nothing fills it: no init op does, and the checkpoint does not have it. ${HINT}`,
    ],
    [
      'one key, two values',
      `${T}\nk = Const string[2] ["a" "a"]\nv = Const int64[2] [1 2]\ninit = InitializeTableV2(t, k, v)`,
      "t: table: the key 'a' has the value 1 and the value 2. TensorFlow refuses such a table too: give each key one value.",
    ],
    [
      'keys and values that do not pair',
      `${T}\nk = Const string[2] ["a" "b"]\nv = Const int64[3] [1 2 3]\ninit = InitializeTableV2(t, k, v)`,
      't: table: [2] keys and [3] values do not pair.',
    ],
    [
      'a computed vocabulary',
      `${T}\nf = Placeholder() {dtype: string}\ng = StringJoin(f, f)\ninit = InitializeTableFromTextFileV2(t, g) ${FILE}`,
      `t: table: the name of its vocabulary is what StringJoin computes when the model is loaded. ${HINT}`,
    ],
    [
      'a file of another machine',
      `${T}\nf = Const string[] ["/x/y.txt"]\ninit = InitializeTableFromTextFileV2(t, f) ${FILE}`,
      `t: table: it is filled from the file '/x/y.txt', which is not among the model's assets. ${HINT}`,
    ],
    [
      'computed values',
      `${T}\nk = Const string[1] ["a"]\np = Placeholder() {dtype: string}\nv = StringToNumber(p) {out_type: int64}\ninit = InitializeTableV2(t, k, v)`,
      `t: table: it is filled with what StringToNumber computes when the model is loaded. ${HINT}`,
    ],
    [
      'other types',
      `${T}\nk = Const string[1] ["a"]\nv = Const int32[1] [1]\ninit = InitializeTableV2(t, k, v)`,
      `t: table: it maps string → int64 and is filled with string → int32. ${HINT}`,
    ],
    ['no table', 't = NoOp()', 't: a NoOp is not a lookup table.'],
  ] as const) {
    test(what, async () => {
      await expect(contents({ text })).rejects.toThrow(expect.objectContaining({ message }))
    })
  }
})
