/** Models that lie elsewhere: read by ranges, in spite of faults, and written so that they are whole or not there. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { openRemote, type StoreOptions, upload } from '../../src/api/remote.ts'
import { collectBytes } from '../../src/bytes/join.ts'
import type { ByteSource } from '../../src/bytes/source.ts'
import { isFolder } from '../../src/bytes/source.ts'
import { graphdefChunks } from '../../src/export/index.ts'
import { freeze } from '../../src/freeze/index.ts'
import { open } from '../../src/models/index.ts'
import { openInput } from '../../src/node/index.ts'
import { storeOptions } from '../../src/node/remote.ts'
import { KEYS, type StoreServer, storeServer } from './store-server.ts'

let server: StoreServer
const options = (more: Partial<StoreOptions> = {}): StoreOptions => ({
  endpoint: server.endpoint,
  credentials: KEYS,
  ...more,
})
const pattern = (size: number): Uint8Array => new Uint8Array(size).map((_, i) => (i * 7 + (i >> 8)) % 251)

beforeAll(async () => {
  server = await storeServer()
})
afterAll(() => server.close())
beforeEach(() => {
  server.reset()
  const root = 'fixtures/digits'
  for (const path of readdirSync(root, { recursive: true, encoding: 'utf8' }))
    if (path.includes('.'))
      server.objects.set(`models/a b/digits/${path}`, new Uint8Array(readFileSync(join(root, path))))
})

async function file(address: string, more: Partial<StoreOptions> = {}): Promise<ByteSource> {
  const { input } = await openRemote(address, options(more))
  if (isFolder(input)) throw new Error('a folder')
  return input
}

const frozenBytes = async (input: Parameters<typeof open>[0], siblings?: Parameters<typeof open>[1]) =>
  collectBytes((await graphdefChunks((await freeze(await open(input, siblings))).graph)).chunks)

describe('read', () => {
  test('a SavedModel gives the same bytes as from the disk, by its folder and by its file', async () => {
    const want = await frozenBytes(openInput('fixtures/digits'))
    for (const address of [
      's3://models/a b/digits/',
      's3://models/a b/digits',
      's3://models/a b/digits/saved_model.pb',
    ]) {
      const { input, siblings } = await openRemote(address, options())
      expect(await frozenBytes(input, siblings && { siblings }), address).toEqual(want)
    }
  })

  test('a large file by the parts that are needed, more at once where they follow each other', async () => {
    const content = pattern(1_000_000)
    server.objects.set('models/large', content)
    const source = await file('s3://models/large')
    expect(source).toMatchObject({ name: 'large', size: 1_000_000 })
    expect(await source.read(999_000, 1000)).toEqual(content.subarray(999_000))
    expect(server.requests.length).toBe(2)
    for (let at = 0; at < 900_000; at += 1000) {
      expect(Buffer.compare(await source.read(at, 1000), content.subarray(at, at + 1000))).toBe(0)
    }
    expect(server.requests.length).toBeLessThan(10)
    const both = await Promise.all([source.read(0, 10), source.read(950_000, 10)])
    expect(both).toEqual([content.subarray(0, 10), content.subarray(950_000, 950_010)])
  })

  test('an empty file', async () => {
    server.objects.set('models/empty', new Uint8Array(0))
    expect((await file('s3://models/empty')).size).toBe(0)
  })

  test('a file whose length a browser hides in the answer', async () => {
    server.objects.set('models/large', pattern(100_000))
    const hiding: typeof fetch = async (request, init) => {
      const answer = await fetch(request, init)
      const headers = new Headers(answer.headers)
      headers.delete('content-range')
      return new Response(answer.status === 206 ? await answer.arrayBuffer() : null, { status: answer.status, headers })
    }
    expect((await file('s3://models/large', { fetch: hiding })).size).toBe(100_000)
  })

  test('of a web server, without signatures, by the files that a model names', async () => {
    const open_ = await storeServer(null)
    for (const [path, bytes] of server.objects) open_.objects.set(path, bytes)
    const { input, siblings } = await openRemote(`${open_.endpoint}/models/a b/digits/saved_model.pb?version=1`)
    expect(await frozenBytes(input, siblings && { siblings })).toEqual(await frozenBytes(openInput('fixtures/digits')))
    const folder = await openRemote(`${open_.endpoint}/models/a b/digits/`)
    expect(await frozenBytes(folder.input)).toEqual(await frozenBytes(openInput('fixtures/digits')))
    await open_.close()
  })
})

describe('faults', () => {
  const content = pattern(300_000)
  beforeEach(() => server.objects.set('models/large', content))

  for (const fault of ['500', 'cut', 'slow'] as const)
    test(`${fault}: it is asked for again`, async () => {
      const source = await file('s3://models/large', { timeout: fault === 'slow' ? 300 : 10_000 })
      server.fault = (method, _, count) => (method === 'GET' && count <= 2 ? fault : 'none')
      expect(Buffer.compare(await source.read(100_000, 100_000), content.subarray(100_000, 200_000))).toBe(0)
      expect(server.requests.length).toBe(4)
    })

  test('a server that always fails', async () => {
    const source = await file('s3://models/large', { retries: 1 })
    server.fault = () => '500'
    await expect(source.read(100_000, 10)).rejects.toThrow(
      '/models/large: the server answered 500 InternalError. Try again',
    )
    server.fault = () => 'cut'
    await expect(source.read(200_000, 10)).rejects.toThrow('the server did not answer (')
  })

  test('403', async () => {
    server.fault = () => '403'
    await expect(file('s3://models/large')).rejects.toThrow('it may not be read or written (403 AccessDenied).')
  })
  test('wrong keys', async () => {
    const credentials = { ...KEYS, secretAccessKey: 'another' }
    await expect(file('s3://models/large', { credentials })).rejects.toThrow('(403 SignatureDoesNotMatch)')
  })
  test('a file that changes while it is read', async () => {
    const source = await file('s3://models/large')
    server.objects.set('models/large', pattern(300_001))
    await expect(source.read(200_000, 10)).rejects.toThrow('/models/large: the file changed while it was read.')
  })
  test('nothing there', async () => {
    await expect(file('s3://models/none')).rejects.toThrow('s3://models/none: there is no such file or folder.')
    await expect(file('s3:///none')).rejects.toThrow('the address names no bucket. Write it as s3://bucket/path.')
  })
  test('no server', async () => {
    const gone = await storeServer()
    await gone.close()
    await expect(file('s3://models/x', { endpoint: gone.endpoint, retries: 0 })).rejects.toThrow(
      `${gone.endpoint}/models/x: the server did not answer (ECONNREFUSED), asked once.`,
    )
  })
})

describe('written', () => {
  const chunksOf = async function* (...parts: Uint8Array[]) {
    yield* parts
  }
  const output = (path: string, ...parts: Uint8Array[]) => ({ path, chunks: chunksOf(...parts) })
  const there = () => [...server.objects.keys()].filter(path => path.startsWith('out/'))

  test('a small file, and a large one in parts', async () => {
    const large = pattern(9_000_000)
    expect(await upload('s3://out/m.pb', [output('', pattern(10))], options())).toBe(10)
    await upload('s3://out/m/', [output('a', large, large.subarray(0, 100)), output('v/b', pattern(5))], options())
    expect(there().sort()).toEqual(['out/m.pb', 'out/m/a', 'out/m/v/b'])
    const whole = Buffer.concat([large, large.subarray(0, 100)])
    expect(Buffer.compare(server.objects.get('out/m/a')!, whole)).toBe(0)
  })

  test('nothing is there where one of several files fails', async () => {
    async function* failing() {
      yield pattern(9_000_000)
      throw new Error('the model cannot be read')
    }
    const files = [output('a', pattern(9_000_000)), { path: 'b', chunks: failing() }]
    await expect(upload('s3://out/m/', files, options())).rejects.toThrow('the model cannot be read')
    expect(there()).toEqual([])
    expect(server.requests.filter(line => line.startsWith('DELETE')).length).toBe(2)
  })

  test('faults are tried again', async () => {
    server.fault = (_, __, count) => (count === 1 ? '500' : 'none')
    await upload('s3://out/m.pb', [output('', pattern(9_000_000))], options())
    expect(server.objects.get('out/m.pb')?.length).toBe(9_000_000)
  })

  test('not to a web server', async () => {
    await expect(upload('https://example.com/m.pb', [output('', pattern(1))])).rejects.toThrow(
      'https://example.com/m.pb: files are not written to web servers.',
    )
  })
})

describe('what the surroundings say', () => {
  const none = { AWS_CONFIG_FILE: '/none', AWS_SHARED_CREDENTIALS_FILE: '/none' }
  test.each([
    ['s3://b/k', none, {}],
    [
      's3://b/k',
      { ...none, AWS_ENDPOINT_URL: 'http://a', AWS_ENDPOINT_URL_S3: 'http://b', AWS_REGION: 'eu-central-1' },
      { endpoint: 'http://b', region: 'eu-central-1' },
    ],
    [
      's3://b/k',
      { ...none, AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b', AWS_SESSION_TOKEN: 'c' },
      { credentials: { accessKeyId: 'a', secretAccessKey: 'b', sessionToken: 'c' } },
    ],
    ['gs://b/k', { STORAGE_EMULATOR_HOST: 'localhost:1' }, { endpoint: 'http://localhost:1' }],
    ['gs://b/k', { GOOGLE_OAUTH_ACCESS_TOKEN: 't' }, { credentials: { token: 't' } }],
    ['https://b/k', { AWS_ENDPOINT_URL: 'http://a' }, {}],
  ])('%s with %o', (address, environment, expected) => {
    expect(storeOptions(address, environment)).toEqual(expected)
  })
})
