/** State becomes constants: the variables and tables that a prepared graph still needs, with the model's values. */

import { isFreezeError } from '../../errors.ts'
import { hasDataflow } from '../../graph/flow.ts'
import type { Graph } from '../../graph/graph.ts'
import type { Node } from '../../graph/node.ts'
import type { Model, Resolved, TableContents } from '../../models/model.ts'
import { isTable, isVariable, resourceKey } from '../../models/state/resource.ts'
import type { Tensor } from '../../tensor/tensor.ts'
import { dropUnusedArguments } from '../control-flow/unused-arguments.ts'
import { reshapeWeights } from './reshaped-weights.ts'
import { refuseChoiceOfTables, refuseLookups, searchInstead } from './table-search.ts'
import { freezeTable } from './tables.ts'
import { freezeVariables } from './variables.ts'

/** Replaces variables and tables; `kept` are the variables that stay. Returns notes. Throws what the model's resolving throws. */
export async function freezeState(
  graph: Graph,
  model: Model,
  kept: ReadonlySet<Node>,
  tables: 'graph' | 'constants',
): Promise<readonly string[]> {
  const makers = [...graph.nodes]
  const notes = new Set<string>()
  const taken = <T>(resolved: Resolved<T>): T => {
    for (const note of resolved.notes) notes.add(note)
    return resolved.value
  }
  const values = new Map<Node, Tensor>()
  const known = new Map<string, Tensor>()
  for (const node of makers.filter(n => isVariable(n) && !kept.has(n))) {
    const key = resourceKey(node)
    const tensor = known.get(key) ?? taken(await model.variables.resolve(node))
    known.set(key, tensor)
    values.set(node, tensor)
  }
  freezeVariables(graph, values)
  if (!hasDataflow(graph)) reshapeWeights(graph)
  const lookedUp = makers.filter(isTable)
  if (tables === 'constants') refuseChoiceOfTables(lookedUp)
  for (const node of lookedUp) {
    const contents = taken(await tableContents(model, node))
    if (tables === 'graph') await freezeTable(graph, { node, contents })
    else await searchInstead(graph, { node, contents })
  }
  if (tables === 'constants') {
    refuseLookups(graph)
    dropUnusedArguments(graph)
  }
  return [...notes]
}

/** The contents of a table by the model; a graph that is frozen already has them in the node that fills the table. */
async function tableContents(model: Model, node: Node): Promise<Resolved<TableContents>> {
  try {
    return await model.tables.resolve(node)
  } catch (e) {
    const inGraph = isFreezeError(e, 'missing', 'unsupported') ? filledInGraph(model.graph, node) : undefined
    if (inGraph) return { value: inGraph, notes: [] }
    throw e
  }
}

/** The contents that an op of the graph fills the table with: the node of a copy may have lost it. */
function filledInGraph(graph: Graph, table: Node): TableContents | undefined {
  const key = resourceKey(table)
  const makers = [...graph.nodes].filter(node => isTable(node) && resourceKey(node) === key)
  for (const { role, inputs } of makers.flatMap(maker => [...maker.out().uses.keys()])) {
    if (role?.kind !== 'fills' || role.from !== 'pairs' || role.adds) continue
    const [keys, values] = inputs.slice(1).map(value => value.tensor)
    if (keys && values) return { keys, values }
  }
  return undefined
}
