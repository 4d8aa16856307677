/**
 * Which object of a TF2 program a variable or table is. The SavedModel lists, for
 * each function, the objects whose handles it captured; a call of that function
 * passes those handles last. The checkpoint numbers the same objects in the same
 * way, and says under which key each one lies.
 */
import type { Graph } from '../../graph/graph.ts'
import type { SavedObjectGraph, TrackableObjectGraph } from '../../tensorflow/generated/messages.ts'
import { located, mainFrame, origin } from './frames.ts'
import { isTable, isVariable, locatedResourceKey } from './resource.ts'

/** By resource: the number of the object that the handle belongs to. */
export type ObjectIds = ReadonlyMap<string, number>

/** Binds the variables and tables of the main graph to objects, by the calls that pass them on. */
export function bindObjects(graph: Graph, objects: SavedObjectGraph | undefined): ObjectIds {
  const ids = new Map<string, number>()
  if (!objects) return ids
  const main = mainFrame(graph)
  for (const node of graph.nodes) {
    const f = node.attrs.get('f')
    const bound = f?.kind === 'func' ? objects.concreteFunctions.get(f.value.name)?.boundInputs : undefined
    if (!bound || bound.length > node.inputs.length) continue
    const captured = node.inputs.slice(node.inputs.length - bound.length)
    for (const [i, value] of captured.entries()) {
      const maker = origin(located(value, main))
      const resource = { node: maker.value.node, frame: maker.frame }
      if (isVariable(resource.node) || isTable(resource.node)) ids.set(locatedResourceKey(resource), bound[i]!)
    }
  }
  return ids
}

const VARIABLE = 'VARIABLE_VALUE'

/** The key of a variable's value. */
export const variableKey = (objects: TrackableObjectGraph | undefined, id: number | undefined): string | undefined =>
  id === undefined ? undefined : objects?.nodes[id]?.attributes.find(a => a.name === VARIABLE)?.checkpointKey

/** The prefix of the checkpoint keys of a table's keys and values: `-keys` and `-values` follow. */
export const tableKeyPrefix = (
  objects: TrackableObjectGraph | undefined,
  id: number | undefined,
): string | undefined =>
  id === undefined ? undefined : objects?.nodes[id]?.attributes.find(a => /^table/.test(a.name))?.checkpointKey

const known = new WeakMap<TrackableObjectGraph, ReadonlyMap<string, string>>()

/** Keys by the full name that a variable had in the program; names that several variables had are left out. */
export function keysByFullName(objects: TrackableObjectGraph | undefined): ReadonlyMap<string, string> {
  const before = objects && known.get(objects)
  if (before) return before
  const keys = new Map<string, string>()
  const repeated = new Set<string>()
  for (const { name, fullName, checkpointKey } of objects?.nodes.flatMap(n => n.attributes) ?? []) {
    if (name !== VARIABLE || fullName === '') continue
    if (keys.has(fullName)) repeated.add(fullName)
    keys.set(fullName, checkpointKey)
  }
  for (const name of repeated) keys.delete(name)
  if (objects) known.set(objects, keys)
  return keys
}
