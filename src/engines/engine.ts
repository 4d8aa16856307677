/** The interface of all engines that run graphs. */
import type { NdArray } from '../evaluate/array.ts'
import type { Frozen } from '../freeze/frozen.ts'

/** Arrays by the names of tensors: `image`, `image:0`, `probs:1`. */
export type Arrays = ReadonlyMap<string, NdArray>

/** Something that runs graphs. */
export interface Engine {
  /** As `--engine` calls it. */
  readonly name: string
  /** Makes a graph ready to be run. Throws where the engine cannot load it. */
  load(frozen: Frozen): Promise<Runnable>
  /** Makes the SavedModel in a folder ready as it is; absent where the engine does not read SavedModels. */
  loadSavedModel?(folder: string, tags: readonly string[]): Runnable
  /**
   * Makes a Keras file ready as it is; absent where the engine does not read Keras files. `inputs` are the names that
   * it is fed by, in the model's order; its outputs are fetched by their numbers, `0`, `1`, …
   */
  loadKeras?(path: string, inputs: readonly string[]): Promise<Runnable>
}

/** A graph that an engine has loaded. */
export interface Runnable {
  /** The engine as a report names it, with its version where it has one of its own. */
  readonly engine: string
  /** The ops that it cannot run, sorted; empty where it can run the graph, or does not know before it runs. */
  readonly lacks: readonly string[]
  /** The values of tensors, in the order of `fetches`. Throws what the computation runs into. */
  run(feeds: Arrays, fetches: readonly string[]): Promise<readonly NdArray[]>
  /** Gives its memory back. */
  close(): void
}
