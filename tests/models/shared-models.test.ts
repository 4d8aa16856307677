/** Real SavedModels of the workspace beside the checkout: every one opens, and every variable in reach has a value. */
import { existsSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { isFreezeError } from '../../src/errors.ts'
import { inOrder } from '../../src/graph/flow.ts'
import { open } from '../../src/models/index.ts'
import type { Model } from '../../src/models/model.ts'
import { isTable, isVariable } from '../../src/models/state/resource.ts'
import { diskFolder } from './disk.ts'

const ROOT = join(import.meta.dirname, '../../../shared/models')
/** Their README says so: files that are not there. */
const INCOMPLETE = new Set(['mlnet-mnist_model', 'triton-vnet-savedmodel', 'zoo-saved-model-not-resource'])
const DATA = /\.data-\d+-of-\d+$/

const folders = existsSync(ROOT)
  ? readdirSync(ROOT, { recursive: true, encoding: 'utf8' })
      .filter(path => /saved_model\.pb(txt)?$/.test(path))
      .map(dirname)
      .sort()
  : []
if (folders.length === 0) console.log(`skipped: there are no real models in ${ROOT}`)

async function resolveAll(model: Model): Promise<number> {
  const roots = [...model.signatures.values()].flatMap(s => [...s.inputs, ...s.outputs].map(t => t.value.node))
  let count = 0
  for (const node of inOrder(roots)) {
    // The paths of assets lie in string variables, which a loader sets.
    if (isVariable(node) && node.type('dtype') !== 'string') await model.variables.resolve(node)
    else if (isTable(node)) await model.tables.resolve(node)
    else continue
    count++
  }
  return count
}

describe.skipIf(folders.length === 0)('real SavedModels', () => {
  for (const path of folders) {
    test(path, async () => {
      const reads = new Map<string, number>()
      const model = await open(diskFolder(join(ROOT, path), reads))
      expect(model.signatures.size).toBeGreaterThan(0)
      await model.variables.list()
      const weightBytes = () => [...reads].reduce((n, [name, bytes]) => n + (DATA.test(name) ? bytes : 0), 0)
      const before = weightBytes() // the object graph lies among the weights
      if (INCOMPLETE.has(path)) {
        await expect(resolveAll(model)).rejects.toSatisfy(e => isFreezeError(e, 'missing'))
      } else {
        await resolveAll(model)
        expect(weightBytes()).toBe(before)
      }
    })
  }
})
