/** Which engine runs a graph. */
import { statSync } from 'node:fs'
import { dirname } from 'node:path'
import { embedded } from '../engines/embedded.ts'
import type { Engine } from '../engines/engine.ts'
import { FreezeError } from '../errors.ts'
import type { Progress } from '../evaluate/run.ts'
import type { Frozen, FrozenPort } from '../freeze/frozen.ts'
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
  if (engine === 'embedded' || engine === 'keras') {
    if (flags.tensorflow !== undefined) return wrongUsage('engine', `--tensorflow does not go with --engine ${engine}`)
    if (engine === 'keras' && (flags.outputs ?? flags.inputs) !== undefined)
      return wrongUsage('engine', '--engine keras compares whole models: leave out --outputs and --inputs')
    return engine === 'keras' ? (await import('../node/engines/keras/index.ts')).keras(progressOf(flags)) : own
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
 * The original as an engine reads it itself: a SavedModel's folder by TensorFlow, a Keras file by Keras. The tensors are
 * those of the plainly frozen graph. Undefined where the engine reads nothing itself, or not such a model.
 */
export async function originalBy(engine: Engine, frozen: Frozen, path: string): Promise<Subject | undefined> {
  const { kind } = frozen.source
  if (engine.loadKeras)
    return kind === 'keras_h5' || kind === 'keras_v3' ? byKeras(engine, frozen, path) : notKeras(path)
  return engine.loadSavedModel && kind === 'saved_model' ? byTensorFlow(engine, frozen, path) : undefined
}

const notKeras = (file: string): never => {
  throw new FreezeError('unsupported', '--engine keras reads Keras files only, and this is none', {
    file,
    hint: 'Choose another engine.',
  })
}

/** The ports of a side; `tensor` says what the engine calls each. */
const portsOf = (frozen: Frozen, side: 'inputs' | 'outputs', tensor: (port: FrozenPort, i: number) => string) =>
  frozen[side].map((port, i): SubjectPort => {
    const { key, dtype, shape } = port
    return { key, tensor: tensor(port, i), frozenTensor: String(frozen.graph[side][i]!.value), dtype, shape }
  })

function byTensorFlow(engine: Engine, frozen: Frozen, path: string): Subject | undefined {
  const { tags, name } = frozen.source
  if ([...frozen.inputs, ...frozen.outputs].some(port => port.from === undefined)) return undefined
  const folder = statSync(path).isDirectory() ? path : dirname(path)
  return {
    name,
    inputs: portsOf(frozen, 'inputs', port => port.from!), // as checked above
    outputs: portsOf(frozen, 'outputs', port => port.from!),
    runnable: engine.loadSavedModel!(folder, tags ?? []),
    graph: frozen.graph,
  }
}

async function byKeras(engine: Engine, frozen: Frozen, path: string): Promise<Subject> {
  const inputs = portsOf(frozen, 'inputs', port => port.key)
  return {
    name: frozen.source.name,
    inputs,
    outputs: portsOf(frozen, 'outputs', (_, i) => String(i)),
    runnable: await engine.loadKeras!(
      path,
      inputs.map(port => port.tensor),
    ),
    graph: frozen.graph,
  }
}
