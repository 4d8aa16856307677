/** Archives open as what they hold. */
import { readFileSync } from 'node:fs'
import { BlobReader, BlobWriter, ZipWriter } from '@zip.js/zip.js'
import { describe, expect, it } from 'vitest'
import { fromBytes } from '../../src/bytes/source.ts'
import { graphdefChunks } from '../../src/export/index.ts'
import { freeze } from '../../src/freeze/index.ts'
import { open } from '../../src/models/index.ts'
import { diskFolder } from './disk.ts'

const DIGITS = 'fixtures/digits'
const MODEL = ['saved_model.pb', 'variables/variables.index', 'variables/variables.data-00000-of-00001']

/** A zip of these files, by their paths in it. */
async function zip(files: Readonly<Record<string, Uint8Array>>, name = 'model.zip') {
  const writer = new ZipWriter(new BlobWriter(), { useWebWorkers: false })
  for (const [path, bytes] of Object.entries(files))
    await writer.add(path, new BlobReader(new Blob([new Uint8Array(bytes)])))
  return fromBytes(new Uint8Array(await (await writer.close()).arrayBuffer()), name)
}

const digits = (prefix: string) =>
  Object.fromEntries(MODEL.map(path => [prefix + path, readFileSync(`${DIGITS}/${path}`)]))

async function frozen(input: Parameters<typeof open>[0]): Promise<Uint8Array> {
  const pieces: Uint8Array[] = []
  const { graph } = await freeze(await open(input))
  for await (const piece of (await graphdefChunks(graph)).chunks) pieces.push(new Uint8Array(piece))
  return Buffer.concat(pieces)
}

describe('a zip', () => {
  for (const prefix of ['', 'digits/', 'a/b/digits/']) {
    it(`of a SavedModel in '${prefix}' freezes to the bytes of the folder`, async () => {
      const archive = await zip(digits(prefix))
      expect((await frozen(archive)).length).toBe((await frozen(diskFolder(DIGITS))).length)
      expect(await frozen(archive)).toEqual(await frozen(diskFolder(DIGITS)))
    })
  }

  it('of one file opens that file', async () => {
    const model = await open(await zip({ 'nested.h5': readFileSync('fixtures/keras/nested.k3.h5') }))
    expect(model.kind).toBe('keras_h5')
  })

  it('of a SavedModel without its weights says what is missing', async () => {
    const archive = await zip({ 'saved_model.pb': readFileSync(`${DIGITS}/saved_model.pb`) })
    await expect(frozen(archive)).rejects.toThrow(/its value lies in variables\/variables.index, which is not there/)
  })

  it('of anything else is refused', async () => {
    await expect(open(await zip({ 'a.txt': Buffer.from('a'), 'b.txt': Buffer.from('b') }))).rejects.toThrow(
      'model.zip: the folder does not hold a model, only a.txt, b.txt.',
    )
  })
})
