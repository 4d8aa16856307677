/** Which engine runs a graph. */
import { statSync } from 'node:fs'
import { dirname } from 'node:path'
import { embedded } from '../engines/embedded.ts'
import type { Engine } from '../engines/engine.ts'
import { FreezeError } from '../errors.ts'
import type { Progress } from '../evaluate/run.ts'
import type { Frozen } from '../freeze/frozen.ts'
import { settingsOf } from '../options/index.ts'
import type { Subject, SubjectPort } from '../verify/subject.ts'
import { runProgress } from './progress.ts'
import type { Flags } from './settings.ts'
import { wrongUsage } from './wrong-usage.ts'

/**
 * The engine that the options name. `auto` is TensorFlow where its library is named; else
 * the embedded one, and for a graph with an op that it lacks TensorFlow, where it is found.
 */
export async function engineFrom(flags: Flags): Promise<Engine> {
  const { engine } = settingsOf('command', flags)
  const own = embedded(progressOf(flags))
  if (engine === 'embedded') {
    if (flags.tensorflow === undefined) return own
    return wrongUsage('engine', '--tensorflow does not go with --engine embedded')
  }
  const { givenPath } = await import('../node/engines/tensorflow/locate.ts')
  const path = givenPath(flags.tensorflow)
  if (path !== undefined) return tensorflowAt(path)
  if (engine === 'tensorflow') return tensorflowAt((await pathOfPython()) ?? notFound())
  return withFallback(own)
}

const progressOf = ({ quiet }: Flags): Progress | undefined => (quiet ? undefined : runProgress)

const tensorflowAt = async (path: string) => (await import('../node/engines/tensorflow/index.ts')).tensorflow(path)

const pathOfPython = async (): Promise<string | undefined> =>
  (await import('../node/engines/tensorflow/locate.ts')).libraryOfPython()

function notFound(): never {
  throw new FreezeError('missing', "TensorFlow's library was not found", {
    hint: 'Name it with --tensorflow, or put a python3 that has TensorFlow on the path.',
  })
}

/** An engine, and for a graph that it cannot run TensorFlow. */
const withFallback = (own: Engine): Engine => ({
  name: 'auto',
  async load(frozen) {
    const loaded = await own.load(frozen)
    const path = loaded.lacks.length > 0 ? await pathOfPython() : undefined
    return path === undefined ? loaded : (await tensorflowAt(path)).load(frozen)
  },
})

/**
 * The original as TensorFlow reads it itself: a SavedModel's folder, whose tensors the plainly frozen graph names.
 * Undefined where the engine is another, or the original is not a SavedModel.
 */
export function originalByTensorFlow(engine: Engine, frozen: Frozen, path: string): Subject | undefined {
  const { kind, tags, name } = frozen.source
  if (!engine.loadSavedModel || kind !== 'saved_model') return undefined
  if ([...frozen.inputs, ...frozen.outputs].some(port => port.from === undefined)) return undefined
  const folder = statSync(path).isDirectory() ? path : dirname(path)
  const side = (which: 'inputs' | 'outputs'): SubjectPort[] =>
    frozen[which].map(({ key, dtype, shape, from }, i) => ({
      key,
      tensor: from!, // as checked above
      frozenTensor: String(frozen.graph[which][i]!.value),
      dtype,
      shape,
    }))
  return {
    name,
    inputs: side('inputs'),
    outputs: side('outputs'),
    runnable: engine.loadSavedModel(folder, tags ?? []),
    graph: frozen.graph,
    hasInner: false,
  }
}
