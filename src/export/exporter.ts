/** An output kind. */
import type { Frozen } from '../freeze/frozen.ts'
import type { OutputFile } from './output.ts'

/** A way to write a frozen graph: one file of `export/`, one line of its registry. */
export interface Exporter {
  /** `output.format` of the manifest. */
  readonly name: string
  /** What it writes, and which path asks for it. */
  readonly sentence: string
  /** Whether an output path asks for it. */
  fits(path: string): boolean
  /**
   * The files, none read yet: one with an empty path, or several with paths in
   * a folder, the graph first. Throws `limit` where the result could not be read back.
   */
  write(frozen: Frozen): Promise<readonly OutputFile[]>
}
