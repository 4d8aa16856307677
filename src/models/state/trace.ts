/**
 * The effects of loading a model on its variables and tables, as plain data: traced
 * once, when the model is opened, so that the graph may be changed afterwards.
 */
import type { Graph } from '../../graph/graph.ts'
import type { Node } from '../../graph/node.ts'
import { type Effect, effectsOf } from './effects.ts'
import { type AssetNames, type Folded, fold } from './fold.ts'
import { located, mainFrame } from './frames.ts'
import { isTable, isVariable, locatedResourceKey } from './resource.ts'
import { type CheckpointKey, checkpointKey } from './restore.ts'
import { type TableStep, tableStep } from './table-steps.ts'

/** The value that the init op gives a variable. */
export type InitialValue = Folded | { readonly kind: 'conditional'; readonly op: string }

export interface Trace {
  /** By resource: what the init op, which runs last, assigns. */
  readonly initial: ReadonlyMap<string, InitialValue>
  /** By resource: the keys of the checkpoint. */
  readonly restored: ReadonlyMap<string, CheckpointKey>
  /** By resource: what fills a table, in order; of the init op where that does, else of the restore op. */
  readonly tables: ReadonlyMap<string, readonly TableStep[]>
}

/** Where loading begins. */
export interface LoadOps {
  /** Run after the restore op. */
  readonly init: readonly Node[]
  readonly restore: readonly Node[]
  /** The file name that a loader feeds to a tensor of the main graph. */
  readonly assetFor: AssetNames
}

/** Traces both ops. Linear in what they run. */
export function traceLoading(graph: Graph, ops: LoadOps): Trace {
  const main = mainFrame(graph)
  const init = effectsOf(ops.init, main)
  const restore = effectsOf(ops.restore, main)
  return {
    initial: initialValues(init, ops.assetFor),
    restored: restoredKeys(restore),
    tables: new Map([...tableSteps(restore, ops), ...tableSteps(init, ops)]),
  }
}

/** The last assignment wins. */
function initialValues(effects: readonly Effect[], assetFor: AssetNames): Map<string, InitialValue> {
  const values = new Map<string, InitialValue>()
  for (const effect of effects) {
    if (!isVariable(effect.target.node)) continue
    if (effect.kind !== 'initialize') values.set(locatedResourceKey(effect.target), initialValue(effect, assetFor))
  }
  return values
}

function initialValue({ kind, by, isConditional }: Effect, assetFor: AssetNames): InitialValue {
  const value = by.node.inputs[1]
  if (isConditional) return { kind: 'conditional', op: by.node.op }
  if (kind === 'update' || !value) return { kind: 'unknown', op: by.node.op }
  return fold(located(value, by.frame), assetFor)
}

function restoredKeys(effects: readonly Effect[]): Map<string, CheckpointKey> {
  const keys = new Map<string, CheckpointKey>()
  for (const { kind, by, target } of effects) {
    const value = by.node.inputs[1]
    if (kind !== 'assign' || !value || !isVariable(target.node)) continue
    const key = checkpointKey(located(value, by.frame))
    if (key) keys.set(locatedResourceKey(target), key)
  }
  return keys
}

function tableSteps(effects: readonly Effect[], ops: LoadOps): Map<string, TableStep[]> {
  const tables = new Map<string, TableStep[]>()
  for (const effect of effects) {
    if (effect.kind !== 'initialize' || !isTable(effect.target.node)) continue
    const key = locatedResourceKey(effect.target)
    tables.set(key, [...(tables.get(key) ?? []), tableStep(effect, effects, ops.assetFor)])
  }
  return tables
}
