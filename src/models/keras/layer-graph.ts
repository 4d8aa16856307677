/**
 * A Keras model as layers: what every dialect from Keras 0.3 to 3.15 is
 * normalised to, and all that the emitters of ops see.
 *
 *     LayerGraph ── layers ──► Layer ── calls ──► Call ── args ──► Arg (a tree of tensor references and constants)
 *         │                      ├── model ──► LayerGraph          (a nested model)
 *         └─ order, inputs,      └── children ──► Layer            (what a wrapper wraps)
 *            outputs
 *
 * Plain data without cycles: a tensor is referred to by the name of its layer,
 * which is unique within one LayerGraph, the index of the call and the index of
 * the output. Node offsets, flat triples, Sequential lists and the like are gone.
 */

/** A value of a layer's configuration. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }

/** Which Keras computes the numbers: 1 and 2 differ from 3 in a few formulas (`hard_sigmoid`, masks, bilinear resizing). */
export type Profile = 'k1' | 'k2' | 'k3'

/** Who wrote the file. */
export interface Dialect {
  readonly profile: Profile
  /** As the file says, `2.2.4-tf`; undefined where it says nothing and the profile is a guess. */
  readonly version?: string
  /** `tensorflow`, `theano`, `cntk`, `jax`, `torch`; undefined where the file does not say (Keras 1, `.keras`). */
  readonly backend?: string
  /** Written by the separate package `keras` 1 or 2.0–2.3, not by `tf.keras`: bilinear resizing without half-pixel centres. */
  readonly standalone: boolean
}

/** A model, or a model inside a model: layers, how they call one another, and what goes in and out. */
export interface LayerGraph {
  /** The model's own name: `sequential_1`. */
  readonly name: string
  readonly kind: 'sequential' | 'functional'
  /**
   * In the order of the configuration, InputLayers included. A Sequential is written out as the chain it means;
   * where it has no InputLayer, one named `<first layer>_input` is put before its first layer.
   */
  readonly layers: readonly Layer[]
  /** Every call of every layer, arguments before readers; InputLayers are not called and not listed. */
  readonly order: readonly CallRef[]
  /** In the model's own order; one for each InputLayer that is an input. */
  readonly inputs: readonly ModelPort[]
  /** In the model's own order. One tensor may be there twice, and an input may be an output. */
  readonly outputs: readonly ModelPort[]
}

/** An input or output of a model. */
export interface ModelPort {
  /** The layer's name, or the key where the model's inputs or outputs are a dictionary. */
  readonly name: string
  readonly tensor: TensorRef
}

/** One output of one call of a layer of the same LayerGraph. An InputLayer has call 0 and output 0. */
export interface TensorRef {
  /** The layer's name. */
  readonly layer: string
  /** Index into `Layer.calls`, offsets of all writers removed. */
  readonly call: number
  /** Which of the call's outputs, flattened. */
  readonly output: number
}

/** Call `call` of the layer `layers[layer]`. */
export interface CallRef {
  readonly layer: number
  readonly call: number
}

