/**
 * References between layers: which call they mean, and the order of calls.
 *
 * A reference names a call by its index, and writers disagree on where to
 * count from: a nested model was called once when it was built. Keras 2 counts
 * that call everywhere; Keras 3 only in `input_layers` and `output_layers`.
 */
import { mapTensors, tensorsIn } from './inbound.ts'
import { broken, type Reading } from './layer.ts'
import type { Call, CallRef, Layer, Profile, TensorRef } from './layer-graph.ts'

/** Where a reference stands: among the arguments of a call, or among the model's inputs and outputs. */
type Position = 'argument' | 'port'

/** Turns the references of one container into indices into `Layer.calls`. */
export interface Resolver {
  resolve(tensor: TensorRef, position: Position): TensorRef
}

/** `layers` have calls whose references are as the file has them; `ports` are the model's inputs and outputs. */
export function resolverOf(
  layers: readonly Layer[],
  ports: readonly TensorRef[],
  path: string,
  reading: Reading,
): Resolver {
  const byName = new Map(layers.map(layer => [layer.name, layer]))
  const seen = { argument: rangesOf(argumentsOf(layers)), port: rangesOf(ports) }
  return {
    resolve(tensor, position) {
      const layer = byName.get(tensor.layer)
      if (!layer) throw broken(reading, path, `a layer '${tensor.layer}' is referred to and not there`)
      const count = layer.className === 'InputLayer' ? 1 : layer.calls.length
      const offset = offsetOf(layer, position, seen, reading.dialect.profile)
      const call = count === 1 ? 0 : tensor.call - offset
      if (call >= 0 && call < count) return { ...tensor, call }
      throw broken(reading, path, `call ${tensor.call} of '${tensor.layer}' is referred to, of ${count}`)
    },
  }
}

/** The calls with every reference resolved. */
export function resolvedCalls(calls: readonly Call[], resolver: Resolver): Call[] {
  const change = (tensor: TensorRef) => resolver.resolve(tensor, 'argument')
  return calls.map(({ args, kwargs }) => ({
    args: args.map(arg => mapTensors(arg, change)),
    kwargs: new Map([...kwargs].map(([key, arg]) => [key, mapTensors(arg, change)])),
  }))
}

/** The least and greatest index by which a layer's calls are referred to. */
type Ranges = ReadonlyMap<string, { readonly least: number; readonly greatest: number }>

function rangesOf(tensors: Iterable<TensorRef>): Ranges {
  const ranges = new Map<string, { least: number; greatest: number }>()
  for (const { layer, call } of tensors) {
    const { least, greatest } = ranges.get(layer) ?? { least: call, greatest: call }
    ranges.set(layer, { least: Math.min(least, call), greatest: Math.max(greatest, call) })
  }
  return ranges
}

function* argumentsOf(layers: readonly Layer[]): Generator<TensorRef> {
  for (const layer of layers)
    for (const call of layer.calls) for (const arg of [...call.args, ...call.kwargs.values()]) yield* tensorsIn(arg)
}

/** 1 where the references count the call that built the layer. What they say goes before what the class says. */
function offsetOf(layer: Layer, position: Position, seen: Record<Position, Ranges>, profile: Profile): 0 | 1 {
  const positions: readonly Position[] = profile === 'k3' ? [position] : ['argument', 'port']
  const ranges = positions.flatMap(at => seen[at].get(layer.name) ?? [])
  const count = layer.calls.length
  if (ranges.some(({ greatest }) => greatest === count)) return 1
  if (ranges.some(({ least }) => least === 0)) return 0
  if (layer.kind !== 'model') return 0
  if (profile === 'k3') return position === 'port' && layer.className === 'Functional' ? 1 : 0
  return 1
}

/** Every call, arguments before readers, otherwise in the layers' order. Throws `corrupt` for a loop. */
export function callOrder(layers: readonly Layer[], path: string, reading: Reading): CallRef[] {
  const index = new Map(layers.map((layer, i) => [layer.name, i]))
  const state = layers.map(layer => layer.calls.map((): 'new' | 'open' | 'done' => 'new'))
  const order: CallRef[] = []
  const stack: CallRef[] = layers.flatMap((layer, i) => layer.calls.map((_, call) => ({ layer: i, call }))).reverse()
  for (let top = stack.at(-1); top; top = stack.at(-1)) {
    const { layer, call } = top
    if (state[layer]![call] !== 'new') {
      stack.pop()
      if (state[layer]![call] === 'open') order.push(top)
      state[layer]![call] = 'done'
      continue
    }
    state[layer]![call] = 'open'
    for (const needed of neededBy(layers[layer]!.calls[call]!, index, layers)) {
      const at = state[needed.layer]![needed.call]
      if (at === 'open') throw broken(reading, path, `'${layers[layer]!.name}' reads what is made from it`)
      if (at === 'new') stack.push(needed)
    }
  }
  return order
}

/** The calls whose outputs a call reads, the last first. */
function neededBy({ args, kwargs }: Call, index: ReadonlyMap<string, number>, layers: readonly Layer[]): CallRef[] {
  const needed: CallRef[] = []
  for (const arg of [...args, ...kwargs.values()])
    for (const tensor of tensorsIn(arg)) {
      const layer = index.get(tensor.layer)
      if (layer !== undefined && layers[layer]!.className !== 'InputLayer') needed.push({ layer, call: tensor.call })
    }
  return needed.reverse()
}
