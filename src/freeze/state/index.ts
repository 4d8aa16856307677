/** State becomes constants: the variables and tables that a prepared graph still needs, with the model's values. */

import { isFreezeError } from '../../errors.ts'
import { hasDataflow } from '../../graph/flow.ts'
import type { Graph } from '../../graph/graph.ts'
import type { Node } from '../../graph/node.ts'
import type { Model, TableContents } from '../../models/model.ts'
import { isTable, isVariable, resourceKey } from '../../models/state/resource.ts'
import type { Tensor } from '../../tensor/tensor.ts'
import { dropUnusedArguments } from '../control-flow/unused-arguments.ts'
import { reshapeWeights } from './reshaped-weights.ts'
import { refuseChoiceOfTables, refuseLookups, searchInstead } from './table-search.ts'
import { freezeTable } from './tables.ts'
import { freezeVariables } from './variables.ts'

/** Replaces variables and tables; `kept` are the variables that stay. Throws what the model's resolving throws. */
export async function freezeState(
  graph: Graph,
  model: Model,
  kept: ReadonlySet<Node>,
  tables: 'graph' | 'constants',
): Promise<void> {
  const makers = [...graph.nodes]
  const originals = new Originals(model.graph)
  const values = new Map<Node, Tensor>()
  const known = new Map<string, Tensor>()
  for (const node of makers.filter(n => isVariable(n) && !kept.has(n))) {
    const key = resourceKey(node)
    const tensor = known.get(key) ?? (await model.variables.resolve(originals.of(node)))
    known.set(key, tensor)
    values.set(node, tensor)
  }
  freezeVariables(graph, values)
  if (!hasDataflow(graph)) reshapeWeights(graph)
  const lookedUp = makers.filter(isTable)
  if (tables === 'constants') refuseChoiceOfTables(lookedUp)
  for (const node of lookedUp) {
    const contents = await tableContents(model, originals.of(node))
    if (tables === 'graph') await freezeTable(graph, { node, contents })
    else await searchInstead(graph, { node, contents })
  }
  if (tables === 'constants') {
    refuseLookups(graph)
    dropUnusedArguments(graph)
  }
}

/** The nodes of the model's main graph that nodes of the copy stand for. */
class Originals {
  readonly #graph: Graph
  #byKey: Map<string, Node> | undefined

  constructor(graph: Graph) {
    this.#graph = graph
  }

  /** By name; a handle that a function made, by the resource that it shares. */
  of(node: Node): Node {
    const named = this.#graph.node(node.name)
    if (named && named.op === node.op && resourceKey(named) === resourceKey(node)) return named
    this.#byKey ??= new Map(
      [...this.#graph.nodes].filter(n => isVariable(n) || isTable(n)).map(n => [resourceKey(n), n]),
    )
    return this.#byKey.get(resourceKey(node)) ?? node
  }
}

/** What the model says is in the table; a graph that is frozen already says it by the node that fills the table. */
async function tableContents(model: Model, node: Node): Promise<TableContents> {
  try {
    return await model.tables.resolve(node)
  } catch (e) {
    const inGraph = isFreezeError(e, 'missing', 'unsupported') ? filledInGraph(node) : undefined
    if (inGraph) return inGraph
    throw e
  }
}

function filledInGraph(node: Node): TableContents | undefined {
  for (const reader of node.out().uses.keys()) {
    const { role } = reader
    if (role?.kind !== 'fills' || role.from !== 'pairs' || role.adds) continue
    const [keys, values] = reader.inputs.slice(1).map(value => value.tensor)
    if (keys && values) return { keys, values }
  }
  return undefined
}
