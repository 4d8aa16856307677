/** Names of inputs and outputs: those that the model has, and what one of them means. */
import { FreezeError, isFreezeError } from '../../../src/errors.ts'
import { Facts } from '../../../src/facts/facts.ts'
import { freeze } from '../../../src/freeze/index.ts'
import { computes } from '../../../src/freeze/layer-scopes.ts'
import { resolveByTail, resolveExactly } from '../../../src/freeze/outputs.ts'
import type { Graph } from '../../../src/graph/graph.ts'
import { tensorName } from '../../../src/graph/names.ts'
import type { Value } from '../../../src/graph/node.ts'
import { tryFreezing } from '../../../src/inspect/inspection.ts'
import type { Model, SignatureTensor } from '../../../src/models/model.ts'
import { typed } from '../../../src/picture/shapes.ts'
import type { NamesParams, Suggestion } from '../protocol.ts'
import type { Session } from './session.ts'

/** Names that are suggested at once. */
const MAX_SUGGESTED = 30

/** The graph in which names are looked for, and what is inferred of a value of it or of the model's own. */
interface Named {
  readonly graph: Graph
  readonly typeOf: (value: Value) => string
}

/** By model and signature: freezing it once gives the names that nodes have outside of functions. */
const known = new WeakMap<Model, Map<string | undefined, Promise<Named>>>()

function namedIn({ model }: Session, signature: string | undefined): Promise<Named> {
  const ofModel = known.get(model) ?? new Map<string | undefined, Promise<Named>>()
  known.set(model, ofModel)
  const found = ofModel.get(signature) ?? lookedInto(model, signature)
  ofModel.set(signature, found)
  return found
}

async function lookedInto(model: Model, signature: string | undefined): Promise<Named> {
  const graph = model.graph.functions.size === 0 ? model.graph : await inlined(model, signature)
  const [facts, own] = [new Facts(graph), new Facts(model.graph)]
  return { graph, typeOf: value => typeIn(graph.node(value.node.name) === value.node ? facts : own, value) }
}

/** The graph with functions inlined; the main graph where the model cannot be frozen. */
async function inlined(model: Model, signature: string | undefined): Promise<Graph> {
  try {
    return (await tryFreezing(model, signature)).graph
  } catch (error) {
    if (!isFreezeError(error)) throw error
    return model.graph
  }
}

const entriesOf = ({ model }: Session, { kind, signature }: NamesParams): readonly SignatureTensor[] =>
  model.signatures.get(signature ?? '')?.[kind === 'output' ? 'outputs' : 'inputs'] ?? []

/** Names that have the text in them: keys of the signature, layers, then nodes; those whose last part begins with it first. */
export async function names(session: Session, params: NamesParams): Promise<Suggestion[]> {
  const { graph, typeOf } = await namedIn(session, params.signature)
  const wanted = params.text.trim().toLowerCase()
  const found: { readonly name: string; readonly what: string; readonly value: Value }[] = []
  const seen = new Set<string>()
  const offer = (name: string, what: string, value: Value | undefined): void => {
    if (!value || seen.has(name) || !name.toLowerCase().includes(wanted)) return
    seen.add(name)
    found.push({ name, what, value })
  }
  for (const { key, value } of entriesOf(session, params)) offer(key, `${params.kind} of the signature`, value)
  for (const [name, values] of session.model.layers ?? []) offer(name, 'layer', values[0])
  for (const node of graph.nodes) if (computes(node) || node.is('placeholder')) offer(node.name, node.op, node.out())
  const rank = ({ name }: { readonly name: string }): number => {
    const lower = name.toLowerCase()
    return lower === wanted ? 0 : lower.slice(lower.lastIndexOf('/') + 1).startsWith(wanted) ? 1 : 2
  }
  return found
    .sort((a, b) => rank(a) - rank(b)) // stable: within a rank as they were offered
    .slice(0, MAX_SUGGESTED)
    .map(({ name, what, value }) => suggestion(name, what, value, typeOf))
}

function typeIn(facts: Facts, value: Value): string {
  const { dtype, shape } = facts.of(value)
  const known = value.dtype ?? dtype
  return known ? typed(known, shape) : ''
}

const suggestion = (name: string, what: string, value: Value, typeOf: Named['typeOf']): Suggestion => ({
  name,
  what,
  id: value.node.name,
  index: value.index,
  type: typeOf(value),
})

/**
 * The tensor of a name, by the rules of freezing. A node of a function that the
 * signature does not call is found by freezing to it. Throws as freezing does.
 */
export async function named(session: Session, params: NamesParams): Promise<Suggestion> {
  const { kind, signature } = params
  const name = params.text.trim()
  const { graph, typeOf } = await namedIn(session, signature)
  const entries = entriesOf(session, params)
  const { node, index } = tensorName(name)
  const { layers } = session.model
  const exact =
    resolveExactly(session.model.graph, name, entries)?.value ?? layers?.get(name)?.[0] ?? layers?.get(node)?.[index]
  if (exact) return suggestion(name, exact.node.op, exact, typeOf)
  try {
    const keys = [...entries.map(entry => entry.key), ...(layers?.keys() ?? [])]
    const value = resolveByTail(graph, name, kind, keys)
    return suggestion(name, value.node.op, value, typeOf)
  } catch (error) {
    if (graph === session.model.graph || !isFreezeError(error, 'missing')) throw error
    const asked = kind === 'output' ? { outputs: [name] } : { inputs: [name] }
    const frozen = await freeze(session.model, { ...asked, ...(signature !== undefined && { signature }) })
    const port = frozen.graph[kind === 'output' ? 'outputs' : 'inputs'].find(({ key }) => key === name)
    if (port) return suggestion(name, port.value.node.op, port.value, of => typeIn(new Facts(frozen.graph), of))
    throw new FreezeError('missing', `'${name}' is not an ${kind}`)
  }
}
