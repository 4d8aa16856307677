/** The checkpoint of a model, opened when first needed: a model without variables need not have one. */
import type { Folder } from '../../bytes/source.ts'
import { FreezeError } from '../../errors.ts'
import { type Bundle, openBundle } from '../../formats/tensor-bundle/bundle.ts'
import { elementCount, type Tensor } from '../../tensor/tensor.ts'
import type { TrackableObjectGraph } from '../../tensorflow/generated/messages.ts'
import type { CheckpointKey } from './restore.ts'

/** The checkpoint as the state of a model needs it. */
export interface Checkpoint {
  /** The index; undefined where the model has none. */
  bundle(): Promise<Bundle | undefined>
  /** The object graph that a TF2 checkpoint holds. */
  objects(): Promise<TrackableObjectGraph | undefined>
  readonly absent: Absent
}

/** The words for a checkpoint that is absent. */
export interface Absent {
  /** Where its index was looked for. */
  readonly index: string
  readonly hint: string
}

/** Where a SavedModel keeps its variables. */
const FOLDER = 'variables/'
const PREFIX = 'variables'
const NOT_IN_SAVED_MODEL: Absent = {
  index: `${FOLDER}${PREFIX}.index`,
  hint: 'Give the whole SavedModel folder, with its variables folder.',
}

/** The checkpoint in a SavedModel's folder; none without a folder. */
export const savedModelCheckpoint = (folder: Folder | undefined): Checkpoint =>
  checkpoint(async () => folder && bundleIn(folder, FOLDER, PREFIX))

/** The checkpoint whose files begin with `prefix` in a folder; none without a folder. */
export const checkpointIn = (folder: Folder | undefined, prefix: string): Checkpoint =>
  checkpoint(async () => folder && bundleIn(folder, '', prefix), {
    index: `${prefix}.index`,
    hint: `Put ${prefix}.index and ${prefix}.data-… beside ${prefix}.meta.`,
  })

/** Throws `unsupported` for weights of the first format: one table of the prefix's own name, without an index. */
async function bundleIn(folder: Folder, path: string, prefix: string): Promise<Bundle | undefined> {
  const index = await folder.file(`${path}${prefix}.index`)
  if (index) return openBundle(index, async name => folder.file(`${path}${name}`), prefix)
  if (!(await folder.file(path + prefix))) return undefined
  throw new FreezeError(
    'unsupported',
    "this is a checkpoint of TensorFlow's first format (V1), which is not supported",
    {
      file: path + prefix,
      hint: 'Restore it in TensorFlow and save it again: its savers write the second.',
    },
  )
}

/** A checkpoint from a way to open its index. */
export function checkpoint(open: () => Promise<Bundle | undefined>, absent = NOT_IN_SAVED_MODEL): Checkpoint {
  let bundle: Promise<Bundle | undefined> | undefined
  let objects: Promise<TrackableObjectGraph | undefined> | undefined
  const opened = (): Promise<Bundle | undefined> => (bundle ??= open())
  return { bundle: opened, objects: () => (objects ??= opened().then(b => b?.objectGraph())), absent }
}

/** The tensor, or the part of one, that a restore asks for. `shape` is what a reshaped one is put into. */
export async function readKey(
  bundle: Bundle,
  { key, slice, isReshaped }: CheckpointKey,
  shape: readonly (number | null)[] | null,
): Promise<Tensor> {
  const tensor = await bundle.slice(key, slice)
  const sizes = shape?.filter(d => d !== null)
  if (!isReshaped || !sizes || sizes.length !== shape?.length) return tensor
  if (elementCount(sizes) !== elementCount(tensor.shape)) {
    throw new FreezeError('corrupt', `[${tensor.shape}] is restored as [${sizes}], which has another size`, {
      file: bundle.name,
      path: [key],
    })
  }
  return { dtype: tensor.dtype, shape: sizes, recipe: { kind: 'computed', by: { op: 'reshape', of: [tensor] } } }
}
