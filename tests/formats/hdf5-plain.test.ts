import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { type ByteSource, fromBytes } from '../../src/bytes/source.ts'
import type { Hdf5File } from '../../src/formats/hdf5/interface.ts'
import { openByLibrary } from '../../src/formats/hdf5/library-file.ts'
import { openPlainHdf5 } from '../../src/formats/hdf5/plain/file.ts'

const fixtures = new URL('../../fixtures/', import.meta.url)
const bytesOf = (name: string): Uint8Array<ArrayBuffer> => new Uint8Array(readFileSync(new URL(name, fixtures)))
/** Files of `libver='latest'`. */
const NEWER = ['hdf5/latest.h5', 'keras/k1_lstm.h5']
const KERAS = readdirSync(new URL('keras', fixtures), { recursive: true, encoding: 'utf8' })
  .map(name => `keras/${name.replaceAll('\\', '/')}`)
  .filter(name => name.endsWith('.h5') && !NEWER.includes(name))
const ATTRIBUTES = 'keras_version backend model_config training_config layer_names weight_names name vars'.split(' ')

/** All that a file says, path by path. */
async function contents(file: Hdf5File, path = '/'): Promise<unknown[]> {
  const attributes = ATTRIBUTES.map(name => file.attribute(path, name))
  if (file.kind(path) === 'dataset') {
    const { source, ...dataset } = file.dataset(path)
    return [{ path, attributes, dataset, bytes: [...(await source.read(0, source.size))] }]
  }
  const members = file.names(path)
  const inner = await Promise.all(members.map(name => contents(file, path === '/' ? `/${name}` : `${path}/${name}`)))
  return [{ path, attributes, members }, ...inner.flat()]
}

/** A source that can only be read by promise, and counts its reads. */
function remote(bytes: Uint8Array<ArrayBuffer>): ByteSource & { reads: number } {
  const source = fromBytes(bytes, 'file.h5')
  return {
    name: source.name,
    size: source.size,
    reads: 0,
    async read(offset, length) {
      this.reads++
      return source.read(offset, length)
    },
  }
}

describe('a file of h5py', () => {
  test.each(KERAS)('%s is read as the library reads it', async name => {
    const source = fromBytes(bytesOf(name), 'file.h5')
    const plain = await openPlainHdf5(source)
    expect(plain).toBeDefined()
    expect(await contents(plain!)).toEqual(await contents(await openByLibrary(source)))
  })

  test('is read by promise, in few reads', async () => {
    const source = remote(bytesOf('keras/nested.k3.h5'))
    const file = await openPlainHdf5(source)
    expect(file?.kind('/model_weights')).toBe('group')
    expect(source.reads).toBeLessThanOrEqual(Math.ceil(source.size / (1 << 16)) + 2)
  })

  test('has nothing at other paths', async () => {
    const file = (await openPlainHdf5(fromBytes(bytesOf('keras/nested.k3.h5'), 'file.h5')))!
    expect([file.kind('nowhere'), file.kind('/model_weights/nowhere')]).toEqual([undefined, undefined])
    expect(file.attribute('/', 'nothing')).toBeUndefined()
    expect(() => file.names('nowhere')).toThrow('there is no group at this path')
    expect(() => file.dataset('model_weights')).toThrow('there is no dataset at this path')
  })
})

describe('left to the library', () => {
  test.each(['hdf5/kinds.h5', ...NEWER])('%s', async name => {
    expect(await openPlainHdf5(fromBytes(bytesOf(name)))).toBeUndefined()
  })

  test('a file that is cut short anywhere', async () => {
    const bytes = bytesOf('keras/pair.tfk.weights_only.h5')
    for (let length = 0; length < bytes.length; length += 97)
      expect(await openPlainHdf5(fromBytes(bytes.subarray(0, length)))).toBeUndefined()
  })

  test('a group that is in itself', async () => {
    const bytes = bytesOf('keras/pair.tfk.weights_only.h5')
    const view = new DataView(bytes.buffer)
    const root = view.getBigUint64(64, true) // of the superblock: the header of the root
    const table = Buffer.from(bytes.buffer).indexOf('SNOD')
    view.setBigUint64(table + 16, root, true) // the object of the first link
    expect(await openPlainHdf5(fromBytes(bytes))).toBeUndefined()
  })

  test('what one damaged byte makes unknown; the rest is read or refused, and never throws anything else', async () => {
    const bytes = bytesOf('keras/pair.tfk.weights_only.h5')
    let read = 0
    for (let at = 0; at < Math.min(bytes.length, 6000); at += 3) {
      const damaged = bytes.slice()
      damaged[at] = damaged[at]! ^ 0xff
      const file = await openPlainHdf5(fromBytes(damaged, 'file.h5'))
      if (file) await contents(file).then(() => read++)
    }
    expect(read).toBeGreaterThan(0)
  })
})
