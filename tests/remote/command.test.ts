/** The command on addresses: one model, and many, from a store and to it. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import type { ByteSource } from '../../src/bytes/source.ts'
import { openHdf5 } from '../../src/formats/hdf5/file.ts'
import { MAX_WHOLE_FILE_BYTES } from '../../src/limits.ts'
import type { Line } from '../../src/node/batch/line.ts'
import { openAddress } from '../../src/node/remote.ts'
import { printed, tfreeze } from '../cli/run.ts'
import { KEYS, type StoreServer, storeServer } from './store-server.ts'

let server: StoreServer
let local = ''

beforeAll(async () => {
  server = await storeServer()
  local = mkdtempSync(join(tmpdir(), 'tfreeze-'))
  vi.stubEnv('AWS_ENDPOINT_URL_S3', server.endpoint)
  vi.stubEnv('AWS_ACCESS_KEY_ID', KEYS.accessKeyId)
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', KEYS.secretAccessKey)
  vi.stubEnv('AWS_CONFIG_FILE', '/none')
  vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', '/none')
})
afterAll(async () => {
  vi.unstubAllEnvs()
  rmSync(local, { recursive: true, force: true })
  await server.close()
})

const put = (key: string, path: string) => server.objects.set(`in/${key}`, new Uint8Array(readFileSync(path)))
beforeEach(() => {
  server.reset()
  const root = 'fixtures/digits'
  for (const path of readdirSync(root, { recursive: true, encoding: 'utf8' }))
    if (path.includes('.')) for (const version of [1, 10]) put(`digits/${version}/${path}`, join(root, path))
  put('deep/lstm.h5', 'fixtures/keras/k1_lstm.h5')
  put('README.md', 'README.md')
})

test('freeze and inspect read what lies in a store, and freeze writes to it', async () => {
  await tfreeze('freeze', 'fixtures/digits', '-o', join(local, 'want.pb'))
  const { status, stderr } = await tfreeze(
    'freeze',
    's3://in/digits/10/',
    '-o',
    's3://out/d.pb',
    '--manifest',
    's3://out/d.json',
  )
  expect([status, stderr]).toEqual([0, ''])
  expect(Buffer.compare(server.objects.get('out/d.pb')!, readFileSync(join(local, 'want.pb')))).toBe(0)
  const manifest = JSON.parse(new TextDecoder().decode(server.objects.get('out/d.json')))
  expect([manifest.source.path, manifest.output.path]).toEqual(['s3://in/digits/10/', 's3://out/d.pb'])
  expect(printed(await tfreeze('inspect', 's3://in/deep/lstm.h5'))).toContain('lstm')
})

describe('HDF5 above 64 MB', () => {
  const H5 = 'fixtures/keras/nested.k3.h5'
  /** Zeros behind a file are not part of it for HDF5. */
  const putLarge = (key: string, path: string) => {
    const bytes = new Uint8Array(MAX_WHOLE_FILE_BYTES + 1)
    bytes.set(readFileSync(path))
    server.objects.set(`in/${key}`, bytes)
  }
  const fetched = () =>
    server.requests
      .map(line => /bytes=(\d+)-(\d+)$/.exec(line)?.slice(1).map(Number) ?? [0, -1])
      .reduce((sum, [first, last]) => sum + last! - first! + 1, 0)

  test('as h5py writes it is read by ranges', async () => {
    putLarge('large.h5', H5)
    await tfreeze('freeze', 's3://in/large.h5', '-o', join(local, 'large.pb'))
    await tfreeze('freeze', H5, '-o', join(local, 'small.pb'))
    expect(Buffer.compare(readFileSync(join(local, 'large.pb')), readFileSync(join(local, 'small.pb')))).toBe(0)
    expect(fetched()).toBeLessThan(1_000_000)
  })

  test('of a newer version of the format is fetched whole', async () => {
    putLarge('latest.h5', 'fixtures/hdf5/latest.h5')
    const { input } = await openAddress('s3://in/latest.h5')
    const file = await openHdf5(input as ByteSource)
    expect(file.names('/').length).toBeGreaterThan(0)
    expect(fetched()).toBeGreaterThan(0.9 * MAX_WHOLE_FILE_BYTES)
  })
})

