/** The order of rooms, and who may touch Node: policy as a test. */
import { readdirSync, readFileSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { dirname, join, normalize } from 'node:path/posix'
import { expect, test } from 'vitest'

/** A room may import itself and the rooms before it. */
const ROOMS = [
  'errors.ts',
  'limits.ts',
  'bytes/',
  'tensorflow/',
  'tensor/',
  'formats/',
  'graph/',
  'options/',
  'facts/',
  'models/',
  'rewrite/',
  'evaluate/',
  'freeze/',
  // What a pass is made of; the rest of the room runs passes.
  ...['report.ts', 'pass.ts', 'options.ts', 'conditions.ts', 'purity.ts'].map(file => `optimize/${file}`),
  'passes/',
  'onnx/',
  'tfjs/',
  'optimize/',
  'engines/',
  'verify/',
  'picture/',
  'export/',
  'inspect/',
  'remote/',
  'index.ts',
  'api/',
  'node/',
  'cli/',
]
/** The rooms that may import `node:`. */
const EDGES = ['node/', 'cli/']

const files = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .map(file => file.replaceAll('\\', '/'))
  .filter(f => f.endsWith('.ts') && !f.includes('generated/'))
const roomOf = (file: string): number => ROOMS.findIndex(room => file === room || file.startsWith(room))
const IMPORT = /(?:from|import\()\s*'([^']+)'/g

test('there are files', () => expect(files.length).toBeGreaterThan(10))

for (const file of files) {
  test(`${file} imports only what lies before it`, () => {
    expect(roomOf(file), `${file} is in no room`).not.toBe(-1)
    for (const [, target] of readFileSync(join('src', file), 'utf8').matchAll(IMPORT)) {
      if (!target!.startsWith('.')) {
        const isNode = target!.startsWith('node:') || builtinModules.includes(target!)
        if (isNode)
          expect(
            EDGES.some(room => file.startsWith(room)),
            `${file} imports ${target}`,
          ).toBe(true)
        continue
      }
      const path = normalize(join(dirname(file), target!))
      if (path === '../package.json') continue
      expect(roomOf(path), `${file} imports ${path}, a later room`).toBeLessThanOrEqual(roomOf(file))
    }
  })
}
