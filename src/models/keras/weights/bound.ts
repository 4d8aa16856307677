/** Which weight in a file is which weight of which layer. */
import type { Layer } from '../layer-graph.ts'
import type { StoredWeight } from './stored-weight.ts'

/** A weight as the file has it, and whose it is. */
export interface Bound {
  readonly layer: Layer
  readonly role: string
  readonly weight: StoredWeight
}

/** The weights of a file by object. */
export interface BoundObjects {
  readonly bound: Bound[]
  /** By a layer's path, its object's: where its assets lie. */
  readonly objects: ReadonlyMap<string, string>
}
