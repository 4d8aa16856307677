/** How a lowering says that ONNX cannot say a node. */

/** Why a node cannot be written. Caught where nodes are lowered one by one: all refusals are reported together. */
export class Refusal extends Error {}

/** Refuses a node: a sentence without its full stop. */
export function refuse(reason: string): never {
  throw new Refusal(reason)
}
