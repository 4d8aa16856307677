/**
 * Recurrent layers as the operators LSTM, GRU and RNN of ONNX.
 *
 * A mask may leave out any step, and ONNX knows only sequences that end early. So the steps that count are moved to the
 * front of each sequence, as long as it then is, and the outputs back to where their steps were:
 *
 *     mask 1 0 1 1 0    steps 0 2 3 – –    outputs of 0, 0, 1, 2, 2
 */
import type { Node, Value } from '../../graph/node.ts'
import { concat, reshape } from '../../tensor/make.ts'
import type { Tensor } from '../../tensor/tensor.ts'
import { behind } from '../bodies.ts'
import type { Emitter } from '../emitter.ts'
import type { Attribute, Ref } from '../model.ts'
import type { Activation } from './activation.ts'
import { type Given, isRead, isZero, type RecurrentLoop, type Result, recurrentLoop, type Turns } from './loop.ts'

/** The context of a layer that is being written. */
interface Layer extends RecurrentLoop {
  readonly node: Node
  /** [time, batch, input], in the order in which the operator takes the steps. */
  readonly x: Ref
  /** Where a mask leaves out steps. */
  readonly counted: Counted | undefined
  /** The initial state, [batch, units]; undefined for zeros. */
  readonly initial: Ref | undefined
}

/** Which steps count. */
interface Counted {
  /** Bool, [time, batch]. */
  readonly mask: Ref
  /** 1 for each that does, int64. */
  readonly ones: Ref
  /** How many have counted up to each step, int64 [time, batch]. */
  readonly sofar: Ref
  /** How many count, int64 [batch]. */
  readonly lengths: Ref
}

/** The outputs of the operator: [time, batch, units], and states of [1, batch, units]. */
interface Made {
  readonly outputs: Ref
  readonly hidden: Ref
  readonly carry: Ref | undefined
}

/** Writes a loop as an operator where it is a recurrent layer. Returns whether it is. */
export function recurrent(node: Node, emit: Emitter): boolean {
  const loop = recurrentLoop(node, emit)
  if (!loop || !isWritten(node, loop, emit)) return false
  const counted = loop.mask && countedBy(loop.mask, upTo(loop.turns, loop.mask, emit), emit)
  const sequence = upTo(loop.turns, loop.sequence, emit)
  const x = counted ? movedToFront(sequence, counted, emit) : sequence
  const layer: Layer = { ...loop, node, x, counted, initial: initialOf(node.input(loop.hidden), emit) }
  const made = operator(layer, emit)
  for (const [index, input] of node.inputs.entries()) {
    const result = loop.results.get(index)
    if (result) emit.set(node.out(index), resultOf(result, layer, made, emit))
    else if (isRead(node.out(index), emit)) emit.set(node.out(index), emit.value(input))
  }
  return true
}

/** Whether ONNX Runtime has the operator for the type, and the initial states are as wide as the batch. */
function isWritten(node: Node, { sequence, hidden, cell }: RecurrentLoop, emit: Emitter): boolean {
  const shape = emit.shape(sequence)
  const states = [hidden, ...(cell.carry === undefined ? [] : [cell.carry])].map(index => node.input(index))
  const isWide = (state: Value): boolean =>
    isZero(state, emit) || (emit.shape(state)?.length === 2 && emit.shape(state)![0] === shape?.[1])
  return shape?.length === 3 && ['float16', 'float32', 'float64'].includes(emit.dtype(sequence)) && states.every(isWide)
}

const initialOf = (state: Value, emit: Emitter): Ref | undefined =>
  isZero(state, emit) ? undefined : emit.value(state)

/** The first elements of a sequence, as many as the loop has turns. */
function upTo(turns: Turns, sequence: Value, emit: Emitter): Ref {
  const whole = emit.value(sequence)
  if (isLength(turns, sequence, emit)) return whole
  const end =
    typeof turns === 'number' ? emit.vector([turns]) : emit.reshape(emit.cast(emit.value(turns), 'int64'), [1])
  return emit.op('Slice', [whole, emit.vector([0]), end, emit.vector([0])])
}

