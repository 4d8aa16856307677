/** The calls from the page to its worker, and their results: one entry a method. */

import type { ErrorCode, Unreadable } from '../../src/errors.ts'
import type { Contents } from '../../src/inspect/contents.ts'
import type { OptionName, OptionsOf } from '../../src/options/index.ts'
import type { Layout } from '../../src/picture/layout.ts'
import type { PublicTensor } from '../../src/picture/parts.ts'

/** The methods: parameters and result. */
export interface Methods {
  open: { params: OpenParams; result: Opened }
  /** The passes that there are: part of the optimiser, which is not needed to look at a model. */
  passes: { params: undefined; result: readonly PassInfo[] }
  /** The programs that a graph can be rewritten for. */
  targets: { params: undefined; result: readonly { readonly name: string; readonly description: string }[] }
  /** The files that a frozen graph can be written as. */
  formats: { params: undefined; result: readonly FormatInfo[] }
  /** Whether a signature can be frozen: it takes a while, so it is asked for on its own. */
  verdict: { params: { readonly signature?: string }; result: Verdict }
  picture: { params: PictureParams; result: PictureResult }
  /** The boxes that are open where everything is, as far as it can be drawn. */
  expand: { params: Viewpoint; result: { readonly open: readonly string[]; readonly isAll: boolean } }
  /** The picture as an SVG file. */
  drawing: { params: PictureParams; result: string }
  /** Opens what is around a box. */
  reveal: {
    params: Viewpoint & { readonly id: string }
    result: { readonly open: readonly string[]; readonly id: string; readonly isFound: boolean }
  }
  search: { params: Viewpoint & { readonly text: string }; result: SearchResult }
  details: { params: Viewpoint & { readonly id: string }; result: Details | undefined }
  values: { params: Viewpoint & { readonly id: string }; result: TensorValues }
  /** The boxes that a box's values come from, and that they go to. */
  trace: { params: Viewpoint & { readonly id: string }; result: Trace }
  /** Names for inputs and outputs that have a text in them. */
  names: { params: NamesParams; result: readonly Suggestion[] }
  /** The tensor of a name. Refused as freezing refuses it. */
  named: { params: NamesParams; result: Suggestion }
  freeze: { params: FreezeParams; result: FreezeResult }
  write: { params: WriteParams; result: Written }
  /** The manifest of the file of this ending, as JSON. */
  manifest: { params: { readonly extension: string }; result: string }
  /** Runs what was frozen before and after optimising, and compares the numbers. */
  check: { params: CheckParams; result: Checked }
}
export type Method = keyof Methods

/** Which graph is looked at. */
export type DocumentName = 'model' | 'before' | 'after'

/** A graph, seen in a certain way, with these boxes open (the one opened last is last). */
export interface Viewpoint {
  readonly document: DocumentName
  /** A function that is looked at on its own. */
  readonly root?: string
  readonly inline: boolean
  /** Whether nodes that the signature does not need are shown too. */
  readonly whole: boolean
  readonly signature?: string
  /** Undefined: what is open at first. */
  readonly open?: readonly string[]
}

export type OpenParams = (LocalFiles | { readonly served: ServedListing } | { readonly address: string }) & OpenChoice

/** The user's choices for opening. */
export interface OpenChoice {
  readonly tags?: readonly string[]
  /** The JSON of a Keras model, for a file that holds only weights. */
  readonly architecture?: File
}

/** Dropped or picked files, by path. */
export interface LocalFiles {
  readonly name: string
  readonly files: readonly { readonly path: string; readonly file: File }[]
}

/** The data that `tfreeze view` serves beside the page. */
export interface ServedListing {
  readonly base: string
  readonly name: string
  readonly main?: string
  readonly files: readonly { readonly path: string; readonly size: number }[]
}

