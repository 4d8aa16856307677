/** The state that the main graph and the bodies of branches and loops share while a model is made. */

import type { Unreadable } from '../errors.ts'
import { recipeKey } from '../tensor/recipe.ts'
import type { Tensor } from '../tensor/tensor.ts'
import type { DType } from '../tensorflow/dtype.ts'
import type { Initializer, OnnxNode, Ref } from './model.ts'

/** Settings of a conversion. */
export interface Settings {
  readonly opset: number
  /** Whether nodes that ONNX cannot say stay in the model, for programs with kernels of their own. */
  readonly customOps?: boolean
}

/** Names, constants and refusals. */
export class Shared {
  readonly settings: Settings
  readonly initializers: Initializer[] = []
  /** The nodes that stand for what could not be said. */
  readonly refused = new Map<OnnxNode, Unreadable>()
  /** The nodes that stay as they are. */
  readonly custom = new Map<OnnxNode, Unreadable>()
  readonly #names = new Set<string>()
  readonly #suffixes = new Map<string, number>()
  readonly #constants = new Map<string, Ref>()
  readonly #tensors = new Map<Ref, Tensor>()

  constructor(settings: Settings) {
    this.settings = settings
  }

  /** A new value, named `base`, or `base_1`, `base_2`, … where that is taken. */
  ref(base: string, dtype: DType): Ref {
    return { name: this.#freshName(base), dtype }
  }

  #freshName(base: string): string {
    let name = base
    for (let i = this.#suffixes.get(base) ?? 1; this.#names.has(name); i++) {
      name = `${base}_${i}`
      this.#suffixes.set(base, i + 1)
    }
    this.#names.add(name)
    return name
  }

  /** Gives a value this very name; `holder` has it so far and takes another. */
  rename(ref: Ref, name: string, holder: Ref | undefined): void {
    if (holder) holder.name = this.#freshName(`${name}/inner`)
    this.#names.add(name)
    ref.name = name
  }

  /** A constant; the same elements are written once. */
  constant(tensor: Tensor, base: string): Ref {
    const key = recipeKey(tensor)
    const known = this.#constants.get(key)
    if (known) return known
    const ref = this.ref(base, tensor.dtype)
    this.#constants.set(key, ref)
    this.#tensors.set(ref, tensor)
    this.initializers.push({ ref, tensor })
    return ref
  }

  /** The elements of a constant; undefined for a value that is computed. */
  tensorOf(ref: Ref): Tensor | undefined {
    return this.#tensors.get(ref)
  }
}
