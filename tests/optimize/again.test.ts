/** What `freeze -O` wrote, `optimize` leaves as it is: both names of an output too. */
import { expect, test } from 'vitest'
import { fromBytes } from '../../src/bytes/source.ts'
import { exporterFor } from '../../src/export/index.ts'
import type { Frozen } from '../../src/freeze/frozen.ts'
import { freeze, openFrozen } from '../../src/freeze/index.ts'
import { openFrozenGraph } from '../../src/models/frozen-graph.ts'
import { openKeras } from '../../src/models/keras/open.ts'
import { optimize, readAhead } from '../../src/optimize/optimize.ts'
import { fixture } from '../models/keras/disk.ts'
import { GOLDENS } from '../models/keras/goldens.ts'

async function reopened(frozen: Frozen): Promise<Frozen> {
  const [file] = await exporterFor('frozen.pb').write(frozen)
  const chunks: Uint8Array[] = []
  for await (const chunk of file!.chunks) chunks.push(new Uint8Array(chunk))
  return openFrozen(await openFrozenGraph(fromBytes(new Uint8Array(Buffer.concat(chunks)), 'frozen.pb'), 'binary'))
}

/** A layer that is used twice, or gives its input on, has its output in another scope than its name: nothing says that both are names of it. */
const LEFT: Readonly<Record<string, readonly string[]>> = {
  'applications.k3.keras': ['remove-identity at stochastic_depth'],
  'applications.tfk.keras': ['remove-identity at stochastic_depth'],
  'nested.k3.keras': ['remove-identity at shared'],
  'nested.tfk.keras': ['remove-identity at shared'],
  'one_dimension.k3.keras': ['remove-identity at spatial_dropout1d'],
  'one_dimension.tfk.keras': ['remove-identity at spatial_dropout1d'],
  'tied_embedding.k3.keras': ['remove-identity at reversible_embedding'],
}

test.each(GOLDENS)('%s', async name => {
  const frozen = await freeze(await openKeras(fixture(`goldens/${name}`)))
  const once = optimize(await readAhead(frozen, {}))
  const applied = once.report.passes.flatMap(({ applied }) => applied.map(({ rule, at }) => `${rule} at ${at}`))
  expect(applied.filter((what, i) => applied.indexOf(what) !== i)).toEqual([])
  const file = await reopened(once.frozen)
  const again = optimize(await readAhead(file, {}))
  const done = again.report.passes.flatMap(({ pass, applied }) => applied.map(({ at }) => `${pass} at ${at}`))
  expect(done.filter(what => !what.startsWith('sort-by'))).toEqual(LEFT[name] ?? [])
})
