/**
 * `tfreeze/formats`: the readers of the formats alone, for programs that want a
 * checkpoint's tensors, an HDF5 file's datasets or a GraphDef without freezing anything.
 *
 * ```ts
 * import { openBundle } from 'tfreeze/formats'
 * import { openFolder } from 'tfreeze/node'
 *
 * const folder = openFolder('my_model/variables')
 * const index = await folder.file('variables.index')
 * if (!index) throw new Error('there is no checkpoint')
 * const bundle = await openBundle(index, name => folder.file(name), 'variables')
 * for (const key of bundle.keys()) console.log(key, bundle.entry(key))
 * ```
 *
 * @module tfreeze/formats
 */
export { archiveFolder } from '../formats/archive.ts'
export type { Hdf5Attribute } from '../formats/hdf5/attribute.ts'
export type { Hdf5Dataset } from '../formats/hdf5/dataset.ts'
export { type Hdf5File, openHdf5 } from '../formats/hdf5/file.ts'
export { isHdf5 } from '../formats/hdf5/signature.ts'
export type { MessageSniff } from '../formats/protobuf/sniff.ts'
export { Bundle, type OpenShard, openBundle } from '../formats/tensor-bundle/bundle.ts'
export type { BundleEntry, BundleHeader } from '../formats/tensor-bundle/entry.ts'
export type { Extent, Slice } from '../formats/tensor-bundle/slice.ts'
export { readGraph } from '../models/frozen-graph.ts'
export type {
  TrackableObjectGraph,
  TrackableObjectGraph_TrackableObject,
  TrackableObjectGraph_TrackableObject_ObjectReference,
  TrackableObjectGraph_TrackableObject_SerializedTensor,
} from '../tensorflow/generated/messages.ts'
