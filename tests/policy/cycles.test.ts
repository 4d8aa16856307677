/** No file imports itself through others, for types either: each file can be read after those it imports. */
import { readdirSync, readFileSync } from 'node:fs'
import { posix } from 'node:path'
import { expect, test } from 'vitest'

const files = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .map(file => file.replaceAll('\\', '/'))
  .filter(file => file.endsWith('.ts') && !file.includes('generated/'))

/** What each file imports when it is loaded; what it loads while it runs comes later, and closes no cycle. */
const imports = new Map(
  files.map(file => {
    const text = readFileSync(`src/${file}`, 'utf8')
    const targets = [...text.matchAll(/^(?:import|export)\b[^'\n]*(?:\n[^'\n]*)*?from '(\.[^']+)'/gm)]
    return [file, targets.map(([, target]) => posix.join(posix.dirname(file), target!))] as const
  }),
)

/** The groups of files that import each other, by Tarjan's algorithm. */
function cycles(): string[][] {
  const found: string[][] = []
  const index = new Map<string, number>()
  const low = new Map<string, number>()
  const open: string[] = []
  const visit = (file: string): void => {
    index.set(file, index.size)
    low.set(file, index.get(file)!)
    open.push(file)
    for (const next of imports.get(file) ?? []) {
      if (!index.has(next)) visit(next)
      if (open.includes(next)) low.set(file, Math.min(low.get(file)!, low.get(next)!))
    }
    if (low.get(file) !== index.get(file)) return
    const group = open.splice(open.indexOf(file))
    if (group.length > 1) found.push(group.sort())
  }
  for (const file of files) if (!index.has(file)) visit(file)
  return found
}

test('imports are read', () => expect([...imports.values()].flat().length).toBeGreaterThan(1000))
test('there is no cycle', () => expect(cycles()).toEqual([]))
