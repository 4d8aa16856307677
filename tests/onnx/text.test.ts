/** Graphs in, ONNX as text out: a `.graph` file a family of ops. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { BLESS, bless, type GraphCase, readGraphFile } from '../graph-files.ts'
import { converted, readCase } from './cases.ts'
import { printOnnx } from './print.ts'

const FOLDER = 'tests/onnx'

function run(given: GraphCase): string {
  const { graph, options } = readCase(given)
  const { graph: written, missing, custom } = converted(graph, options)
  const left = custom.map(({ node, op, reason }) => `custom ${node} (${op}): ${reason}`)
  if (missing.length === 0) return [printOnnx(written), ...left].join('\n')
  return missing.map(({ node, op, reason }) => `missing ${node} (${op}): ${reason}`).join('\n')
}

const files = readdirSync(FOLDER).filter(file => file.endsWith('.graph'))

it('has cases', () => expect(files.length).toBeGreaterThan(3))

for (const file of files) {
  const path = join(FOLDER, file)
  const cases = readGraphFile(path)
  const results = new Map<GraphCase, string>()
  describe(file, () => {
    for (const c of cases) {
      it(c.title, () => {
        const text = run(c)
        results.set(c, text)
        if (!BLESS) expect(text, 'BLESS=1 writes it').toBe(c.expected)
      })
    }
    afterAll(() => {
      if (BLESS) bless(path, cases, results)
    })
  })
}
