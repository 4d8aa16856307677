/** `--plugin`: what it adds to the commands, and what is said of a module that is none. docs/extending.md has the rest. */
import { readdirSync, readFileSync } from 'node:fs'
import { beforeEach, describe, expect, test } from 'vitest'
import { copyFixture, inFolder, put } from './folder.ts'
import { printed, tfreeze } from './run.ts'

inFolder()
beforeEach(() => copyFixture('digits', 'digits'))

const PASS = `{ name: 'own', description: 'x', aliases: [], enabled: true, requires: [], options: {}, check() {},
  inFunctions: true, reads: () => [], isLast: false, run(graph, { report }) { report.decline('here', 'it can') } }`
const exporter = (
  requires = '{}',
) => `{ kind: 'graph', name: 'own', description: 'x', extensions: ['.own'], requires: ${requires},
  async write({ graph }, { name }) {
    const text = [name, [...graph.nodes].some(node => node.op === 'Switch'), graph.functions.size].join()
    return [text, 'more'].map((part, i) => ({ path: i ? '.data' : '', chunks: (async function* () { yield Buffer.from(part) })() }))
  } }`

test('a pass that is enabled is part of -O', async () => {
  put('p.mjs', `export default { passes: [${PASS}] }`)
  const run = await tfreeze('freeze', 'digits', '-o', 'out.pb', '-O', '--explain', '--plugin', 'p.mjs')
  expect(printed(run)).toContain('declined own at here: it can')
})

test('an output kind writes its files beside each other, and is what its ending asks for', async () => {
  put('p.mjs', `export default { exporters: [${exporter()}] }`)
  const run = await tfreeze('freeze', 'digits', '-o', 'out.own', '--plugin', 'p.mjs', '--json')
  expect(run).toMatchObject({ status: 0, stderr: '' })
  expect(JSON.parse(printed(run)).output.format).toBe('own')
  expect([readFileSync('out.own', 'utf8'), readFileSync('out.own.data', 'utf8')]).toEqual(['out.own,false,0', 'more'])
})

describe('what an output kind requires', () => {
  beforeEach(() => put('p.mjs', `export default { exporters: [${exporter("{ controlFlow: 'v2' }")}] }`))
  test('is done without being asked for', async () => {
    expect(await tfreeze('freeze', 'digits', '-o', 'out.own', '--plugin', 'p.mjs')).toMatchObject({ status: 0 })
  })
  test('contradicts another choice', async () => {
    const args = ['digits', '-o', 'out.own', '--plugin', 'p.mjs', '--control-flow', 'v1']
    expect(await tfreeze('freeze', ...args)).toMatchObject({
      status: 2,
      stderr: 'error: --control-flow v1 does not go with own, which needs v2\n',
    })
  })
})

for (const [what, text, message] of [
  ['no file', undefined, 'p.mjs: there is no such file. Check the path.'],
  ['no default export', 'export const a = 1', 'p.mjs: its default export has no passes and no exporters.'],
  ['something else', 'export default { passes: [], layers: {} }', "p.mjs: it has 'layers'."],
  ['passes of another form', 'export default { passes: [{}] }', 'p.mjs: its passes are not a list of passes.'],
  ['no list', 'export default { exporters: {} }', 'p.mjs: its exporters are not a list of exporters.'],
] as const) {
  test(`refused: ${what}`, async () => {
    if (text !== undefined) put('p.mjs', text)
    const { status, stderr } = await tfreeze('freeze', 'digits', '-o', 'out.pb', '--plugin', 'p.mjs')
    expect(stderr).toContain(message)
    expect(status).toBe(1)
    expect(readdirSync('.')).not.toContain('out.pb')
  })
}
