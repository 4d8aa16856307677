import { readdirSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { bless, type Case, readCases, runCase } from './cases.ts'

const folder = new URL('.', import.meta.url).pathname
const files = readdirSync(folder).filter(name => name.endsWith('.graph'))
expect(files.length).toBeGreaterThan(0) // an empty loop must not pass

const BLESS = process.env['BLESS'] === '1'

for (const file of files) {
  describe(file, () => {
    const cases = readCases(folder + file)
    const results: { case: Case; text: string }[] = []
    for (const c of cases) {
      it(c.title, () => {
        const text = runCase(c.source)
        results.push({ case: c, text })
        if (BLESS) {
          if (results.length === cases.length) bless(folder + file, results)
        } else expect(text, 'run with BLESS=1 if this is what it should be').toBe(c.expected)
      })
    }
  })
}
