/** The description of an option: one row gives its type, its default, and its text for people. */
import type { ByteSource } from '../bytes/source.ts'
import type { PartialShape } from '../graph/attr.ts'

/** The types of values, by the kind of option. A `choice` is one of its `choices`. */
export interface OptionKinds {
  /** On or off: the command line's `--quiet`. */
  readonly flag: boolean
  readonly text: string
  readonly number: number
  readonly choice: string
  /** `a,b` on the command line. */
  readonly names: readonly string[]
  /** By name: `image=1,224,224,3`, repeatable. */
  readonly shapes: ReadonlyMap<string, PartialShape>
  /** New names by old ones: `OLD=NEW`, repeatable. */
  readonly renames: ReadonlyMap<string, string>
  /** Small constants by name: `is_training=false`, `scale=[1,2]`, repeatable. */
  readonly constants: ReadonlyMap<string, Literal>
  /** A file; its path on the command line. */
  readonly file: ByteSource
  /** A JavaScript module of the user's own; its path on the command line. */
  readonly module: unknown
}

/** A value as a person writes it: a number, a flag, a text, or a list of these. */
export type Literal = number | boolean | string | readonly Literal[]

/** Who takes an option: opening a model, freezing it, optimising the result, writing it, or the command line alone. */
export type Stage = 'open' | 'freeze' | 'optimize' | 'export' | 'command'

/** The commands that have options. */
export type CommandName =
  | 'freeze'
  | 'batch'
  | 'optimize'
  | 'merge'
  | 'inspect'
  | 'verify'
  | 'run'
  | 'view'
  | 'completion'

/** The fields that every row has. */
export interface OptionCommon {
  readonly stages: readonly Stage[]
  readonly commands: readonly CommandName[]
  /** Its effect, as `--help`, the documentation and the page describe it. */
  readonly description: string
  /** The name on the command line, where it is not the row's: `--control-flow` for `controlFlow`. */
  readonly flag?: string
  /** One letter: `-o`. */
  readonly short?: string
  /** The placeholder of its value in `--help`: `--tags <a,b>`. */
  readonly argument?: string
  readonly isRequired?: boolean
  /** The option may stand without a value, which then is empty. */
  readonly isValueOptional?: boolean
  /** Its name in the page: the label in the form, and the word for it in messages. */
  readonly label?: string
  /** The models that it matters to, where not to all. */
  readonly madeFrom?: 'layers'
}

/** A row of the table. */
export type OptionDef =
  | (OptionCommon & { readonly kind: 'flag'; readonly default?: boolean })
  | (OptionCommon & { readonly kind: 'number'; readonly default?: number })
  | (OptionCommon & {
      readonly kind: 'choice'
      readonly choices: Readonly<Record<string, string>>
      readonly default: string
    })
  | (OptionCommon & {
      readonly kind: Exclude<keyof OptionKinds, 'flag' | 'number' | 'choice'>
      readonly default?: undefined
    })

/** The type of a row's value. */
export type ValueOf<D extends OptionDef> = D extends { readonly choices: infer C } ? keyof C : OptionKinds[D['kind']]

/** The rows of a table that a stage takes, as the type of an object of which all may be left out. */
export type OptionsIn<T extends Readonly<Record<string, OptionDef>>, S extends Stage> = {
  readonly [N in keyof T as S extends T[N]['stages'][number] ? N : never]?: ValueOf<T[N]> | undefined
}

/** The same with the defaults filled in: what has one is there. */
export type SettingsIn<T extends Readonly<Record<string, OptionDef>>, S extends Stage> = OptionsIn<T, S> & {
  readonly [N in keyof T as S extends T[N]['stages'][number]
    ? T[N] extends { readonly default: boolean | number | string }
      ? N
      : never
    : never]: ValueOf<T[N]>
}
