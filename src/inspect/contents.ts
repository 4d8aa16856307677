/** Lists the contents of a model, and its likely outputs, without freezing it. */
import type { PartialShape } from '../graph/attr.ts'
import { likelyOutputs } from '../models/likely-outputs.ts'
import type { Model, ModelKind, Signature, SignatureTensor, VariableInfo } from '../models/model.ts'

/** The findings of a look at a model that does not freeze it. */
export interface Contents {
  readonly kind: ModelKind
  readonly name: string
  readonly madeFrom: Model['madeFrom']
  readonly writer?: string
  readonly tags?: readonly string[]
  readonly metagraphs: Model['metagraphs']
  readonly signatures: readonly InspectedSignature[]
  /** Those that an output reads. */
  readonly variables: readonly VariableInfo[]
  /** The further contents of the files: the state of an optimiser, a second copy of each weight. */
  readonly unreadVariables: readonly VariableInfo[]
  /** Functions of the program that can be frozen in a signature's place, by name. */
  readonly callable: readonly string[]
  /** How many nodes each op has, in the main graph and all functions, the most frequent first. */
  readonly ops: Readonly<Record<string, number>>
  /** For the main graph. */
  readonly nodes: number
  readonly functions: number
  /** Where there is no signature: tensors that look like outputs, the likeliest first. */
  readonly likelyOutputs?: readonly { readonly tensor: string; readonly reason: string }[]
  readonly notes: readonly string[]
}

/** A signature as plain data. */
export interface InspectedSignature {
  readonly name: string
  readonly inputs: readonly InspectedTensor[]
  readonly outputs: readonly InspectedTensor[]
}
/** A tensor of a signature, as the signature says. */
export interface InspectedTensor {
  readonly key: string
  readonly tensor: string
  readonly dtype: string
  readonly shape: PartialShape
}

/** Looks at a model; reads no weights. */
export async function contents(model: Model): Promise<Contents> {
  const likely = likelyTensors(model)
  const variables = await model.variables.list()
  return {
    kind: model.kind,
    name: model.name,
    madeFrom: model.madeFrom,
    ...(model.writer !== undefined && { writer: model.writer }),
    ...(model.tags && { tags: model.tags }),
    metagraphs: model.metagraphs,
    signatures: [...model.signatures.values()].map(inspectedSignature),
    variables: variables.filter(({ isRead }) => isRead !== false),
    unreadVariables: variables.filter(({ isRead }) => isRead === false),
    callable: [...(model.functions?.keys() ?? [])].filter(name => !model.signatures.has(name)),
    ops: countOps(model),
    nodes: model.graph.nodes.size,
    functions: model.graph.functions.size,
    ...(likely.length > 0 && { likelyOutputs: likely }),
    notes: model.notes,
  }
}

/** Where no signature says: tensors that look like outputs, the likeliest first. */
export const likelyTensors = (model: Model): { tensor: string; reason: string }[] =>
  model.signatures.size > 0
    ? []
    : likelyOutputs(model.graph).map(({ value, reason }) => ({ tensor: String(value), reason }))

const inspectedTensor = ({ key, value, dtype, shape }: SignatureTensor): InspectedTensor => ({
  key,
  tensor: `${value.node.name}:${value.index}`,
  dtype,
  shape,
})
const inspectedSignature = ({ name, inputs, outputs }: Signature): InspectedSignature => ({
  name,
  inputs: inputs.map(inspectedTensor),
  outputs: outputs.map(inspectedTensor),
})

function countOps(model: Model): Record<string, number> {
  const counts = new Map<string, number>()
  for (const graph of model.graph.withBodies()) {
    for (const { op } of graph.nodes) if (op !== '_Arg') counts.set(op, (counts.get(op) ?? 0) + 1)
  }
  return Object.fromEntries([...counts].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1)))
}