/** One layer, operation node or nested model. */
export interface Layer {
  /** Unique among the layers of its LayerGraph. */
  readonly name: string
  /** Names from the outermost model down, with `/`, without the outermost model's own: for messages, and the key of its weights. */
  readonly path: string
  /**
   * `layer`: a Keras layer, `className` its canonical name;
   * `operation`: a function call recorded as a layer: `className` is `TFOpLambda`, `SlicingOpLambda`, `TensorFlowOpLayer`
   * or, of Keras 3, the Operation's class (`GetItem`, `Add`);
   * `model`: `model` holds its layers, `className` is `Functional` or `Sequential`.
   */
  readonly kind: 'layer' | 'operation' | 'model'
  /** Canonical: aliases resolved (`Convolution2D` → `Conv2D`), package prefixes removed (`Custom>Scale` → `Scale`). */
  readonly className: string
  /** As the file has it: what a message should say. */
  readonly savedClassName: string
  /** The Python module, where the file says: `keras.src.ops.numpy`. */
  readonly module?: string
  /** The name that `register_keras_serializable` gave: `my_package>MyLayer`. */
  readonly registeredName?: string
  /**
   * Arguments by canonical name (of Keras 3 and, where that has none, tf_keras 2): `units` for Keras 1's `output_dim`.
   * Tuples, ListWrappers and TensorShapes are lists; a reference to a function is its name (`"relu"`);
   * any other object keeps the form `{ class_name, config, module }`. Unknown keys are still there: ignore them.
   * Defaults that differ between versions are filled in (`reset_after`, `recurrent_activation`, `data_format`); others may be absent.
   */
  readonly config: LayerConfig
  readonly dtype: DTypePolicy
  /** False only where the configuration says so; says where legacy files keep the weights, and nothing about the numbers. */
  readonly trainable: boolean
  /** In the order that `TensorRef.call` counts. Empty for InputLayers and for children. */
  readonly calls: readonly Call[]
  /** For a nested model. */
  readonly model?: LayerGraph
  /**
   * For a wrapper, by role: `layer` (TimeDistributed, Wrapper, SpectralNormalization), `forward_layer` and `backward_layer`
   * (Bidirectional; the second is made from the first where the file has only one, `go_backwards` set the other way),
   * `cell` (RNN), `cells/0`, `cells/1`… (StackedRNNCells), `layers/0`… (Pipeline). Empty for others.
   */
  readonly children: ReadonlyMap<string, Layer>
  /** Where one layer object is in several models, each place has it: with the same number, and the same weights. */
  readonly sharedId?: number
  /** The input shape that the layer was built on where the file has it (`build_config.input_shape`); null in it is an unknown size. */
  readonly builtShape?: Json
}

export type LayerConfig = Readonly<Record<string, Json>>

/** The dtypes that a layer computes in and keeps its variables in: they differ under `mixed_float16`. */
export interface DTypePolicy {
  /** TensorFlow's name of the dtype, `float32`. */
  readonly compute: string
  readonly variable: string
  /** How Keras 3 has quantised the layer. */
  readonly quantization?: Quantization
}

/** A quantised layer of Keras 3. */
export interface Quantization {
  /** `int8`, `int4`, `float8`, `gptq`, `awq`. */
  readonly mode: string
  /** For int4: how many inputs share a scale; −1 for all of them. Absent up to Keras 3.12, which packs inputs in pairs. */
  readonly block?: number
  /** For gptq and awq: the bits of a weight. Weights of 4 bits are packed in pairs. */
  readonly bits?: number
  /** The scales are left out, as where Keras' TimeDistributed calls the layer. */
  readonly isUnscaled?: boolean
}

/** One call of a layer: Python's positional and keyword arguments. */
export interface Call {
  /**
   * Positional, in the order of the layer's `call`. The first is the input: a tensor, or a list of tensors where
   * several were given (merging layers, Attention, models of several inputs), or a dict. A list of one tensor may
   * have become that tensor: Keras 1 and 2 write both the same.
   * Recurrent layers: states given beside the input are in `kwargs` as lists `initial_state` and `constants`.
   */
  readonly args: readonly Arg[]
  /**
   * By name. `name` is dropped; so is `training` save where it is true and counts (Keras 1 and 2).
   * `mask` is there, perhaps as the constant null, where the file gives it.
   */
  readonly kwargs: ReadonlyMap<string, Arg>
}

/** An argument of a call. */
export type Arg =
  | TensorArg
  /** A Python scalar, string or None. */
  | { readonly kind: 'constant'; readonly value: null | boolean | number | string }
  /** An array that was an eager tensor or NumPy array; `values` is nested lists or one scalar. */
  | { readonly kind: 'array'; readonly dtype: string; readonly values: Json }
  /** A list or tuple. */
  | { readonly kind: 'list'; readonly items: readonly Arg[] }
  | { readonly kind: 'dict'; readonly entries: ReadonlyMap<string, Arg> }
  /** Python's `start:stop:step`; constants (null where absent) or tensors. */
  | { readonly kind: 'slice'; readonly start: Arg; readonly stop: Arg; readonly step: Arg }
  /** Python's `...`. */
  | { readonly kind: 'ellipsis' }

/** A tensor that another layer made. */
export interface TensorArg {
  readonly kind: 'tensor'
  readonly tensor: TensorRef
}
