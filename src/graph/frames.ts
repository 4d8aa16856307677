/**
 * Frames: each loop of TensorFlow 1's dataflow runs in one of its own, inside of the frame that its values come from.
 * An Enter goes into the frame that it names, an Exit back out; everything else runs where its inputs are, and all of
 * these, control edges too, must be in one frame. Source: tensorflow/core/graph/control_flow.cc, BuildControlFlowInfo.
 */
import { hasDataflow, inOrder, isBackEdge, needsOf } from './flow.ts'
import type { Graph } from './graph.ts'
import type { Node } from './node.ts'

/** A frame, by the name that its Enter nodes give it and the frame around it; the graph itself is the outermost. */
export interface Frame {
  readonly name: string
  readonly parent?: Frame
}

const OUTERMOST: Frame = { name: '' }

/** Frames of the same name and the same parent are one. */
class Frames {
  readonly #inside = new Map<Frame, Map<string, Frame>>()

  enter(name: string, parent: Frame): Frame {
    const inside = this.#inside.get(parent) ?? new Map<string, Frame>()
    this.#inside.set(parent, inside)
    const frame = inside.get(name) ?? { name, parent }
    inside.set(name, frame)
    return frame
  }
}

/** A node whose inputs come from different frames, with two of them; TensorFlow runs no graph that has one. */
export interface MixedFrames {
  readonly node: Node
  readonly one: Node
  readonly other: Node
}

/** The first node whose inputs come from different frames. Undefined where all is in order. */
export function mixedFrames(graph: Graph): MixedFrames | undefined {
  return hasDataflow(graph) ? framesOf(graph).mixed : undefined
}

/** The frame of each node's outputs, up to the first node whose inputs come from different frames. */
export function framesOf(graph: Graph): { readonly frames: ReadonlyMap<Node, Frame>; readonly mixed?: MixedFrames } {
  const known = new Frames()
  const frames = new Map<Node, Frame>()
  for (const node of inOrder(graph.nodes)) {
    const needs = needsOf(node).filter(need => !isBackEdge(need, node) && frames.has(need))
    const [one] = needs
    const frame = one ? frames.get(one)! : OUTERMOST
    const other = needs.find(need => frames.get(need) !== frame)
    if (one && other) return { frames, mixed: { node, one, other } }
    frames.set(node, frameOf(node, frame, known))
  }
  return { frames }
}

/** The frame in which a node's outputs are, from that of its inputs. */
function frameOf(node: Node, frame: Frame, frames: Frames): Frame {
  if (node.is('enter')) return frames.enter(node.str('frame_name'), frame)
  return node.is('exit') ? (frame.parent ?? OUTERMOST) : frame
}
