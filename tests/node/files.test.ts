/** Files in, files out. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { CHUNK_BYTES, isFolder } from '../../src/bytes/source.ts'
import { Digest } from '../../src/node/digest.ts'
import { openFile, openFolder, openInput } from '../../src/node/file-source.ts'
import { giveBack } from '../../src/node/piece-memory.ts'
import { writeFile, writeFiles, writeFolder } from '../../src/node/write-file.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tfreeze-'))
})
afterEach(() => rmSync(folder, { recursive: true }))
const at = (name: string): string => join(folder, name)

async function* bytes(...pieces: string[]): AsyncGenerator<Uint8Array> {
  for (const piece of pieces) {
    if (piece === 'fail') throw new Error('the weights are broken')
    yield Buffer.from(piece)
  }
}

describe('a file as a source', () => {
  it('reads ranges, at once and later', async () => {
    writeFileSync(at('a.bin'), 'abcdef')
    const source = openFile(at('a.bin'))
    expect([source.name, source.size]).toEqual(['a.bin', 6])
    expect(Buffer.from(await source.read(2, 3)).toString()).toBe('cde')
    expect(Buffer.from(source.readSync!(0, 6)).toString()).toBe('abcdef')
    expect((await source.read(6, 0)).length).toBe(0)
    const both = await Promise.all([source.read(0, 2), source.read(4, 2)])
    expect(both.map(b => Buffer.from(b).toString())).toEqual(['ab', 'ef'])
  })
  it('refuses ranges past the end', async () => {
    writeFileSync(at('a.bin'), 'abcdef')
    const message =
      'a.bin 0x4: 3 bytes are needed here, and the file ends at 6. The file is cut short or was not copied whole: copy it again.'
    await expect(openFile(at('a.bin')).read(4, 3)).rejects.toThrow(message)
    expect(() => openFile(at('a.bin')).readSync!(4, 3)).toThrow(message)
  })
  for (const size of [CHUNK_BYTES, CHUNK_BYTES * 0.75, CHUNK_BYTES / 4]) {
    it(`hands out ${size} bytes of memory that nobody writes to while it is held`, async () => {
      writeFileSync(at('a.bin'), Buffer.concat([1, 2, 3, 4].map(byte => Buffer.alloc(size, byte))))
      const source = openFile(at('a.bin'))
      const held = await source.read(0, size)
      const given: Uint8Array[] = []
      async function* pieces(): AsyncGenerator<Uint8Array> {
        for (const offset of [1, 2, 3, 0, 2]) yield source.read(offset * size, size)
      }
      await writeFile(at('b.bin'), pieces(), bytes => {
        given.push(bytes)
        giveBack(bytes)
      })
      const next = await source.read(3 * size, size)
      expect([0, 1, 2, 3, 4].map(i => readFileSync(at('b.bin'))[i * size + 9])).toEqual([2, 3, 4, 1, 3])
      expect(held.every(byte => byte === 1)).toBe(true)
      expect(given.some(bytes => bytes.buffer === next.buffer)).toBe(size >= CHUNK_BYTES / 2)
    })
  }
  it('does not use memory again that nobody gave back', async () => {
    writeFileSync(at('a.bin'), Buffer.concat([1, 2].map(byte => Buffer.alloc(CHUNK_BYTES, byte))))
    const source = openFile(at('a.bin'))
    const held = await source.read(0, CHUNK_BYTES)
    async function* piece(): AsyncGenerator<Uint8Array> {
      yield held
    }
    await writeFile(at('b.bin'), piece())
    await source.read(CHUNK_BYTES, CHUNK_BYTES)
    expect(held.every(byte => byte === 1)).toBe(true)
  })
  it('tells a file that shrinks', async () => {
    writeFileSync(at('a.bin'), 'abcdef')
    const source = openFile(at('a.bin'))
    writeFileSync(at('a.bin'), 'abc')
    await expect(source.read(0, 6)).rejects.toThrow('a.bin 0x3: the file became shorter than the 6 bytes that it had.')
    expect(() => source.readSync!(0, 6)).toThrow('a.bin 0x3: the file became shorter')
  })
  it('tells what is not there', () => {
    expect(() => openFile(at('none'))).toThrow(`${at('none')}: there is no such file or folder. Check the path.`)
    expect(() => openInput(at('none'))).toThrow(`${at('none')}: there is no such file or folder. Check the path.`)
    writeFileSync(at('a'), '')
    expect(() => openFolder(at('a'))).toThrow(`${at('a')}: this is a file, and a folder was expected.`)
  })
})

describe('a folder', () => {
  it('lists and opens files', async () => {
    mkdirSync(at('m/variables'), { recursive: true })
    writeFileSync(at('m/saved_model.pb'), 'x')
    writeFileSync(at('m/variables/variables.index'), 'yy')
    symlinkSync(at('m'), at('m/variables/loop'))
    const model = openInput(at('m'))
    if (!isFolder(model)) throw new Error('a folder was expected')
    expect(model.name).toBe('m')
    expect(await model.paths()).toEqual(['saved_model.pb', 'variables/variables.index'])
    expect((await model.file('variables/variables.index'))?.size).toBe(2)
    expect(await model.file('variables')).toBeUndefined()
    expect(await model.file('none')).toBeUndefined()
  })
})

describe('writing a file', () => {
  it('gives bytes and checksum', async () => {
    expect(await writeFile(at('out.pb'), bytes('ab', 'cd'))).toBe(4)
    expect(readFileSync(at('out.pb'), 'utf8')).toBe('abcd')
    expect(readdirSync(folder)).toEqual(['out.pb'])
  })
  it('puts pieces of any size one after another', async () => {
    const pieces = [1, 131_071, 131_072, 131_073, 300_000, 0, 7].map((size, i) => new Uint8Array(size).fill(i + 1))
    async function* all(): AsyncGenerator<Uint8Array> {
      yield* pieces
    }
    await writeFile(at('out.pb'), all())
    expect(readFileSync(at('out.pb')).equals(Buffer.concat(pieces))).toBe(true)
  })
  it('leaves what was there when it fails', async () => {
    writeFileSync(at('out.pb'), 'old')
    await expect(writeFile(at('out.pb'), bytes('ab', 'fail'))).rejects.toThrow('the weights are broken')
    expect(readFileSync(at('out.pb'), 'utf8')).toBe('old')
    expect(readdirSync(folder)).toEqual(['out.pb'])
  })
  it('leaves nothing where nothing was', async () => {
    await expect(writeFile(at('out.pb'), bytes('fail'))).rejects.toThrow('the weights are broken')
    expect(readdirSync(folder)).toEqual([])
  })
  it('writes through a link, and into what is no file', async () => {
    writeFileSync(at('real.pb'), 'old')
    symlinkSync(at('real.pb'), at('link.pb'))
    await writeFile(at('link.pb'), bytes('new'))
    expect(readFileSync(at('real.pb'), 'utf8')).toBe('new')
    expect(await writeFile('/dev/null', bytes('abc'))).toBe(3)
    expect(readFileSync('/dev/null', 'utf8')).toBe('')
  })
  it('makes folders that are not there, and tells a file or a folder that is in the way', async () => {
    await writeFile(at('new/folder/out.pb'), bytes('a'))
    expect(readFileSync(at('new/folder/out.pb'), 'utf8')).toBe('a')
    await expect(writeFile(at('new/folder/out.pb/x.pb'), bytes('a'))).rejects.toThrow(
      `x.pb: there is no folder '${at('new/folder/out.pb')}' to write to. A file is where the path has a folder: name another.`,
    )
    await expect(writeFile(folder, bytes('a'))).rejects.toThrow(
      `${folder}: a folder with this name is there, and the graph would be a file. Name a file, for example ${join(folder, 'frozen.pb')}.`,
    )
  })
})

describe('writing a folder', () => {
  const files = (...pieces: string[]) => [{ path: 'saved_model.pb', chunks: bytes(...pieces) }]
  it('makes it, and writes it again', async () => {
    expect(await writeFolder(at('m'), files('ab'))).toBe(2)
    await writeFolder(at('m'), files('cd'))
    expect(readFileSync(at('m/saved_model.pb'), 'utf8')).toBe('cd')
    expect(readdirSync(at('m'))).toEqual(['saved_model.pb'])
  })
  it('leaves nothing when it fails', async () => {
    await expect(writeFolder(at('m'), files('a', 'fail'))).rejects.toThrow('the weights are broken')
    expect(readdirSync(folder)).toEqual([])
  })
  it('does not mix with what is there', async () => {
    mkdirSync(at('m/variables'), { recursive: true })
    await expect(writeFolder(at('m'), files('a'))).rejects.toThrow(
      `${at('m')}: the folder already holds 'variables', which is not part of the output. Name a new or empty folder.`,
    )
    expect(readdirSync(at('m'))).toEqual(['variables'])
  })
})

describe('writing files beside each other', () => {
  const files = (...pieces: string[]) => [
    { path: '', chunks: bytes('graph') },
    { path: '.data', chunks: bytes(...pieces) },
  ]
  it('puts both in their places, or neither', async () => {
    writeFileSync(at('m.onnx'), 'old')
    await expect(writeFiles(at('m.onnx'), files('a', 'fail'))).rejects.toThrow('the weights are broken')
    expect(readdirSync(folder)).toEqual(['m.onnx'])
    expect(readFileSync(at('m.onnx'), 'utf8')).toBe('old')
    expect(await writeFiles(at('m.onnx'), files('ab'))).toBe(7)
    expect(readdirSync(folder)).toEqual(['m.onnx', 'm.onnx.data'])
  })
  it('refuses a stream', async () => {
    await expect(writeFiles('-', files('a'))).rejects.toThrow(
      '-: this output has 2 files, and a stream can take one. Name a file.',
    )
  })
  it('makes the folders that paths in a folder name, and takes them away again', async () => {
    const inner = (...pieces: string[]) => [
      { path: 'a/b/c', chunks: bytes('x') },
      { path: 'd', chunks: bytes(...pieces) },
    ]
    await expect(writeFiles(`${at('m')}/`, inner('a', 'fail'))).rejects.toThrow('the weights are broken')
    expect(readdirSync(folder)).toEqual([])
    await writeFiles(`${at('m')}/`, inner('y'))
    expect(readFileSync(at('m/a/b/c'), 'utf8')).toBe('x')
  })
})

it('hashes what passes through', async () => {
  const digest = new Digest()
  expect(await writeFile(at('out.pb'), digest.through(bytes('ab', 'c')))).toBe(3)
  // the example of FIPS 180-4
  expect(digest.hex()).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
})
