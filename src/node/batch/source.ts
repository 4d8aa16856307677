/** A model of a batch, before it is read. */

/** A model, and what the list says of it. */
export interface Source {
  /** As it is opened. */
  readonly path: string
  /** The base of its output's name. */
  readonly relative: string
  readonly version?: string
  /** Where it goes, within the folder of outputs, instead of what the pattern says. */
  readonly output?: string
  /** Options of its own. */
  readonly options?: Readonly<Record<string, unknown>>
}
