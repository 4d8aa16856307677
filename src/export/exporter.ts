/** An output kind: a way to write a frozen graph, or to draw a model. */
import { FreezeError } from '../errors.ts'
import type { Frozen } from '../freeze/frozen.ts'
import type { Model } from '../models/model.ts'
import type { OptionsOf, SettingsOf } from '../options/index.ts'
import type { OutputFile } from './output.ts'

interface Common {
  /** `output.format` of the manifest. */
  readonly name: string
  /** The name of the kind that it writes. */
  readonly description: string
  /**
   * How a path ends that asks for it, in lower case; the first is what the page offers.
   * One that ends in `/` is a folder: then the files' paths are in it.
   */
  readonly extensions: readonly string[]
}

/** The options that a command or page must set before it freezes, so that the graph can be written in this way. */
export interface Requirements {
  readonly controlFlow?: SettingsOf<'freeze'>['controlFlow']
  /** The target whose passes rewrite the graph. */
  readonly target?: string
}

/** The defaults of options that suit this kind best. */
export interface Preferences {
  readonly rnn?: SettingsOf<'freeze'>['rnn']
}

/** The context in which files are written. */
export interface ExportContext {
  /** The name of the file or folder, for files that name each other. */
  readonly name: string
  readonly options: OptionsOf<'export'>
}

/** Writes a frozen graph: one file of `export/`, one line of its registry. */
export interface Exporter extends Common {
  readonly kind: 'graph'
  /** Options of freezing that this kind needs. */
  readonly requires?: Requirements
  readonly prefers?: Preferences
  /** The largest result that its readers can load, in bytes. */
  readonly maxBytes?: number
  /**
   * The files, none read yet, the graph first. In a folder each has its path; otherwise
   * the first has an empty path, and others what is appended to the output's path to
   * lie beside it (`.data`). Throws `limit` above `maxBytes`, before anything is written.
   */
  write(frozen: Frozen, context?: ExportContext): Promise<readonly OutputFile[]>
}

/** Draws the graph of a model as it is: what `view --export` writes. */
export interface Drawing extends Common {
  readonly kind: 'drawing'
  draw(model: Model): Promise<string>
}

/** Whether the path asks for this kind. */
export const fits = ({ extensions }: Pick<Common, 'extensions'>, path: string): boolean =>
  extensions.some(extension => path.replaceAll('\\', '/').toLowerCase().endsWith(extension))

/** Whether its files lie in a folder that the output's path names. */
export const isFolder = (extension: string): boolean => extension.endsWith('/')

/** Throws `limit` where a result is larger than its readers can load; `what` is `a GraphDef`. */
export function checkSize(size: number, maxBytes: number, what: string): void {
  if (size <= maxBytes) return
  throw new FreezeError(
    'limit',
    `the graph takes ${size} bytes with its weights, and ${what} has at most ${maxBytes}`,
    {
      hint: 'Write a SavedModel with its weights beside it (-o FOLDER/ --weights variables), store weights in half the bytes with --dtype float16, or freeze to fewer outputs.',
    },
  )
}
