import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { BLESS, bless, type GraphCase, readGraphFile } from '../../../graph-files.ts'
import { runCase } from './cases.ts'

const folder = fileURLToPath(new URL('.', import.meta.url))
const files = readdirSync(folder).filter(name => name.endsWith('.graph'))
expect(files.length).toBeGreaterThan(0) // an empty loop must not pass

for (const file of files) {
  describe(file, () => {
    const cases = readGraphFile(folder + file)
    const results = new Map<GraphCase, string>()
    afterAll(() => BLESS && bless(folder + file, cases, results))
    for (const c of cases) {
      it(c.title, () => {
        const text = runCase(c.source)
        if (BLESS) results.set(c, text)
        else expect(text, 'run with BLESS=1 if this is what it should be').toBe(c.expected)
      })
    }
  })
}
