/** What is written as a bundle is read again as the same tensors. */
import { expect, test } from 'vitest'
import { collectBytes } from '../../src/bytes/join.ts'
import { fromBytes } from '../../src/bytes/source.ts'
import { openTable } from '../../src/formats/sstable/table.ts'
import { tableBytes } from '../../src/formats/sstable/write.ts'
import { openBundle } from '../../src/formats/tensor-bundle/bundle.ts'
import { writtenBundle } from '../../src/formats/tensor-bundle/write.ts'
import { fromValues, range } from '../../src/tensor/make.ts'
import { readTensor } from '../../src/tensor/read.ts'
import type { Tensor } from '../../src/tensor/tensor.ts'

const utf8 = (text: string) => new TextEncoder().encode(text)

test('a table of many blocks, whose keys share their beginnings', async () => {
  const entries = Array.from({ length: 5000 }, (_, i) => ({
    key: utf8(`layer/${String(i).padStart(5, '0')}/kernel`),
    value: new Uint8Array(200).fill(i % 256),
  }))
  const bytes = tableBytes(entries)
  const table = await openTable(fromBytes(bytes, 'index'))
  let count = 0
  for await (const { key, value } of table.entries()) {
    const entry = entries[count]!
    if (Buffer.compare(key, entry.key) === 0 && Buffer.compare(value, entry.value) === 0) count++
  }
  expect(count).toBe(5000)
  expect(await table.get(entries[4321]!.key)).toEqual(entries[4321]!.value)
  expect(bytes.length).toBeLessThan(5000 * (200 + 15)) // without the beginnings: 18 bytes a key
})

test('keys that do not rise are a fault of the caller', () => {
  const value = new Uint8Array(1)
  expect(() =>
    tableBytes([
      { key: utf8('b'), value },
      { key: utf8('a'), value },
    ]),
  ).toThrow('keys of a table are sorted')
})

test('tensors of several types, in the order of their keys', async () => {
  const source = fromBytes(
    Uint8Array.from({ length: 64 }, (_, i) => i),
    'weights',
  )
  const tensors = new Map<string, Tensor>([
    ['z', fromValues('int64', [2], [1n, -(2n ** 40n)])],
    ['a/kernel', range('float32', [2, 3], source, 8)],
    ['é', fromValues('bool', [3], [true, false, true])],
    ['a', fromValues('bfloat16', [], [1.5])],
  ])
  const { data, index } = writtenBundle(tensors)
  await expect(collectBytes(index.chunks())).rejects.toThrow('the data of a bundle is written before its index')
  const content = await collectBytes(data.chunks())
  expect(content.length).toBe(data.size)
  const bundle = await openBundle(
    fromBytes(await collectBytes(index.chunks()), 'variables.index'),
    async name => (name === 'variables.data-00000-of-00001' ? fromBytes(content, name) : undefined),
    'variables',
  )
  expect(bundle.keys()).toEqual(['a', 'a/kernel', 'z', 'é'])
  for (const [key, tensor] of tensors) {
    const read = await bundle.tensor(key)
    expect([read.dtype, read.shape]).toEqual([tensor.dtype, tensor.shape])
    expect(await readTensor(read), key).toEqual(await readTensor(tensor)) // and the checksum is right
  }
})
