/**
 * Runs `.graph` files of Keras layers. A case gives inputs, weights and layers; what
 * comes out is the graph that is written for them:
 *
 *     ## Dense on a matrix
 *     keras 2.15.0                                   3.15.0 where the line is absent
 *     keep precision                                 the option; float16 is widened where the line is absent
 *     in x: float32[?,5]
 *     w dense/kernel [5,4]                           of another type than float32: w dense/kernel int8[5,4]
 *     dense = Dense(x) {"units": 4}                  the last layer's outputs are the model's
 *     mha = MultiHeadAttention(x, value=x)           a tensor by the name of an argument, in Keras 2's notation
 *
 *     ; …
 */
import { fromBytes } from '../../../../src/bytes/source.ts'
import { invariant, isFreezeError } from '../../../../src/errors.ts'
import type { Graph } from '../../../../src/graph/graph.ts'
import { print } from '../../../../src/graph/text/index.ts'
import type { EmitOptions } from '../../../../src/models/keras/call.ts'
import { dialectOf } from '../../../../src/models/keras/dialect.ts'
import { type EmittedModel, emitModel } from '../../../../src/models/keras/emit.ts'
import type { Json } from '../../../../src/models/keras/layer-graph.ts'
import { normalise } from '../../../../src/models/keras/normalise.ts'
import { allLayers } from '../../../../src/models/keras/weights/bind.ts'
import { slotsOf } from '../../../../src/models/keras/weights/layer-weights.ts'
import { range } from '../../../../src/tensor/make.ts'
import { elementCount, type Tensor } from '../../../../src/tensor/tensor.ts'
import { bytesPerElement, isDType } from '../../../../src/tensorflow/dtype.ts'

/** The graph of a case as text, or the sentence with which its model is refused. */
export function runCase(source: string): string {
  try {
    const { graph } = written(source)
    return print(graph)
  } catch (e) {
    if (isFreezeError(e)) return `refused ${e.message}`
    throw e
  }
}

/** The graph of a case, without what no output needs. */
export function written(
  source: string,
  values: ReadonlyMap<string, Tensor> = new Map(),
  rnn: EmitOptions['rnn'] = 'auto',
): EmittedModel {
  const model = modelOf(source)
  const dialect = dialectOf({ version: model.version, config: null })
  const layers = normalise(model.architecture, dialect, 'model')
  const known = new Set([...allLayers(layers)].flatMap(at => slotsOf(at).map(({ role }) => `${at.path}/${role}`)))
  for (const name of model.weights.keys())
    invariant(known.has(name), `no class has the weight ${name}: no file gives it`)
  const weights = new Map([...model.weights, ...values])
  const state = {
    dialect,
    weights: ({ path }: { path: string }) =>
      new Map(
        [...weights].flatMap(([name, t]) => (name.startsWith(`${path}/`) ? [[name.slice(path.length + 1), t]] : [])),
      ),
    vocabulary: () => undefined,
  }
  const emitted = emitModel(layers, state, { rnn, keepPrecision: model.keepsPrecision })
  publish(emitted)
  for (const [name, refusal] of emitted.unwritten) if (emitted.graph.node(name)) throw refusal
  return emitted
}

/** Lists inputs and outputs as freezing does, and removes what they do not need. */
function publish({ graph, signature }: EmittedModel): Graph {
  graph.inputs.push(...signature.inputs.map(({ key, value }) => ({ key, value })))
  graph.outputs.push(...signature.outputs.map(({ key, value }) => ({ key, value })))
  graph.prune()
  return graph
}

interface Model {
  readonly version: string
  readonly keepsPrecision: boolean
  readonly architecture: Json
  readonly weights: ReadonlyMap<string, Tensor>
}

/** Keras 2's records of calls of functions, which list no inputs. */
const FUNCTION = /^(TFOpLambda|InstanceMethod|InstanceProperty)$/

/** Reads the notation above. */
function modelOf(source: string): Model {
  const layers: Json[] = []
  const inputs: Json[] = []
  const weights = new Map<string, Tensor>()
  let version = '3.15.0'
  let keepsPrecision = false
  let last = ''
  let offset = 0
  const file = fromBytes(new Uint8Array(1 << 20), 'w')
  for (const line of source.split('\n')) {
    const [, keras] = /^keras (\S+)$/.exec(line) ?? []
    const [, input, dtype, sizes] = /^in (\w+): (\w+)\[(.*)\]$/.exec(line) ?? []
    const [, weight, type = 'float32', dims] = /^w (\S+) (\w+)?\[(.*)\]$/.exec(line) ?? []
    const [, name, className, args, config] = /^(\w+) = (\w+)\(([^)]*)\) ?(.*)$/.exec(line) ?? []
    if (keras) version = keras
    else if (line === 'keep precision') keepsPrecision = true
    else if (input) {
      const shape = sizes!.split(',').map(d => (d === '?' ? null : Number(d)))
      layers.push({
        class_name: 'InputLayer',
        name: input,
        config: { name: input, batch_shape: shape, dtype: dtype! },
        inbound_nodes: [],
      })
      inputs.push([input, 0, 0])
    } else if (weight) {
      const shape = dims === '' ? [] : dims!.split(',').map(Number)
      const of = isDType(type) ? type : 'float32'
      weights.set(weight, range(of, shape, file, offset))
      offset += bytesPerElement(of) * elementCount(shape)
    } else if (name) {
      const given = config ? (JSON.parse(config) as Record<string, Json>) : {}
      const all = args!.split(', ').map(arg => arg.split('='))
      const kwargs = Object.fromEntries(all.flatMap(([key, of]) => (of ? [[key!, [of, 0, 0]]] : [])))
      const inbound = all.flatMap(([arg, of]) => (of ? [] : [[arg!, 0, 0, kwargs]]))
      layers.push({
        class_name: className!,
        name,
        config: { name, trainable: true, ...given },
        inbound_nodes: [FUNCTION.test(className!) ? inbound[0]! : inbound], // a list there is one argument
      })
      last = name
    } else invariant(line === '', `the line '${line}' is not understood`)
  }
  const config = { name: 'model', layers, input_layers: inputs, output_layers: [[last, 0, 0]] }
  return { version, keepsPrecision, architecture: { class_name: 'Functional', config }, weights }
}
