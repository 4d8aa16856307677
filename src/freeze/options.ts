/** What a caller of `freeze` may ask for; the command line's options of the same names. */
import type { PartialShape } from '../graph/attr.ts'

/** All may be left out. */
export interface FreezeOptions {
  /** The signature; `serving_default`, else the only one. */
  readonly signature?: string | undefined
  /** Freeze to these instead: signature keys, tensor names, node names, or an unambiguous tail of a node name. */
  readonly outputs?: readonly string[] | undefined
  /** Cut the graph at these, named likewise: they become placeholders. */
  readonly inputs?: readonly string[] | undefined
  /** Fixed shapes of inputs, by key, tensor or node name. */
  readonly shapes?: ReadonlyMap<string, PartialShape> | undefined
  /** New names of inputs and outputs, by key, tensor or node name. */
  readonly renames?: ReadonlyMap<string, string> | undefined
  /** Variables that stay variables, by node name. */
  readonly keepVariables?: readonly string[] | undefined
  /** Switch, Merge, Enter… nodes (`v1`, the default), or If and While with functions. */
  readonly controlFlow?: 'v1' | 'v2' | undefined
  /** Static lookup tables as tables that initialise themselves (`graph`, the default), or as a search of constants. */
  readonly tables?: 'graph' | 'constants' | undefined
}
