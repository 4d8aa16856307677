/**
 * Finds the contents of a lookup table. In order of precedence: what the init op puts there,
 * what the restore op puts there, what the checkpoint holds for the object that
 * the handle belongs to.
 */

import { FreezeError } from '../../errors.ts'
import type { Node } from '../../graph/node.ts'
import type { Tensor } from '../../tensor/tensor.ts'
import { type Assets, baseName } from '../assets.ts'
import type { Resolved, TableContents, Tables } from '../model.ts'
import { type Checkpoint, readKey } from './checkpoint.ts'
import { type ObjectIds, tableKeyPrefix } from './object-graph.ts'
import { entryFor, isStaticTable, isTable } from './resource.ts'
import { merge } from './table-contents.ts'
import type { ElementsSource, FileSource, TableStep } from './table-steps.ts'
import { readTextFile } from './text-file.ts'
import type { Trace } from './trace.ts'

/** The sources of the contents of tables. */
export interface TableSources {
  readonly trace: Trace
  readonly objectIds: ObjectIds
  readonly checkpoint: Checkpoint
  readonly assets: Assets
}

/** Tables that are found by the rules above. */
export const tablesFrom = (sources: TableSources): Tables => ({ resolve: node => resolve(node, sources) })

async function resolve(node: Node, sources: TableSources): Promise<Resolved<TableContents>> {
  if (!isTable(node)) throw new FreezeError('invalid-graph', `a ${node.op} is not a lookup table`, { node: node.name })
  const steps = entryFor(sources.trace.tables, node)
  const contents = steps ? await runSteps(node, steps, sources) : await savedContents(node, sources)
  return { value: checkedTypes(node, contents), notes: steps?.flatMap(step => notesOn(node, step)) ?? [] }
}

/** Runs what fills the table, one after the other. */
async function runSteps(node: Node, steps: readonly TableStep[], sources: TableSources): Promise<TableContents> {
  let parts: TableContents[] = []
  for (const step of steps) {
    const contents = await runStep(node, step, sources)
    if (!isStaticTable(node) && !(step.kind === 'pairs' && step.adds)) parts = []
    parts.push(contents)
  }
  return merge(node, parts)
}

async function runStep(node: Node, step: TableStep, sources: TableSources): Promise<TableContents> {
  switch (step.kind) {
    case 'pairs':
      return {
        keys: await elements(node, step.keys, sources),
        values: await elements(node, step.values, sources),
      }
    case 'file':
      return readTextFile(await sources.assets.open(assetName(node, step.file, sources)), step.format)
    case 'conditional':
      return fail(
        node,
        'unsupported',
        `${step.by} fills it in a branch or loop, which is decided only when the model is loaded`,
      )
  }
}

async function elements(node: Node, source: ElementsSource, { checkpoint }: TableSources): Promise<Tensor> {
  switch (source.kind) {
    case 'tensor':
      return source.tensor
    case 'checkpoint': {
      const bundle = await checkpoint.bundle()
      if (bundle?.has(source.from.key)) return readKey(bundle, source.from, null)
      return fail(node, 'missing', `it is restored from '${source.from.key}', which the checkpoint does not have`)
    }
    case 'random':
    case 'unknown':
      return fail(node, 'unsupported', `it is filled with what ${source.op} computes when the model is loaded`)
  }
}

/** The note that a file was guessed. */
function notesOn(node: Node, step: TableStep): string[] {
  if (step.kind !== 'file' || step.file.kind !== 'path') return []
  const { path } = step.file
  return [`Table ${node.name}: the asset ${baseName(path)} stands for ${path}.`]
}

/** A path of the writer's machine is looked for among the assets, by the file's name. */
function assetName(node: Node, file: FileSource, { assets }: TableSources): string {
  switch (file.kind) {
    case 'asset':
      return file.name
    case 'path': {
      const name = baseName(file.path)
      if (!assets.names.includes(name)) {
        return fail(node, 'missing', `it is filled from the file '${file.path}', which is not among the model's assets`)
      }
      return name
    }
    case 'unknown':
      return fail(
        node,
        'unsupported',
        `the name of its vocabulary is what ${file.op} computes when the model is loaded`,
      )
  }
}

/** Mutable tables that nothing restores are still in a TF2 checkpoint, under the object's keys. */
async function savedContents(node: Node, { objectIds, checkpoint }: TableSources): Promise<TableContents> {
  const prefix = tableKeyPrefix(await checkpoint.objects(), entryFor(objectIds, node))
  const bundle = await checkpoint.bundle()
  if (prefix === undefined || !bundle?.has(`${prefix}-keys`) || !bundle.has(`${prefix}-values`)) {
    return fail(node, 'missing', 'nothing fills it: no init op does, and the checkpoint does not have it')
  }
  const contents = { keys: await bundle.tensor(`${prefix}-keys`), values: await bundle.tensor(`${prefix}-values`) }
  return merge(node, [contents])
}

function checkedTypes(node: Node, contents: TableContents): TableContents {
  const types = [contents.keys.dtype, contents.values.dtype].join(' → ')
  const expected = [node.type('key_dtype'), node.type('value_dtype')].join(' → ')
  return types === expected ? contents : fail(node, 'corrupt', `it maps ${expected} and is filled with ${types}`)
}

function fail(node: Node, code: 'missing' | 'unsupported' | 'corrupt', what: string): never {
  throw new FreezeError(code, `table: ${what}`, {
    node: node.name,
    hint: 'Save the model with the table initialised by its init op, or leave out what reads it with --outputs.',
  })
}