export interface Opened {
  readonly contents: Omit<Contents, 'likelyOutputs'>
  readonly functions: readonly { readonly name: string; readonly label: string; readonly nodes: number }[]
  readonly tables: readonly TableInfo[]
  /** Where there are no variables: constants of more than one element, the largest of them. */
  readonly constants: readonly {
    readonly name: string
    readonly type: string
    readonly bytes: number
    readonly where: string
  }[]
  readonly assets: readonly { readonly path: string; readonly bytes: number }[]
  /** For a Keras file: its layers, in the model's order. */
  readonly layers?: readonly LayerInfo[]
  /** The file of the architecture that it was opened with. */
  readonly architecture?: string
  readonly inputs: readonly string[]
  /** Tensors that look like outputs and are not those of a signature, the likeliest first: the first of what may be thousands. */
  readonly likely: readonly { readonly tensor: string; readonly reason: string }[]
}
export interface LayerInfo {
  readonly path: string
  readonly className: string
  /** Empty where the layer cannot be written. */
  readonly shape: string
  readonly parameters: number
}
export interface TableInfo {
  readonly name: string
  readonly op: string
  readonly types: string
  /** The function that it is in. */
  readonly inside?: string
}
export interface PassInfo {
  readonly name: string
  readonly description: string
  readonly isEnabled: boolean
}
export interface Verdict {
  /** Why it cannot be frozen; absent where it can. */
  readonly refusal?: Failure
  /** All known facts about the model by now. */
  readonly notes: readonly string[]
}

export interface PictureParams extends Viewpoint {
  /** Chosen inputs and outputs; those of the signature where absent. */
  readonly ports?: readonly PublicTensor[]
}
export interface PictureResult {
  readonly layout: Layout
  /** The boxes that are open now: those open longest are closed where a picture would be too full. */
  readonly open: readonly string[]
  readonly count: number
}

export interface SearchResult {
  readonly hits: readonly Hit[]
  /** The number of all matches, listed or not. */
  readonly total: number
  /** Matches that the picture leaves out, since no output needs them. */
  readonly hidden: number
}
export interface Hit {
  readonly id: string
  readonly name: string
  readonly op: string
  /** The function that it is in. */
  readonly inside?: string
  /** Where an attribute matched, which. */
  readonly attribute?: string
}

export interface Details {
  readonly id: string
  readonly kind: 'node' | 'scope'
  readonly name: string
  readonly op?: string
  readonly device?: string
  readonly inside?: string
  readonly attributes: readonly { readonly name: string; readonly text: string }[]
  readonly inputs: readonly DetailInput[]
  readonly controls: readonly Reference[]
  readonly outputs: readonly DetailOutput[]
  readonly weight?: Weight
  /** Functions that it runs. */
  readonly bodies: readonly { readonly attr: string; readonly name: string }[]
  /** For a scope. */
  readonly nodes?: number
  readonly ops?: readonly (readonly [string, number])[]
}
export interface Reference {
  readonly id: string
  readonly name: string
}
export interface DetailInput extends Reference {
  readonly type: string
  readonly op: string
  /** The description of a constant or a variable that has no box. */
  readonly weight?: Weight
}
export interface DetailOutput {
  /** As `--outputs` takes it; absent where freezing cannot reach it (inside a loop or a branch). */
  readonly tensor?: string
  readonly index: number
  readonly type: string
  readonly readers: readonly Reference[]
  /** Results of the function, or outputs of the graph, that it is. */
  readonly results: readonly string[]
}
export interface Weight {
  readonly type: string
  readonly bytes: number
  /** `bytes 432–448 of variables.data-00000-of-00001`, or how it is computed. */
  readonly where: string
  readonly canRead: boolean
}

export interface TensorValues {
  readonly count: number
  /** How many were looked at. */
  readonly read: number
  readonly first: readonly string[]
  readonly statistics?: {
    readonly min: number
    readonly max: number
    readonly mean: number
    readonly zeros: number
    readonly notFinite: number
  }
  /** Counts of equal steps from min to max. */
  readonly histogram?: readonly number[]
}

export interface Trace {
  readonly up: readonly string[]
  readonly down: readonly string[]
}