test('a folder of outputs, and an output that would overwrite its model', async () => {
  await tfreeze('freeze', 's3://in/digits/1/', '-o', 's3://out/served/', '--weights', 'variables', '-O')
  const there = [...server.objects.keys()].filter(path => path.startsWith('out/'))
  expect(there.sort()).toEqual([
    'out/served/saved_model.pb',
    'out/served/variables/variables.data-00000-of-00001',
    'out/served/variables/variables.index',
  ])
  const { status, stderr } = await tfreeze('freeze', 's3://in/digits/1', '-o', 's3://in/digits/1/frozen.pb')
  expect(status).toBe(2)
  expect(stderr).toContain('would overwrite the model s3://in/digits/1')
})

describe('batch', () => {
  const batch = (...args: readonly string[]) => tfreeze('batch', ...args, '--jobs', '1')
  const report = (): Line[] =>
    new TextDecoder()
      .decode(server.objects.get('out/frozen/report.jsonl'))
      .split('\n')
      .filter(Boolean)
      .map(line => JSON.parse(line) as Line) // as the report has it

  test('finds the models below an address, skips what is done, and freezes what has changed', async () => {
    const { status, stderr } = await batch('s3://in/', '-o', 's3://out/frozen')
    expect([status, stderr]).toEqual([0, ''])
    expect(report().map(({ path, output }) => [path, output])).toEqual([
      ['s3://in/deep/lstm.h5', 's3://out/frozen/deep/lstm.pb'],
      ['s3://in/digits/10', 's3://out/frozen/digits/10.pb'],
    ])
    const first = server.objects.get('out/frozen/digits/10.pb')
    await batch('s3://in/', '-o', 's3://out/frozen')
    expect(report().map(line => line.status)).toEqual(['skipped', 'skipped'])
    expect(server.objects.get('out/frozen/digits/10.pb')).toBe(first)
    put('digits/10/extra.txt', 'README.md')
    server.objects.delete('out/frozen/deep/lstm.pb')
    await batch('s3://in', '-o', 's3://out/frozen')
    expect(report().map(line => line.status)).toEqual(['frozen', 'frozen'])
  })

  test('goes on in spite of faults, and tells of a model that may not be read', async () => {
    server.fault = (_, path, count) => (path.includes('lstm.h5') ? '403' : count === 1 ? '500' : 'none')
    const { status, stderr } = await batch('s3://in/', '-o', 's3://out/frozen/')
    expect(status).toBe(1)
    expect(stderr).toContain('it may not be read or written (403 AccessDenied).')
    expect(report().map(line => line.status)).toEqual(['failed', 'frozen'])
  })

  test('in shards, whose reports are joined where they lie', async () => {
    for (const shard of ['0/2', '1/2']) await batch('s3://in/', '-o', 's3://out/frozen', '--shard', shard)
    expect(server.objects.has('out/frozen/report.jsonl')).toBe(false)
    const { status, stderr } = await tfreeze('batch', '--merge', 's3://out/frozen/')
    expect([status, stderr]).toEqual([0, ''])
    expect(report().map(({ path, status }) => [path, status])).toEqual([
      ['s3://in/deep/lstm.h5', 'frozen'],
      ['s3://in/digits/10', 'frozen'],
    ])
    server.objects.delete('out/frozen/report-0001-of-0002.jsonl')
    expect((await tfreeze('batch', '--merge', 's3://out/frozen')).status).toBe(1)
    expect((await tfreeze('batch', '--merge', 's3://out/nothing')).stderr).toContain('there is no report of a shard')
  })

  test('does not write to web servers', async () => {
    const { status, stderr } = await batch('s3://in/', '-o', 'https://example.com/out')
    expect(status).toBe(2)
    expect(stderr).toContain('files are not written to web servers')
  })
})
