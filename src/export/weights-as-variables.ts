/**
 * Weights as variables, for graphs that are larger than a message may be: each large constant becomes a variable that
 * a saver of TensorFlow 1 restores, which every loader of SavedModels understands.
 *
 *     w = Const              w = VarHandleOp,  w/Read/ReadVariableOp
 *
 *     save/Const → save/RestoreV2 → save/AssignVariableOp … ⇢ save/restore_all
 *     save/Const → save/SaveV2 ⇢ save/control_dependency
 *
 * Source: tensorflow/python/training/saver.py, tensorflow/cc/saved_model/loader.cc.
 */
import { list } from '../graph/attr.ts'
import { moveReaders, moveWaiting, splice } from '../graph/edit.ts'
import type { Graph } from '../graph/graph.ts'
import type { Node, Value } from '../graph/node.ts'
import { LARGE_BYTES } from '../limits.ts'
import { isNumeric } from '../tensor/codec.ts'
import { strings } from '../tensor/make.ts'
import { byteLength, type Tensor } from '../tensor/tensor.ts'
import { type CollectionDef, type SaverDef, VariableDef } from '../tensorflow/generated/messages.ts'

/** The variables of a metagraph, and their values by the keys of the checkpoint. */
export interface Variables {
  readonly tensors: ReadonlyMap<string, Tensor>
  readonly saverDef: SaverDef
  /** The variables, for loaders that make them by themselves. */
  readonly collectionDef: ReadonlyMap<string, CollectionDef>
}

/** A variable that was made of a constant. */
interface Made {
  readonly tensor: Tensor
  readonly handle: Node
  readonly read: Node
}

/**
 * Makes variables of the constants of a graph that have LARGE_BYTES or more; undefined where there are none. Those in
 * functions stay, and so do those that wait for a branch or loop: a variable is the whole graph's.
 */
export function weightsAsVariables(graph: Graph): Variables | undefined {
  const made = [...graph.nodes].filter(node => isLarge(graph, node)).map(node => asVariable(graph, node))
  if (made.length === 0) return undefined
  const saver = new Saver(graph, made)
  return {
    tensors: new Map(made.map(({ handle, tensor }) => [handle.name, tensor])),
    saverDef: saver.def,
    collectionDef: new Map([['variables', saver.collection]]),
  }
}

const isLarge = (graph: Graph, node: Node): boolean => {
  if (node.op !== 'Const' || node.controls.size > 0 || graph.isPublic(node)) return false
  const tensor = node.tensor('value')
  return isNumeric(tensor.dtype) && byteLength(tensor) >= LARGE_BYTES
}

function asVariable(graph: Graph, node: Node): Made {
  const { name } = node
  const tensor = node.tensor('value')
  const { dtype, shape } = tensor
  const handle = graph.add('VarHandleOp', [], { dtype, shape, shared_name: name, container: '' }, name)
  const read = graph.add('ReadVariableOp', [handle.out()], { dtype }, `${name}/Read/ReadVariableOp`)
  moveReaders(graph, node.out(), read.out())
  moveWaiting(graph, node, read)
  splice(graph, node)
  graph.rename(handle, name)
  return { tensor, handle, read }
}

/** The nodes that restore the variables from a checkpoint and save them to one. */
class Saver {
  readonly def: SaverDef
  readonly collection: CollectionDef

  constructor(graph: Graph, variables: readonly Made[]) {
    const constant = (value: Tensor, name: string): Value => graph.const(value, `save/${name}`)
    const model = constant(strings([], ['model']), 'filename/input')
    const path = graph.add('PlaceholderWithDefault', [model], { shape: [] }, 'save/Const').out()
    const names = variables.map(({ handle }) => handle.name)
    const keys = constant(strings([names.length], names), 'tensor_names')
    const slices = constant(
      strings(
        [names.length],
        names.map(() => ''),
      ),
      'shape_and_slices',
    )
    const dtypes = list(
      'type',
      variables.map(({ tensor }) => tensor.dtype),
    )
    const restored = graph.add('RestoreV2', [path, keys, slices], { dtypes }, 'save/RestoreV2')
    const assignments = variables.map(({ handle, tensor: { dtype } }, i) =>
      graph.add('AssignVariableOp', [handle.out(), restored.out(i)], { dtype }, 'save/AssignVariableOp'),
    )
    const restore = graph.add('NoOp', [], {}, 'save/restore_all')
    for (const assignment of assignments) restore.addControl(assignment)
    const values = variables.map(({ read }) => read.out())
    const saved = graph.add('SaveV2', [path, keys, slices, ...values], { dtypes }, 'save/SaveV2')
    const save = graph.add('Identity', [path], {}, 'save/control_dependency')
    save.addControl(saved)
    this.def = {
      filenameTensorName: `${path.node.name}:0`,
      saveTensorName: `${save.name}:0`,
      restoreOpName: restore.name,
      version: V2,
    }
    const defs = variables.map(({ handle, read }, i) => variableDef(handle, assignments[i]!, read))
    this.collection = { kind: { $case: 'bytesList', value: { value: defs } } }
  }
}

/** SaverDef.CheckpointFormatVersion: tensor bundles. */
const V2 = 2

const variableDef = (handle: Node, assignment: Node, read: Node): Uint8Array =>
  VariableDef.encode({
    variableName: `${handle.name}:0`,
    initializerName: assignment.name,
    snapshotName: `${read.name}:0`,
    isResource: true,
    saveSliceInfoDef: undefined,
  }).finish()
