/**
 * A recurrent layer as a loop, for sequences whose length is not known or large:
 *
 *     StatelessWhile(i, n, outputs, held?, states…, inputs, masks?, weights…)
 *       <layer>_while_cond    i < n
 *       <layer>_while_body    x = inputs[i];  output, states = cell(x, states);  outputs[i] = output;  i + 1
 *
 * Inputs, masks and outputs are lists of tensors. What the cell reads from outside, its weights,
 * becomes arguments that the body returns as they came.
 */
import { Facts } from '../../../../facts/facts.ts'
import type { FuncRef, PartialShape } from '../../../../graph/attr.ts'
import { Graph } from '../../../../graph/graph.ts'
import type { Value } from '../../../../graph/node.ts'
import type { DType } from '../../../../tensorflow/dtype.ts'
import { lazy } from '../../call.ts'
import { plainValue, Scope } from '../../scope.ts'
import type { Cell, CellStep } from './cell.ts'
import { type Run, type Sequence, whereCounts } from './steps.ts'

/** One argument of the body: what it starts from, and what it is in the body. */
interface Variable {
  readonly key: string
  readonly initial: Value
  readonly argument: Value
  /** The value that the body returns for it: itself where it does not change. */
  next: Value
}

/** The body of a loop while it is written: nodes that read values from outside get them as arguments. */
class BodyScope extends Scope {
  readonly #loop: Loop

  constructor(loop: Loop, path: string) {
    super(loop.body, loop.facts, path)
    this.#loop = loop
  }