/** Whether the number is that of the elements: it is known, or taken from the shape of what the sequence is made of. */
function isLength(turns: Turns, sequence: Value, emit: Emitter): boolean {
  if (typeof turns === 'number') return emit.shape(sequence)?.[0] === turns
  const { node } = behind(turns)
  if (node.op !== 'StridedSlice' || node.int('shrink_axis_mask') !== 1) return false
  const shape = behind(node.input(0)).node
  const [at, ...others] = emit.known(node.input(1)) ?? []
  if (shape.op !== 'Shape' || at === undefined || others.length > 0) return false
  const [a, b] = [origin(shape.input(0), at, emit), origin(sequence, 0, emit)]
  return a.of === b.of && a.axis === b.axis
}

/** The value and axis that an axis of `value` was before it was reversed or transposed. */
function origin(value: Value, axis: number, emit: Emitter): { readonly of: Value; readonly axis: number } {
  const of = behind(value)
  const { node } = of
  if (node.op === 'ReverseV2') return origin(node.input(0), axis, emit)
  const to = node.op === 'Transpose' ? emit.known(node.input(1))?.[axis] : undefined
  return to === undefined ? { of, axis } : origin(node.input(0), to, emit)
}

// Masks.

function countedBy(value: Value, given: Ref, emit: Emitter): Counted {
  const isMatrix = emit.shape(value)?.length === 2
  const mask = isMatrix ? given : emit.op('Reshape', [given, emit.vector([0, -1])])
  const ones = emit.cast(mask, 'int64')
  const sofar = emit.op('CumSum', [ones, emit.scalar('int64', 0)])
  return { mask, ones, sofar, lengths: emit.reduce('ReduceSum', ones, [0], false) }
}

/** The steps that count, one behind the other; behind them the others. */
function movedToFront(sequence: Ref, { mask, ones }: Counted, emit: Emitter): Ref {
  const count = emit.op('Slice', [emit.op('Shape', [mask]), emit.vector([0]), emit.vector([1])])
  const end = emit.op('Squeeze', [count, emit.vector([0])])
  const step = emit.op('Range', [emit.scalar('int64', 0), end, emit.scalar('int64', 1)])
  const steps = emit.op('Unsqueeze', [step, emit.vector([1])])
  const rank = emit.op('Sub', [emit.op('Mul', [ones, count]), steps])
  const [, order] = emit.ops('TopK', [rank, count], { axis: 0 }, { outputs: 2 })
  return taken(sequence, order, emit)
}

/** The step of each place, for all features of it. */
function taken(sequence: Ref, steps: Ref, emit: Emitter): Ref {
  const wide = emit.op('Expand', [emit.op('Unsqueeze', [steps, emit.vector([2])]), emit.op('Shape', [sequence])])
  return emit.op('GatherElements', [sequence, wide], { axis: 0 })
}

// The operator.

function operator({ cell, node, x, counted, initial }: Layer, emit: Emitter): Made {
  const { op, units, gates, activations, carry } = cell
  const stacked = (tensors: readonly Tensor[], name: string): Ref => {
    const whole = concat(0, tensors)
    return emit.tensor(reshape(whole, [1, ...whole.shape]), `${node.name}/${name}`)
  }
  const state = (value: Ref | undefined): Ref | undefined => value && emit.op('Unsqueeze', [value, emit.vector([0])])
  const inputs = [
    x,
    stacked(
      gates.map(gate => gate.input),
      'weights',
    ),
    stacked(
      gates.map(gate => gate.recurrent),
      'recurrent_weights',
    ),
    stacked([...gates.map(gate => gate.inputBias), ...gates.map(gate => gate.recurrentBias)], 'bias'),
    counted && emit.cast(counted.lengths, 'int32'),
    state(initial),
    ...(carry === undefined ? [] : [state(initialOf(node.input(carry), emit))]),
  ]
  const attributes = {
    hidden_size: units,
    ...functions(activations),
    ...(cell.resetsAfter && { linear_before_reset: 1 }),
  }
  const count: number = op === 'LSTM' ? 3 : 2
  const how = { name: `${node.name}/${op}`, outputs: count }
  const [outputs, hidden, last] = emit.ops(op, withoutEnd(inputs), attributes, how)
  return { outputs: emit.op('Squeeze', [outputs!, emit.vector([1])]), hidden: hidden!, carry: last }
}

