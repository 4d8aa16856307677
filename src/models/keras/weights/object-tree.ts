/**
 * The object graph of a model in a TensorFlow checkpoint: objects that hold others under the names of their attributes,
 * and variables. Written by `save_weights(…, save_format="tf")` and `tf.train.Checkpoint`.
 */
import { FreezeError } from '../../../errors.ts'
import type { Bundle } from '../../../formats/tensor-bundle/bundle.ts'
import { elementCount } from '../../../tensor/tensor.ts'
import { bytesPerElement } from '../../../tensorflow/dtype.ts'
import type { TrackableObjectGraph } from '../../../tensorflow/generated/messages.ts'
import { fromTensor, type StoredWeight } from './stored-weight.ts'

/** An object of the program that wrote the checkpoint. The graph of objects may have cycles. */
export interface TrackedObject {
  /** Its children, by the attribute's name, in the file's order. */
  readonly children: ReadonlyMap<string, TrackedObject>
  /** Its value, where it is a variable of numbers. */
  readonly weight?: StoredWeight
  /** The variable's name in the program: `multi_head_attention/query/kernel`. */
  readonly fullName: string
}

/** The objects of a checkpoint. */
export interface ObjectTree {
  /** The file's name, for messages. */
  readonly name: string
  readonly root: TrackedObject
}

const VARIABLE = 'VARIABLE_VALUE'

/** The object that the checkpoint was made of. Reads no weight. Throws `missing` for a checkpoint that lists no objects. */
export async function objectTree(bundle: Bundle): Promise<ObjectTree> {
  const objects = await bundle.objectGraph()
  if (!objects || objects.nodes.length === 0)
    throw new FreezeError('missing', 'the checkpoint does not say which objects its tensors belong to', {
      file: bundle.name,
      hint: 'Save the weights with model.save_weights, or give the .meta file of a TensorFlow 1 checkpoint.',
    })
  const tree = await Promise.all(objects.nodes.map(node => withoutChildren(node, bundle)))
  for (const [i, { children }] of objects.nodes.entries()) {
    for (const { nodeId, localName } of children) {
      const child = tree[nodeId]
      if (!child) throw new FreezeError('corrupt', `object ${nodeId} is not listed`, { file: bundle.name })
      tree[i]!.children.set(localName, child)
    }
  }
  return { name: bundle.name, root: tree[0]! }
}

async function withoutChildren({ attributes }: TrackableObjectGraph['nodes'][number], bundle: Bundle) {
  const children = new Map<string, TrackedObject>()
  const value = attributes.find(({ name }) => name === VARIABLE)
  if (!value) return { children, fullName: '' }
  const tensor = await bundle.tensor(value.checkpointKey)
  const bytes = elementCount(tensor.shape) * bytesPerElement(tensor.dtype)
  const weight = fromTensor(value.checkpointKey, tensor, bundle.name, bytes)
  return { children, weight, fullName: value.fullName }
}

/** A variable inside an object. */
export interface TrackedWeight {
  /** From the object: `cell/kernel`. */
  readonly path: string
  readonly fullName: string
  readonly weight: StoredWeight
}

/** The variables inside an object, at any depth, each once. */
export function weightsIn(object: TrackedObject): readonly TrackedWeight[] {
  const found: TrackedWeight[] = []
  const seen = new Set<TrackedObject>()
  const stack = [{ at: object, path: '' }]
  for (let next = stack.pop(); next; next = stack.pop()) {
    const { at, path } = next
    if (seen.has(at)) continue
    seen.add(at)
    if (at.weight) found.push({ path, fullName: at.fullName, weight: at.weight })
    const inner = [...at.children].map(([name, child]) => ({ at: child, path: path ? `${path}/${name}` : name }))
    stack.push(...inner.reverse())
  }
  return found
}

/** The object at a path of attributes. Keras 3 has some under a name that begins with `_`. */
export function objectAt(object: TrackedObject, path: string): TrackedObject | undefined {
  let at: TrackedObject | undefined = object
  for (const name of path.split('/').filter(Boolean)) at = at?.children.get(name) ?? at?.children.get(`_${name}`)
  return at
}
