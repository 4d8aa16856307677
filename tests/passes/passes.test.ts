import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { BLESS, bless, type GraphCase } from '../graph-files.ts'
import { readCases, runCase } from './cases.ts'
import { CannotRun, compareNumbers, sameNumbers } from './same-numbers.ts'

const folder = fileURLToPath(new URL('.', import.meta.url))
const files = readdirSync(folder).filter(name => name.endsWith('.graph'))
expect(files.length).toBeGreaterThan(0) // an empty loop must not pass

for (const file of files) {
  describe(file, () => {
    const cases = readCases(folder + file)
    const results = new Map<GraphCase, string>()
    afterAll(() => BLESS && bless(folder + file, cases, results))
    for (const c of cases) {
      it(c.title, async () => {
        const { before, after, text, bytesRead, again } = runCase(c)
        expect(bytesRead, 'a pass read weights').toBe(0)
        expect(again, 'a second run changed something').toEqual([])
        if (c.numbers === 'none')
          expect(await compareNumbers(before, after), 'it runs: compare its numbers').toBeInstanceOf(CannotRun)
        else if (c.numbers !== 'other')
          expect(await sameNumbers(before, after, c.numbers), 'the numbers differ').toBe('')
        if (BLESS) results.set(c, text)
        else expect(text, 'run with BLESS=1 if this is what it should be').toBe(c.expected)
      })
    }
  })
}