/** Optional inputs at the end are left out. */
const withoutEnd = (inputs: readonly (Ref | undefined)[]): readonly (Ref | undefined)[] =>
  inputs.slice(0, inputs.findLastIndex(ref => ref !== undefined) + 1)

/** The activation functions, unless they are the usual ones. */
function functions(activations: readonly Activation[]): Record<string, Attribute> {
  const names = activations.map(({ name }) => name)
  const usual = names.length === 1 ? ['Tanh'] : ['Sigmoid', 'Tanh', 'Tanh']
  if (names.every((name, i) => name === usual[i])) return {}
  const floats = (values: readonly (number | undefined)[]): Attribute => ({
    kind: 'floats',
    value: values.filter(value => value !== undefined),
  })
  return {
    activations: { kind: 'strings', value: names },
    activation_alpha: floats(activations.map(({ alpha }) => alpha)),
    activation_beta: floats(activations.map(({ beta }) => beta)),
  }
}

// Results.

function resultOf(result: Result, layer: Layer, made: Made, emit: Emitter): Ref {
  switch (result.kind) {
    case 'count':
      return countOf(layer, emit)
    case 'hidden':
      return squeezed(lastOf(made.hidden, 'state', layer, emit), emit)
    case 'carry': {
      const initial = initialOf(layer.node.input(layer.cell.carry!), emit)
      return squeezed(lastOf(made.carry!, 'state', { ...layer, initial }, emit), emit)
    }
    case 'sequence':
      return sequenceOf(made.outputs, result.given, layer, emit)
    case 'last': {
      const last = lastOf(made.hidden, result.given, layer, emit)
      return result.isList ? last : squeezed(last, emit)
    }
  }
}

const squeezed = (state: Ref, emit: Emitter): Ref => emit.op('Squeeze', [state, emit.vector([0])])

/** How many turns there were. */
const countOf = ({ turns }: Layer, emit: Emitter): Ref =>
  typeof turns === 'number' ? emit.scalar('int32', turns) : emit.cast(emit.value(turns), 'int32')

/** The outputs where their steps were; where a step does not count, what is given in its place. */
function sequenceOf(outputs: Ref, given: Given, { counted, initial }: Layer, emit: Emitter): Ref {
  if (!counted) return outputs
  const { mask, sofar } = counted
  const place = emit.op('Max', [emit.op('Sub', [sofar, emit.scalar('int64', 1)]), emit.scalar('int64', 0)])
  const back = taken(outputs, place, emit)
  const isGiven = given === 'zeros' ? mask : emit.op('Greater', [sofar, emit.scalar('int64', 0)])
  return chosen(isGiven, back, given === 'state' ? initial : undefined, emit)
}

/** The same of the last step alone, [1, batch, units]. */
function lastOf(state: Ref, given: Given, { counted, initial }: Layer, emit: Emitter): Ref {
  if (!counted) return state
  const { mask, lengths } = counted
  const isGiven =
    given === 'zeros'
      ? emit.op('Gather', [mask, emit.vector([-1])], { axis: 0 })
      : emit.op('Greater', [emit.reshape(lengths, [1, -1]), emit.scalar('int64', 0)])
  return chosen(isGiven, state, given === 'state' ? initial : undefined, emit)
}

function chosen(condition: Ref, value: Ref, otherwise: Ref | undefined, emit: Emitter): Ref {
  const wide = emit.op('Unsqueeze', [condition, emit.vector([2])])
  return emit.op('Where', [wide, value, otherwise ?? emit.scalar(value.dtype, 0)])
}
