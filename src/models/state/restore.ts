/**
 * Finds which key the restore op puts where. Savers write a subgraph that reads the
 * checkpoint and assigns every variable; following it back says which key, and
 * which part of it, a variable gets, whatever the names are:
 *
 *     TensorFlow 1   NoOp ← ^Assign(variable, RestoreV2:i)
 *     TensorFlow 2   call of a function: AssignVariableOp(argument, Identity(RestoreV2:i))
 */
import { type Located, located, origin } from './frames.ts'

/** A request to a checkpoint. */
export interface CheckpointKey {
  readonly key: string
  /** A part of a partitioned variable, as savers write it: `8 4 0,3:0,4`. Empty for the whole. */
  readonly slice: string
  /** The elements are put into another shape: that of the variable. */
  readonly isReshaped: boolean
}

/** The key that a value is read from; undefined where it is not read from a checkpoint. */
export function checkpointKey(value: Located): CheckpointKey | undefined {
  const plain = origin(value)
  const from = origin(value, 'Reshape')
  const { role } = from.value.node
  if (role?.kind !== 'checkpoint' || !role.restores) return undefined
  const { key, slice } = role.restores
  const at = from.value.index // RestoreV2 reads as many keys as it has outputs
  return keyOf(text(from, key, at), slice === undefined ? '' : text(from, slice, at), plain.value !== from.value)
}

const keyOf = (key: string | undefined, slice: string | undefined, isReshaped: boolean): CheckpointKey | undefined =>
  key === undefined || slice === undefined ? undefined : { key, slice, isReshaped }

/** A string of a node's constant input. */
function text({ value, frame }: Located, slot: number, index: number): string | undefined {
  const input = value.node.inputs[slot]
  const recipe = input && origin(located(input, frame)).value.tensor?.recipe
  const bytes = recipe?.kind === 'strings' ? recipe.values[index] : undefined
  return bytes && new TextDecoder().decode(bytes)
}
