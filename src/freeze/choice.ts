/** The choice in progress: the inputs and outputs of a graph on its way through freezing. */
import { FreezeError } from '../errors.ts'
import type { PartialShape } from '../graph/attr.ts'
import type { Graph, Port } from '../graph/graph.ts'
import { nearestNames } from '../graph/names.ts'
import type { Model, Signature } from '../models/model.ts'
import type { DType } from '../tensorflow/dtype.ts'
import type { FreezeOptions } from './options.ts'

/** A public value on its way through freezing. */
export interface PublicPort {
  readonly key: string
  /** The port in the graph, which follows the value when it is replaced. */
  readonly port: Port
  /** The tensor in the original; undefined where the model is none of TensorFlow's. */
  readonly from?: string
  /** As the model says; null where it does not. */
  readonly shape: PartialShape
  /** As the model says. */
  readonly dtype?: DType
  /** The new name of its node; undefined where the name stays. */
  readonly name?: string
}

/** The public values; holes in `outputs` are names that are not resolved yet. */
export interface Selection {
  readonly inputs: PublicPort[]
  readonly outputs: (PublicPort | undefined)[]
  readonly late: { readonly outputs: readonly string[]; readonly inputs: readonly string[] }
}

/** The context of choosing. */
export interface Choice {
  readonly graph: Graph
  readonly model: Model
  readonly signature: Signature | undefined
  readonly options: FreezeOptions
  /** Nothing will be inlined: a call's port is an output like any other. */
  readonly keepsCalls?: boolean
}

/** The port with this key, or whose node or original tensor has this name. */
export function portNamed<P extends PublicPort>(ports: readonly P[], name: string, what: string): P {
  const names = (p: P): string[] => [
    p.key,
    p.port.value.node.name,
    String(p.port.value),
    p.from ?? '',
    p.from?.replace(/:0$/, '') ?? '',
  ]
  const found = ports.find(p => p.key === name) ?? ports.find(p => names(p).includes(name))
  if (found) return found
  throw unknownPort(
    what,
    name,
    ports.map(p => p.key),
  )
}

/** The error for an input or output that is not there, with what there is. */
export function unknownPort(
  what: string,
  name: string,
  keys: readonly string[],
  path?: readonly string[],
): FreezeError {
  const [nearest] = nearestNames(name, keys)
  return new FreezeError('missing', `no ${what} is called '${name}'`, {
    ...(path && { path }),
    hint: `There ${keys.length === 1 ? 'is' : 'are'} ${keys.join(', ') || 'none'}${nearest ? `: did you mean ${nearest}?` : '.'}`,
  })
}
