/**
 * Which nodes run conditionally. In TensorFlow's dataflow control flow the
 * outputs of a Switch that is not taken are dead, and so is what reads them, up
 * to a Merge; a loop's nodes run in a frame of their own, from Enter to Exit.
 * A constant that takes the place of such a node would run always, and outside
 * the frame, so the engine must know.
 */
import { type Graph, inOrder } from '../graph/graph.ts'
import type { Node } from '../graph/node.ts'

const SWITCH = new Set(['Switch', 'RefSwitch', '_SwitchN'])
const MERGE = new Set(['Merge', 'RefMerge'])
const ENTER = new Set(['Enter', 'RefEnter'])
const EXIT = new Set(['Exit', 'RefExit'])

/** Whether outputs of this node may be dead although it runs, so that a control edge from it means something else. */
export const isSwitch = (node: Node): boolean => SWITCH.has(node.op)
/** Whether the node runs as soon as one input is alive, so that control edges change when it does. */
export const isMerge = (node: Node): boolean => MERGE.has(node.op)

/** How many conditionals and loops a node is inside of. */
export class Liveness {
  readonly #depth = new Map<Node, number>()

  constructor(graph: Graph) {
    const conditional = [...graph.nodes].some(node => isSwitch(node) || ENTER.has(node.op))
    if (!conditional) return
    for (const node of inOrder(graph.nodes)) this.#depth.set(node, this.#ofInputs(node))
  }

  /** 0: runs whenever the graph does. Nodes made since count from their inputs. */
  depth(node: Node): number {
    if (this.#depth.size === 0) return 0
    return this.#depth.get(node) ?? this.#ofNew(node)
  }

  #ofNew(node: Node): number {
    for (const made of inOrder([node])) if (!this.#depth.has(made)) this.#depth.set(made, this.#ofInputs(made))
    return this.#depth.get(node)!
  }

  /** From the inputs that are known; the way back into a loop is not, and adds nothing. */
  #ofInputs(node: Node): number {
    let depth = 0
    for (const { node: before } of node.inputs) depth = Math.max(depth, this.#depth.get(before) ?? 0)
    for (const before of node.controls) {
      if (before.op !== 'ControlTrigger') depth = Math.max(depth, this.#depth.get(before) ?? 0) // that runs also after what is dead
    }
    if (ENTER.has(node.op)) return depth + 1
    if (EXIT.has(node.op)) return Math.max(0, depth - 1)
    if (isSwitch(node)) return isLoopSwitch(node) ? depth : depth + 1
    if (isMerge(node)) return isLoopMerge(node) ? depth : Math.max(0, depth - 1)
    return depth
  }
}

const isLoopSwitch = (node: Node): boolean => node.inputs[1]?.node.op === 'LoopCond'
const isLoopMerge = (node: Node): boolean =>
  node.inputs.some(value => ENTER.has(value.node.op) || /^(Ref)?NextIteration$/.test(value.node.op))
