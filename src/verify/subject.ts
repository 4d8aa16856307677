/** A party to a comparison: a graph that an engine has loaded, with its inputs and outputs. */
import type { Engine, Runnable } from '../engines/engine.ts'
import type { Frozen, FrozenPort } from '../freeze/frozen.ts'
import type { PartialShape } from '../graph/attr.ts'
import type { Graph, Port } from '../graph/graph.ts'
import type { DType } from '../tensorflow/dtype.ts'
import { type Inner, innerOf } from './inner.ts'

/** An input or output: what a user calls it, and the tensor that an engine feeds or fetches. */
export interface SubjectPort {
  readonly key: string
  readonly tensor: string
  /** Its name in the plainly frozen graph, where the engine reads the model itself. */
  readonly frozenTensor?: string
  readonly dtype: DType
  /** Null where the rank is not known. */
  readonly shape: PartialShape
  /** An input that has a value of its own where none is given. */
  readonly hasDefault?: boolean
}

/** A graph, or a model that an engine reads itself, ready to be run. */
export interface Subject {
  /** Its name in reports: `frozen.pb`. */
  readonly name: string
  readonly inputs: readonly SubjectPort[]
  readonly outputs: readonly SubjectPort[]
  readonly runnable: Runnable
  /** How it came to be run: `frozen plainly`. */
  readonly how?: string
  /** TensorFlow's graph, whose inputs are those above, in their order; absent for an ONNX model. */
  readonly graph?: Graph
  /** The inner tensors that a run can give; absent where the engine reads the model itself, and names them otherwise. */
  readonly inner?: () => Inner
}

/** A frozen graph, loaded by an engine. */
export async function subjectOf(frozen: Frozen, engine: Engine): Promise<Subject> {
  const { graph } = frozen
  const described = (port: FrozenPort, at: Port): SubjectPort => ({
    key: port.key,
    tensor: String(at.value),
    dtype: port.dtype,
    shape: port.shape,
    ...(at.value.node.op === 'PlaceholderWithDefault' && { hasDefault: true }),
  })
  return {
    name: frozen.source.name,
    inputs: frozen.inputs.map((port, i) => described(port, graph.inputs[i]!)),
    outputs: frozen.outputs.map((port, i) => described(port, graph.outputs[i]!)),
    runnable: await engine.load(frozen),
    ...(frozen.source.kind !== 'graphdef' && { how: 'frozen plainly' }),
    graph,
    inner: () => innerOf(graph),
  }
}

/** Whether an engine has loaded it already. */
export const isSubject = (given: Frozen | Subject): given is Subject => 'runnable' in given

/** Does something with a frozen graph that an engine has loaded for it, or with what is loaded already and stays so. */
export async function usingSubject<T>(
  given: Frozen | Subject,
  engine: Engine,
  act: (subject: Subject) => Promise<T>,
): Promise<T> {
  if (isSubject(given)) return act(given)
  const subject = await subjectOf(given, engine)
  try {
    return await act(subject)
  } finally {
    subject.runnable.close()
  }
}

/**
 * The port of another graph that is the same: of the same tensor, of the same key, or the only one where both graphs
 * have one.
 */
export function counterpart(port: SubjectPort, own: readonly SubjectPort[], others: readonly SubjectPort[]) {
  const name = ({ tensor, frozenTensor = tensor }: SubjectPort): string => frozenTensor.replace(/:0$/, '')
  return (
    others.find(other => name(other) === name(port)) ??
    others.find(other => other.key === port.key) ??
    (own.length === 1 && others.length === 1 ? others[0] : undefined)
  )
}
