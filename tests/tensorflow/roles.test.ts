import { expect, test } from 'vitest'
import { opTable, plainNames } from '../../src/tensorflow/op-table.ts'
import { opDef, opNames } from '../../src/tensorflow/ops.ts'
import { ROLES, roleOf } from '../../src/tensorflow/roles.ts'

test('every stateful op of the registry has a role', () => {
  const stateful = opNames().filter(op => opDef(op)!.isStateful)
  expect(stateful.length).toBeGreaterThan(500)
  expect(stateful.filter(op => roleOf(op) === undefined)).toEqual([])
})

test('every op that a row names is in the registry, and in no other row', () => {
  const names = ROLES.flatMap(([ops]) => plainNames(ops))
  expect(names.filter(name => opDef(name) === undefined)).toEqual([])
  expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([])
})
test('every wildcard is for some op', () => {
  const wildcards = ROLES.flatMap(([ops]) => ops.split(/\s+/).filter(name => name.includes('*')))
  const isUsed = (wildcard: string): boolean => opNames().some(op => opTable([[wildcard, true]])(op))
  expect(wildcards.filter(wildcard => !isUsed(wildcard))).toEqual([])
})

test('the inputs and bodies that a role names are those of the op', () => {
  for (const op of opNames()) {
    const role = roleOf(op)
    const attrs = new Set(
      opDef(op)!
        .attrs.filter(attr => attr.type.includes('func'))
        .map(attr => attr.name),
    )
    if (role?.kind === 'call') expect([...attrs]).toEqual([role.body])
    if (role?.kind === 'branch' || role?.kind === 'loop') expect([...attrs].sort()).toEqual([...role.bodies].sort())
  }
})

/** What the lists of ops that this table replaced said differently from each other, or wrongly. */
for (const [op, expected] of [
  ['ResourceCountUpTo', { kind: 'writes', how: 'update', does: 'counts up' }],
  ['ScatterNdNonAliasingAdd', undefined],
  ['ScatterNd', undefined],
  ['InitializeTableFromDataset', { kind: 'fills', from: 'dataset', adds: false }],
  ['LookupTableInsert', { kind: 'fills', from: 'pairs', adds: true }],
  ['TPUPartitionedCall', { kind: 'call', body: 'f', extra: 1 }],
  ['StatefulTruncatedNormal', { kind: 'generator' }],
  ['NonDeterministicInts', { kind: 'random', isSeeded: false, isUnit: false }],
  ['StatelessRandomNormalV2', { kind: 'random', isSeeded: true, isUnit: false }],
  ['RandomShuffleQueueV2', { kind: 'queue' }],
  ['RandomDatasetV2', { kind: 'dataset' }],
  ['XlaOptimizationBarrier', undefined],
  ['BoostedTreesMakeStatsSummary', { kind: 'harmless' }],
  ['MyOwnDataset', undefined],
] as const) {
  test(`${op} is ${expected ? `of the role ${expected.kind}` : 'a computation'}`, () => {
    expect(roleOf(op)).toEqual(expected)
  })
}
