/** A recurrent layer run both ways. */
import type { Value } from '../../../../graph/node.ts'
import { type KArg, type KTensor, LayerCall } from '../../call.ts'
import { isObject } from '../../json.ts'
import type { Json, Layer } from '../../layer-graph.ts'
import type { Scope } from '../../scope.ts'
import { isSerialised, nameOf } from '../../serialised.ts'
import type { LayerClass } from '../layer-class.ts'
import { recurrentMask, runLayer } from './recurrent.ts'
import type { Run } from './steps.ts'
import { joined } from './unrolled.ts'

const MODES = ['concat', 'sum', 'ave', 'mul'] as const
type Mode = (typeof MODES)[number]

/** Gives what `merge_mode` makes of both ways (null: both as they are), then the states of both. */
function bidirectional(call: LayerCall): readonly KTensor[] {
  const mask = recurrentMask(call)
  const { config } = call.child('forward_layer')
  const isSequence = config['return_sequences'] === true
  const halves = halvesOf(call.kwargs.get('initial_state'))
  const forward = way(call, 'forward_layer', halves[0], mask, isSequence)
  const backward = way(call, 'backward_layer', halves[1], mask, isSequence)
  const outputs = merged(call, forward, backward, isSequence, config['time_major'] === true)
  const states = config['return_state'] === true ? [...forward.states, ...backward.states] : []
  const passed = isSequence && mask ? { mask } : {}
  return [...outputs.map(tensor => ({ ...tensor, ...passed })), ...states.map(value => ({ value }))]
}

/** Initial states are those of the forward layer, then those of the backward one. */
function halvesOf(states: KArg | undefined): readonly (KArg | undefined)[] {
  if (states?.kind !== 'list') return [undefined, undefined]
  const middle = states.items.length >> 1
  const part = (items: readonly KArg[]): KArg => ({ kind: 'list', items })
  return [part(states.items.slice(0, middle)), part(states.items.slice(middle))]
}

function way(
  call: LayerCall,
  role: 'forward_layer' | 'backward_layer',
  initial: KArg | undefined,
  mask: (() => Value) | undefined,
  isSequence: boolean,
): Run {
  const layer = call.child(role)
  // Keras makes both give zeros where a sequence is masked.
  const zeroing: Layer = { ...layer, config: { ...layer.config, zero_output_for_mask: isSequence } }
  const kwargs = new Map(call.kwargs)
  if (initial) kwargs.set('initial_state', initial)
  const scope = call.scope.inner(layer.name)
  return runLayer(new LayerCall(zeroing, call.args, kwargs, scope, call.emission), mask)
}

/** The outputs of both ways as one, or as two; sequences with the first step first. */
function merged(call: LayerCall, forward: Run, backward: Run, isSequence: boolean, isTimeMajor: boolean): KTensor[] {
  const { scope } = call
  const mode = call.layer.config['merge_mode'] === null ? undefined : call.config.choice('merge_mode', MODES, 'concat')
  if (!isSequence) return together(scope, mode, forward.last(), backward.last()).map(value => ({ value }))
  if (!forward.steps || !backward.steps) {
    const axis = scope.ints([isTimeMajor ? 0 : 1], 'ReverseV2/axis')
    const turned = scope.op('ReverseV2', [backward.sequence(), axis])
    return together(scope, mode, forward.sequence(), turned).map(value => ({ value }))
  }
  const turned = [...backward.steps].reverse()
  const steps = forward.steps.map((step, t) => together(scope, mode, step, turned[t]!))
  return steps[0]!.map((_, k) => {
    const own = steps.map(step => step[k]!)
    return { value: joined(scope, own, isTimeMajor), steps: own }
  })
}

function together(scope: Scope, mode: Mode | undefined, a: Value, b: Value): readonly Value[] {
  switch (mode) {
    case 'concat':
      return [scope.concat([a, b], scope.ranked(a).length - 1)]
    case 'sum':
      return [scope.add(a, b)]
    case 'ave':
      return [scope.mul(scope.add(a, b), 0.5)]
    case 'mul':
      return [scope.mul(a, b)]
    case undefined:
      return [a, b]
  }
}

/** Keras names the two directions after the layer that was given. */
function renamed(layer: Json | undefined, prefix: string): Json | undefined {
  if (!isObject(layer) || !isObject(layer['config'])) return layer
  const name = nameOf(layer)
  const named = name === undefined || name.startsWith(prefix) ? name : prefix + name
  return { ...layer, ...(named && { name: named }), config: { ...layer['config'], ...(named && { name: named }) } }
}

/** The same layer, run the other way. */
function reversed(layer: Json | undefined): Json | undefined {
  const copy = renamed(layer, 'backward_')
  if (!isObject(copy) || !isObject(copy['config'])) return copy
  return { ...copy, config: { ...copy['config'], go_backwards: copy['config']['go_backwards'] !== true } }
}

export const BIDIRECTIONAL_LAYERS: readonly LayerClass[] = [
  {
    name: 'Bidirectional',
    emit: bidirectional,
    takesStates: true,
    wraps: ({ layer, backward_layer: backward }) => [
      ['forward_layer', renamed(layer, 'forward_')],
      ['backward_layer', isSerialised(backward) ? backward : reversed(layer)],
    ],
  },
]
