/**
 * A class of Keras' layers: the object that a family's file lists for it.
 * Whoever reads configurations, finds weights or writes ops asks this object, and no other table.
 *
 *     {
 *       name: 'Scaled',
 *       emit: scaled,                                  // a LayerCall → what it computes
 *       mask: 'pass',
 *       weights: () => [trained('gamma', [null])],
 *     }
 */
import type { Emitter, LayerCall, Mask } from '../call.ts'
import type { Dialect, Json, LayerConfig } from '../layer-graph.ts'
import type { SlotsOf } from '../weights/slots.ts'
import type { StoredWeights } from '../weights/stored.ts'
import type { Cell } from './recurrent/cell.ts'

export interface LayerClass {
  /** The canonical name: that of Keras 3, or of the last Keras that has the class. */
  readonly name: string
  /** Its other names in files. Source: the aliases of Keras 1, 2 (`keras/legacy`, `tensorflow/python/keras`) and 3. */
  readonly aliases?: readonly string[]
  /** Its name in Python where the public name is another; files by object name groups after it. */
  readonly pythonName?: string

  // ---- Its ops

  /** Writes the layer. Absent: the class is only known as a part of others (a cell), or is `refused`. */
  readonly emit?: Emitter
  /** It computes in float32 where its type is float16 or bfloat16, and gives that: statistics need it. */
  readonly isWide?: boolean
  /** How the class treats the mask: it ends here unless this says otherwise, or the emitter returns one. */
  readonly mask?: Mask
  /** For a recurrent layer or a cell: what is repeated. */
  readonly cell?: (call: LayerCall) => Cell
  /** Why the class cannot be written. */
  readonly refused?: string
  /** Why it is refused where Keras 0.x wrote it: it computed something else. */
  readonly refusedInKeras0?: string

  // ---- Its configuration

  /** Argument of older Keras → today's name, where the old name means something else in other classes. */
  readonly oldArguments?: Readonly<Record<string, string>>
  /** How many spatial axes it works on: sizes for each may be one number in the file, and `data_format` has a default. */
  readonly spatialRank?: 1 | 2 | 3
  /** An argument that is a pair of sizes for each spatial axis. */
  readonly pairs?: 'padding' | 'cropping'
  /** Values of arguments that a file leaves out: defaults that changed, and what the class stands for (`CuDNNLSTM`). */
  readonly absent?: (writer: ClassWriter) => LayerConfig
  /** Keras 3 does not save whether it is trainable, which tells layers from calls of functions. */
  readonly omitsTrainable?: boolean
  /** The layers that its arguments hold, by role. */
  readonly wraps?: (config: LayerConfig) => readonly Wrapped[]
  /** It takes states beside its input: `[x, state, …]` in Keras 2, `(x, states)` in Keras 3. */
  readonly takesStates?: boolean

  // ---- Its numbers

  /** The layer's own weights, without those of layers inside it. Absent: any that the file has. */
  readonly weights?: SlotsOf
  /** In files by object it holds the trainable weights of the layer inside, before its own. */
  readonly holdsTrainable?: boolean
  /** The modes of quantisation that its emitter and its weights know. */
  readonly quantized?: readonly string[]
  /** How older files hold these weights. */
  readonly stored?: StoredWeights
  /** A vocabulary may lie beside the weights of a `.keras`. */
  readonly hasVocabulary?: boolean

  // ---- As the first layer of a model

  /** The dtype of its input where that is not the layer's. */
  readonly inputDtype?: string
  /** The shape of its input, from the shape of its kernel. */
  readonly inputShape?: (kernel: readonly number[] | undefined) => (number | null)[] | undefined
}

/** A layer inside another: its role in `Layer.children`, and as the configuration has it. */
export type Wrapped = readonly [role: string, layer: Json | undefined]

/** The name that a file has for a class, without a package's prefix, and who wrote the file. */
export interface ClassWriter {
  readonly savedClass: string
  readonly dialect: Dialect
}

/** Wraps one layer, or a list of them as `cells/0`, `cells/1`…. */
export const wrapping =
  (argument: string) =>
  ({ [argument]: value }: LayerConfig): readonly Wrapped[] =>
    Array.isArray(value) ? value.map((layer: Json, i) => [`${argument}/${i}`, layer]) : [[argument, value]]
