/** The parts of a batch: names, patterns, shards, the line of progress. */
import { expect, test } from 'vitest'
import { progressText } from '../../src/cli/batch/progress.ts'
import { expression, glob } from '../../src/node/batch/glob.ts'
import { filled, partsOf } from '../../src/node/batch/pattern.ts'
import { shardOf, shareOf } from '../../src/node/batch/shard.ts'

test.each([
  ['a/b.h5', undefined, { path: 'a/b', name: 'b', version: '1' }],
  ['/abs/../m.keras', undefined, { path: 'abs/m', name: 'm', version: '1' }],
  ['serving/dog/12', '12', { path: 'serving/dog/12', name: 'dog', version: '12' }],
])('the parts of %s', (relative, version, parts) => {
  expect(partsOf(relative, version)).toMatchObject(parts)
})

test('a pattern has no other parts', () => {
  expect(() => filled('{stem}.pb', partsOf('a.h5'))).toThrow("--name: '{stem}' is not a part of a model's name")
})

test.each([
  ['*.h5', 'a.h5', true],
  ['*.h5', 'a.h5x', false],
  ['m?[0-3].{pb,keras}', 'mx2.keras', true],
  ['m?[!0-3].{pb,keras}', 'mx2.keras', false],
])('%s and %s', (pattern, name, fits) => expect(expression(pattern).test(name)).toBe(fits))

test('folders of any depth', () => {
  expect(glob('fixtures/**/saved_model.pb')).toContain('fixtures/digits/saved_model.pb')
  expect(glob('nowhere/*')).toEqual([])
})

test.each([
  ['3/8', {}, { index: 3, count: 8 }],
  ['8/8', {}, { index: 0, count: 8 }],
  ['/8', { JOB_COMPLETION_INDEX: '5' }, { index: 5, count: 8 }],
  [undefined, {}, undefined],
  [
    undefined,
    { SLURM_ARRAY_TASK_ID: '5', SLURM_ARRAY_TASK_COUNT: '4', SLURM_ARRAY_TASK_MIN: '1', SLURM_ARRAY_TASK_STEP: '2' },
    { index: 2, count: 4 },
  ],
  [undefined, { AWS_BATCH_JOB_ARRAY_INDEX: '1', AWS_BATCH_JOB_ARRAY_SIZE: '2' }, { index: 1, count: 2 }],
])('the shard %s of %o', (text, environment, shard) => expect(shardOf(text, environment)).toEqual(shard))

test.each([
  ['9/8', {}, 'there is no task 9 of 8'],
  ['a', {}, "'a' is not a shard"],
  ['/8', {}, 'no scheduler says which task this is'],
  [undefined, { JOB_COMPLETION_INDEX: '1' }, 'nothing says how many tasks there are'],
])('the shard %s of %o is refused', (text, environment, why) => {
  expect(() => shardOf(text, environment)).toThrow(why)
})

test('shards are all models, each once', () => {
  const all = [...Array(10).keys()]
  const shares = [0, 1, 2].flatMap(index => shareOf(all, { index, count: 3 }))
  expect([...shares].sort((a, b) => a - b)).toEqual(all)
})

test('progress', () => expect(progressText(20, 100, 1, 10_000)).toBe('20 of 100, 2.0 a second, 40 s left, 1 failed'))
