/** The state of the worker: the model, what was frozen of it, and the scenes that were looked at. */

import { FreezeError, invariant } from '../../../src/errors.ts'
import type { Facts } from '../../../src/facts/facts.ts'
import type { Frozen } from '../../../src/freeze/frozen.ts'
import type { Graph } from '../../../src/graph/graph.ts'
import type { OpenOptions } from '../../../src/models/index.ts'
import type { Model } from '../../../src/models/model.ts'
import type { Instance } from '../../../src/picture/box.ts'
import type { Annotations, Mark } from '../../../src/picture/parts.ts'
import { neededNodes, publicPorts, publicTensors } from '../../../src/picture/public.ts'
import { Scene } from '../../../src/picture/scene.ts'
import { factsOf } from '../../../src/picture/shapes.ts'
import type { DocumentName, Viewpoint } from '../protocol.ts'

/** A frozen graph and how its nodes differ from those of its counterpart. */
export interface FrozenDocument {
  readonly frozen: Frozen
  readonly marks: ReadonlyMap<string, Mark>
}

export class Session {
  #model: Model | undefined
  #again: ((options: OpenOptions) => Promise<Model>) | undefined
  readonly #frozen = new Map<DocumentName, FrozenDocument>()
  readonly #scenes = new Map<string, Scene>()
  readonly #facts = new Map<Instance, Facts>()

  get model(): Model {
    invariant(this.#model, 'a model is open before anything is asked of it')
    return this.#model
  }

  /** Keeps a model, and how to open it again with what else Keras files are asked for. */
  hold(model: Model, again: (options: OpenOptions) => Promise<Model>): void {
    this.#model = model
    this.#again = again
    this.#frozen.clear()
    this.#forget()
  }

  openAgain(options: OpenOptions): Promise<Model> {
    invariant(this.#again, 'a model is open before anything is asked of it')
    return this.#again(options)
  }

  /** Sets what stands side by side. */
  compare(before: FrozenDocument, after: FrozenDocument): void {
    this.#frozen.set('before', before)
    this.#frozen.set('after', after)
    this.#forget()
  }

  #forget(): void {
    this.#scenes.clear()
    this.#facts.clear()
  }

  frozen(name: DocumentName): FrozenDocument | undefined {
    return this.#frozen.get(name)
  }

  graph(name: DocumentName): Graph {
    if (name === 'model') return this.model.graph
    const document = this.#frozen.get(name)
    invariant(document, 'nothing was frozen yet')
    return document.frozen.graph
  }

  scene({ document, root, inline, whole, signature }: Viewpoint): Scene {
    const key = JSON.stringify([document, root, inline, whole, signature])
    const known = this.#scenes.get(key)
    if (known) return known
    const graph = root === undefined ? this.graph(document) : this.#functionBody(document, root)
    const hides = document === 'model' && root === undefined && !whole
    const only = hides
      ? neededNodes(this.model, signature === undefined ? undefined : this.model.signatures.get(signature))
      : undefined
    const layers = root === undefined ? this.model.layerScopes : undefined
    const scene = new Scene(graph, { inline, ...(only && { only }), layers })
    this.#scenes.set(key, scene)
    return scene
  }

  #functionBody(document: DocumentName, name: string): Graph {
    const f = this.graph(document).functions.get(name)
    if (f) return f.body
    throw new FreezeError('missing', `there is no function '${name}'`, { hint: 'Choose one from the list.' })
  }

  annotations({ document, root, signature }: Viewpoint): Annotations {
    if (root !== undefined) return {}
    const frozen = this.#frozen.get(document)
    if (frozen) return { marks: frozen.marks, ports: publicPorts(frozen.frozen.graph) }
    return {
      ports: publicTensors(this.model, signature === undefined ? undefined : this.model.signatures.get(signature)),
    }
  }

  facts(instance: Instance): Facts {
    return factsOf(instance, this.#facts)
  }
}
