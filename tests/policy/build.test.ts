/** The plugins that the package and the page are built with. */
import { readFileSync } from 'node:fs'
import { encode } from '@jridgewell/sourcemap-codec'
import { expect, test } from 'vitest'
import { compressed } from '../../scripts/build/hdf5-library.ts'
import { sourceMaps } from '../../scripts/build/source-maps.ts'

const FILE = 'node_modules/h5wasm/dist/esm/hdf5_util.js'

test('the HDF5 library is compressed, and unpacks to the WebAssembly that it was', async () => {
  const before = readFileSync(FILE, 'utf8')
  const after = compressed(before)
  expect(after.length).toBeLessThan(before.length / 2)
  const [, packed] = /async function (findWasmBinary\(\)\{.*?\.arrayBuffer\(\)\)\})/s.exec(after) ?? []
  const unpack = new Function(`return (async function ${packed})()`) as () => Promise<Uint8Array<ArrayBuffer>>
  const original = new Function(
    `${/function binaryDecode.*?return o\}/s.exec(before)?.[0]}${/function findWasmBinary\(\)\{.*?'\)\}/s.exec(before)?.[0]}return findWasmBinary()`,
  ) as () => Uint8Array
  expect(Buffer.from(await unpack()).equals(Buffer.from(original()))).toBe(true)
})

test('an HDF5 library that is written in another way is refused', () => {
  for (const other of [
    '',
    'function findWasmBinary(){return 1}',
    readFileSync(FILE, 'utf8').replace('??=find', '=find'),
  ])
    expect(() => compressed(other)).toThrow('h5wasm keeps its WebAssembly in another way')
})

test('comments for bundlers move what is behind them in the source map', () => {
  const code = 'a();import(name);b()\nimport(other)'
  const mappings = encode([
    [
      [0, 0, 0, 0],
      [11, 0, 1, 0],
      [17, 0, 2, 0],
    ],
    [[7, 0, 3, 0]],
  ])
  const bundle = { 'x.js': { code }, 'x.js.map': { source: JSON.stringify({ sources: ['../src/x.ts'], mappings }) } }
  sourceMaps.generateBundle({}, bundle)
  const comment = '/* webpackIgnore: true *//* @vite-ignore */'
  expect(bundle['x.js'].code).toBe(`a();import(${comment}name);b()\nimport(${comment}other)`)
  expect(JSON.parse(bundle['x.js.map'].source).mappings).toBe(
    encode([
      [
        [0, 0, 0, 0],
        [11 + comment.length, 0, 1, 0],
        [17 + comment.length, 0, 2, 0],
      ],
      [[7 + comment.length, 0, 3, 0]],
    ]),
  )
})

test('a chunk of other packages has no source map', () => {
  const map = { source: JSON.stringify({ sources: ['../node_modules/x/index.js'], mappings: '' }) }
  const bundle: Record<string, { code?: string; source?: string }> = {
    'x.js': { code: 'x()\n//# sourceMappingURL=x.js.map\n' },
    'x.js.map': map,
  }
  sourceMaps.generateBundle({}, bundle)
  expect(bundle).toEqual({ 'x.js': { code: 'x()\n' } })
})