/** A question about names: those with this text in them, or the one that is this text. */
export interface NamesParams {
  readonly kind: 'input' | 'output'
  readonly text: string
  readonly signature?: string
}
export interface Suggestion {
  readonly name: string
  /** The node and the output that it means. */
  readonly id: string
  readonly index: number
  /** Empty where it is not known. */
  readonly type: string
  /** The kind of thing that has this name: an output of the signature, a layer, an op. */
  readonly what: string
}

/** The options of freezing, of opening a Keras file in another way, and of optimising. */
export type FreezeParams = OptionsOf<'freeze'> &
  Omit<OptionsOf<'open'>, 'architecture' | 'custom'> & {
    /** Files that the user picked; the module is the user's own code, and runs in the worker. */
    readonly architecture?: File
    readonly custom?: File
    /** The ending of the file that is wanted; `.pb` where absent. */
    readonly format?: string
  } & Pick<OptionsOf<'command' | 'optimize'>, 'optimize' | 'passes' | 'dtype' | 'target'>
/** A file that a frozen graph can be written as. */
export interface FormatInfo {
  readonly extension: string
  readonly description: string
  /** The options of freezing that it needs. */
  readonly requires: Pick<FreezeParams, 'controlFlow' | 'target'>
}
export interface FreezeResult {
  /** The files that can be taken of it, the one that is wanted first. */
  readonly formats: readonly FormatInfo[]
  readonly inputs: readonly FrozenPortInfo[]
  readonly outputs: readonly FrozenPortInfo[]
  readonly notes: readonly string[]
  readonly before: Summary
  readonly after: Summary
  readonly passes: readonly PassReport[]
  readonly changes: { readonly removed: number; readonly folded: number; readonly new: number }
}
export interface FrozenPortInfo {
  readonly key: string
  readonly tensor: string
  readonly type: string
}
export interface Summary {
  /** The size of the file; absent where that is known only once it is written. */
  readonly bytes?: number
  readonly nodes: number
  readonly kinds: number
  readonly constantBytes: number
  readonly multiplyAdds: number
}
export interface PassReport {
  readonly pass: string
  readonly description: string
  /** How often it was applied, and the first places. */
  readonly count: number
  readonly applied: readonly { readonly rule: string; readonly at: string }[]
  readonly declined: readonly { readonly rule: string; readonly at: string; readonly reason: string }[]
}

export interface CheckParams {
  /** The seed of random inputs. */
  readonly seed: number
  /** Inputs, and outputs too where they were recorded: `.npz`, `.npy` or `.json`; or an image. */
  readonly data?: File
  /** How the pixels of an image become numbers; as the type of the input asks where empty. */
  readonly normalize?: string
}
export interface Checked {
  readonly agrees: boolean
  /** The other side of the comparison. */
  readonly against: string
  /** The inputs, with the sizes that were taken. */
  readonly inputs: readonly string[]
  readonly outputs: readonly {
    readonly key: string
    /** The largest difference, and the number that it is a part of. */
    readonly difference: string
    /** Other random inputs gave the same numbers. */
    readonly isInsensitive: boolean
  }[]
  /** The first node whose values differ. */
  readonly node?: string
  /** Why nothing could be compared. */
  readonly unverified?: string
}

export interface WriteParams {
  /** `.pb` or `.pbtxt`, by its ending. */
  readonly name: string
  /** Where to write; without, the bytes come back. */
  readonly handle?: FileSystemFileHandle
}
export interface Written {
  readonly bytes: number
  readonly blob?: Blob
}

/** The messages between page and worker. */
export type Request =
  | { readonly id: number; readonly method: Method; readonly params: unknown }
  | { readonly cancel: number }
export type Answer =
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly error: Failure }
  | { readonly id: number; readonly progress: Progress }

/** Undefined where it is not known how far it is; `what` is being done now. */
export interface Progress {
  readonly share?: number
  readonly what: string
}

/** An error as the command line would print it, with the page's words for options. */
export interface Failure {
  readonly message: string
  /** Options that the message names. */
  readonly options?: readonly OptionName[]
  /** Absent where it is a bug. */
  readonly code?: ErrorCode
  /** The node that it is about; the first where there are several. */
  readonly node?: string
  readonly nodes?: readonly Unreadable[]
}