  override inner(name: string): Scope {
    return new BodyScope(this.#loop, this.nameOf(name))
  }

  override node(...[op, inputs, ...rest]: Parameters<Scope['node']>): ReturnType<Scope['node']> {
    return super.node(
      op,
      inputs.map(operand => this.#loop.inside(plainValue(operand))),
      ...rest,
    )
  }
}

/** A loop while it is written. */
class Loop {
  readonly outer: Scope
  readonly body: Graph
  readonly facts: Facts
  readonly scope: Scope
  readonly variables: Variable[] = []
  readonly #shapes = new Map<Value, PartialShape>()
  readonly #captured = new Map<Value, Value>()

  constructor(outer: Scope) {
    this.outer = outer
    this.body = new Graph(outer.graph.functions, outer.graph.versions)
    this.facts = new Facts(this.body, this.#shapes)
    this.scope = new BodyScope(this, '')
  }

  /** Adds an argument. `shape` is what holds in every iteration. */
  variable(key: string, initial: Value, shape: PartialShape = this.outer.shape(initial)): Variable {
    const argument = this.argument(key, initial.dtype!, shape)
    const variable: Variable = { key, initial, argument, next: argument }
    this.variables.push(variable)
    return variable
  }

  argument(key: string, dtype: DType, shape: PartialShape): Value {
    const value = this.body.add('_Arg', [], { T: dtype, index: this.body.inputs.length }, key).out()
    this.body.inputs.push({ key, value })
    this.#shapes.set(value, shape)
    return value
  }

  /** In the body, the element at `i` of a tensor whose first dimension is gone through. */
  element(key: string, all: Value, i: Variable): Value {
    const shape = this.outer
      .shape(all)!
      .slice(1)
      .map(d => d ?? -1)
    const list = this.outer.op('TensorListFromTensor', [all, this.outer.ints(shape, 'element_shape')])
    const { argument } = this.variable(key, list, [])
    const attrs = { element_dtype: all.dtype! }
    return this.scope.op('TensorListGetItem', [argument, i.argument, this.scope.ints(shape, 'element_shape')], attrs)
  }

  /** The value in the body. */
  inside(value: Value): Value {
    if (this.body.nodes.has(value.node)) return value
    const known = this.#captured.get(value)
    if (known) return known
    const { argument } = this.variable(`captured_${this.#captured.size}`, value)
    this.#captured.set(value, argument)
    return argument
  }

  /** Writes the functions and the node; `i` counts up to `n`. Returns the loop's results, in the variables' order. */
  finish(i: Variable, n: Variable): Value[] {
    for (const { key, next } of this.variables) this.body.outputs.push({ key: `${key}_next`, value: this.inside(next) })
    const { outer, variables } = this
    const cond = this.#define('while_cond', this.#condition(variables.indexOf(i), variables.indexOf(n)))
    const body = this.#define('while_body', this.body)
    const shapes = variables.map(({ argument }) => this.#shapes.get(argument) ?? null)
    const attrs = { cond, body, output_shapes: shapes, parallel_iterations: 32 }
    const node = outer.node(
      'StatelessWhile',
      variables.map(v => v.initial),
      attrs,
      'while',
    )
    return variables.map((_, index) => node.out(index))
  }

  #condition(i: number, n: number): Graph {
    const graph = new Graph(this.body.functions, this.body.versions)
    const args = this.variables.map(({ key, argument }, index) => {
      const value = graph.add('_Arg', [], { T: argument.dtype!, index }, key).out()
      graph.inputs.push({ key, value })
      return value
    })
    graph.outputs.push({ key: 'going_on', value: graph.add('Less', [args[i]!, args[n]!]).out() })
    return graph
  }

  #define(role: string, body: Graph): FuncRef {
    const { functions } = this.outer.graph
    const base = `${this.outer.nameOf(role)}`.replace(/[^A-Za-z0-9_]/g, '_')
    let name = base
    for (let k = 1; functions.has(name); k++) name = `${base}_${k}`
    functions.set(name, { name, body, attrs: new Map(), isStateful: false })
    return { name, attrs: new Map() }
  }
}

/** Writes a loop over a sequence. `wantsSequence` says whether all outputs are needed, or the last alone. */
export function looped(scope: Scope, cell: Cell, sequence: Sequence, wantsSequence: boolean): Run {
  const { constants } = sequence
  const inputs = inOrderOfTime(scope, sequence.value, sequence)
  const masks = sequence.mask && inOrderOfTime(scope, sequence.mask(), sequence)
  const shapes = probe(scope, cell, inputs, constants)
  const firstStep = lazy(() => cell.step(scope, scope.slice(inputs, [0]), undefined, constants))
  const zeros = (shape: PartialShape, like: (step: CellStep) => Value): Value =>
    zerosOf(scope, inputs, shape) ?? scope.op('ZerosLike', [like(firstStep())], {}, 'zeros')
  const initial = sequence.initial ?? shapes.states.map((shape, k) => zeros(shape, step => step.states[k]!))

  const loop = new Loop(scope)
  const i = loop.variable('i', scope.int(0, 'time'), [])
  const n = loop.variable('n', scope.size(inputs, 0, 'length'), [])
  const outputs = wantsSequence ? loop.variable('outputs', listLike(scope, inputs, shapes.output), []) : undefined
  const held = holdsOutput(cell, sequence, wantsSequence)
    ? loop.variable(
        'held',
        zeros(shapes.output, step => step.output),
        shapes.output,
      )
    : undefined
  const states = initial.map((value, k) => loop.variable(`state_${k}`, value, shapes.states[k] ?? null))
  const x = loop.element('inputs', inputs, i)
  const mask = masks && loop.scope.expandDims(loop.element('masks', masks, i), 1)

  const before = states.map(state => state.argument)
  const next = cell.step(loop.scope, x, before, constants)
  for (const [k, state] of states.entries())
    state.next = mask ? whereCounts(loop.scope, mask, next.states[k]!, state.argument) : next.states[k]!
  const output = mask ? givenOutput(loop.scope, next.output, { cell, sequence, mask, states, held }) : next.output
  if (held) held.next = output
  if (outputs) outputs.next = loop.scope.op('TensorListSetItem', [outputs.argument, i.argument, output])
  i.next = loop.scope.add(i.argument, 1)

  const results = loop.finish(i, n)
  const resultOf = (variable: Variable): Value => results[loop.variables.indexOf(variable)]!
  return {
    sequence: () => stackOf(scope, resultOf(outputs!), sequence, shapes.output, inputs.dtype!),
    last: () => resultOf(held ?? states[cell.outputState!]!),
    states: states.map(resultOf),
  }
}

/** A step that may not count. */
interface MaskedStep {
  readonly cell: Cell
  readonly sequence: Sequence
  readonly mask: Value
  readonly states: readonly Variable[]
  readonly held: Variable | undefined
}

/** The output of one step, [batch, …], with what is given where the mask says that the step does not count. */
function givenOutput(scope: Scope, output: Value, { cell, sequence, mask, states, held }: MaskedStep): Value {
  if (sequence.zeroWhereMasked) return whereCounts(scope, mask, output, undefined)
  if (cell.outputState !== undefined && !sequence.initial) return states[cell.outputState]!.next
  return whereCounts(scope, mask, output, held?.argument)
}

/** Whether the output must go from step to step by itself, because no state is the same. */
function holdsOutput(cell: Cell, { mask, zeroWhereMasked, initial }: Sequence, wantsSequence: boolean): boolean {
  const isState = cell.outputState !== undefined && !(mask && initial)
  if (wantsSequence) return mask !== undefined && !zeroWhereMasked && !isState
  return !isState || (mask !== undefined && zeroWhereMasked)
}

/** [time, batch, …], the first step first. */
function inOrderOfTime(scope: Scope, value: Value, { isTimeMajor, isBackward }: Sequence): Value {
  const major = isTimeMajor ? value : swapped(scope, value)
  return isBackward ? scope.op('ReverseV2', [major, scope.ints([0], 'ReverseV2/axis')]) : major
}

/** Batch and time change places. */
function swapped(scope: Scope, value: Value): Value {
  const others = scope.ranked(value).slice(2)
  return scope.transpose(value, [1, 0, ...others.map((_, axis) => axis + 2)])
}

/** A list with room for an output of every step. */
function listLike(scope: Scope, inputs: Value, element: PartialShape): Value {
  const shape = scope.ints(
    element!.map(d => d ?? -1),
    'element_shape',
  )
  const length = scope.size(inputs, 0, 'length')
  return scope.op('TensorListReserve', [shape, length], { element_dtype: inputs.dtype! })
}

function stackOf(
  scope: Scope,
  list: Value,
  { length, isTimeMajor }: Sequence,
  element: PartialShape,
  dtype: DType,
): Value {
  const shape = scope.ints(
    element!.map(d => d ?? -1),
    'element_shape',
  )
  const attrs = { element_dtype: dtype, num_elements: length ?? -1 }
  const stack = scope.op('TensorListStack', [list, shape], attrs)
  return isTimeMajor ? stack : swapped(scope, stack)
}

/** Zeros of a state's shape [batch, …]; undefined where more than the batch is not known. */
function zerosOf(scope: Scope, inputs: Value, shape: PartialShape): Value | undefined {
  const sizes = shape?.slice(1)
  if (!sizes?.every(size => size !== null)) return undefined
  const dims = scope.pack([scope.ranked(inputs)[1] ?? { of: inputs, axis: 1 }, ...sizes])
  return scope.op('Fill', [dims, scope.number(0, inputs)], {}, 'zeros')
}

/** The shapes of a cell's output and states, from a step that is written and thrown away. */
function probe(
  scope: Scope,
  cell: Cell,
  inputs: Value,
  constants: readonly Value[],
): { readonly output: PartialShape; readonly states: readonly PartialShape[] } {
  const trial = new Loop(scope)
  const x = trial.argument('x', inputs.dtype!, scope.ranked(inputs).slice(1))
  const { output, states } = cell.step(trial.scope, x, undefined, constants)
  const open = (value: Value): PartialShape => trial.scope.shape(value)
  return { output: open(output), states: states.map(open) }
}
