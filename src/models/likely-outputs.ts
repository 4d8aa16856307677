/** Which tensors of a graph are likely its outputs, where no signature says. */

import { Liveness } from '../graph/flow.ts'
import type { Graph } from '../graph/graph.ts'
import { anOp } from '../graph/names.ts'
import type { Node, Value } from '../graph/node.ts'
import type { Role } from '../tensorflow/roles.ts'

export interface LikelyOutput {
  readonly value: Value
  /** In a few words, for a list. */
  readonly reason: string
}

/**
 * Whether the node ends a part of a graph which is no part of the model: assigning, saving, checking, reporting. Or it
 * is only where a part begins: a constant, a placeholder, a variable and the plain read of one.
 */
function endsOtherPart({ role }: Node): boolean {
  switch (role?.kind) {
    case 'reads':
      return role.how !== 'rows'
    case 'constant':
    case 'placeholder':
    case 'formal':
    case 'join':
    case 'trigger':
    case 'variable':
    case 'table':
    case 'fills':
    case 'writes':
    case 'debug':
    case 'summary':
    case 'checkpoint':
    case 'fileWrite':
    case 'queue':
    case 'dataset':
      return true
    default:
      return false
  }
}

/** Whether the node reads a result without using it. */
const reports = (node: Node): boolean => node.is('summary', 'debug', 'checkpoint', 'join')

/** Scopes of training and of saving. */
const SIDE_SCOPES =
  /(^|\/)(gradients|gradient_tape|train(ing)?|optimizer|save(_\d+)?|metrics|loss(es)?|report_uninitialized_variables\w*)(\/|$)/i
const FINAL_OPS = new Map([
  ['Softmax', 4],
  ['Sigmoid', 4],
  ['LogSoftmax', 3],
  ['ArgMax', 2],
  ['Tanh', 1],
  ['BiasAdd', 1],
  ['Identity', 1],
  ['IdentityN', 1],
])
const FINAL_NAMES =
  /(^|[/_])(outputs?|logits|predictions?|pred|probabilit\w+|probs?|softmax|scores?|classes|boxes|final_result)(_\d+)?$/i

/**
 * Values that nothing reads and that look like results, the likeliest first; equally likely ones in the graph's order.
 * Values inside a branch or loop do not exist outside of it, and are none of them.
 */
export function likelyOutputs(graph: Graph): readonly LikelyOutput[] {
  const liveness = new Liveness(graph)
  const isSink = (node: Node): boolean =>
    !endsOtherPart(node) && !isRead(node) && !readsState(node) && liveness.depth(node) === 0
  const sinks = [...graph.nodes].filter(isSink)
  const written = dependsOnWrites(graph)
  const isComputed = (node: Node): boolean => !passesInputOn(node) && !written.has(node)
  const main = preferred(
    preferred(sinks, node => !SIDE_SCOPES.test(node.name)),
    isComputed,
  )
  const ranked = main.map(node => ({ node, ...rank(node) }))
  ranked.sort((a, b) => b.score - a.score)
  return ranked.flatMap(({ node, reason }) => {
    const count = node.is('merge') ? 1 : (node.outputTypes?.length ?? 1) // which input was alive is nobody's result
    return Array.from({ length: count }, (_, i) => ({ value: node.out(i), reason }))
  })
}

/** Those for which it holds, if it does for any. */
function preferred(nodes: readonly Node[], isBetter: (node: Node) => boolean): readonly Node[] {
  const better = nodes.filter(isBetter)
  return better.length > 0 ? better : nodes
}

/** Whether the node is an input or a constant under another name, as the `pred_id` of each `tf.cond` is. */
const passesInputOn = (node: Node): boolean => isIdentityOf(node, 'placeholder', 'constant')

const isIdentityOf = (node: Node, ...kinds: readonly Role['kind'][]): boolean =>
  node.op === 'Identity' && (node.inputs[0]?.node.is(...kinds) ?? false)

/** The nodes that compute with the result of an assignment: a step of training, such as a moving average. */
function dependsOnWrites(graph: Graph): ReadonlySet<Node> {
  const found = new Set<Node>()
  const stack = [...graph.nodes].filter(node => node.is('writes'))
  for (let node = stack.pop(); node; node = stack.pop()) {
    for (const output of node.outputs) {
      for (const reader of output?.uses.keys() ?? []) if (!found.has(reader) && found.add(reader)) stack.push(reader)
    }
  }
  return found
}

/** Whether something reads the node that is more than a report, a check or a gradient: a model's part, or an assignment. */
function isRead(node: Node): boolean {
  const readers = node.outputs.flatMap(output => [...(output?.uses.keys() ?? [])])
  return readers.some(reader => !reports(reader) && !SIDE_SCOPES.test(reader.name))
}

/** `w/read`, which stands beside every variable, used or not. */
const readsState = (node: Node): boolean => isIdentityOf(node, 'variable')

function rank(node: Node): { score: number; reason: string } {
  const named = FINAL_NAMES.test(node.name)
  const score = (named ? 8 : 0) + (FINAL_OPS.get(node.op) ?? 0)
  const reasons = [
    'nothing reads it',
    named && 'it is named as an output',
    FINAL_OPS.has(node.op) && `it is ${anOp(node)}`,
  ]
  return { score, reason: reasons.filter(Boolean).join(', ') }
}
