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
import type { PartialShape } from '../../../../graph/attr.ts'
import { Graph } from '../../../../graph/graph.ts'
import type { Value } from '../../../../graph/node.ts'
import type { DType } from '../../../../tensorflow/dtype.ts'
import { Scope } from '../../scope.ts'
import type { Cell, CellStep } from './cell.ts'
import { type Run, type Sequence, whereCounts } from './steps.ts'

/** One argument of the body: what it starts from, and what it is in the body. */
interface Variable {
  readonly key: string
  readonly initial: Value
  readonly argument: Value
  /** What the body returns for it: itself where it does not change. */
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
      inputs.map(value => this.#loop.inside(value)),
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
    const argument = this.body.add('_Arg', [], { T: initial.dtype!, index: this.variables.length }, key).out()
    this.body.inputs.push({ key, value: argument })
    this.#shapes.set(argument, shape)
    const variable: Variable = { key, initial, argument, next: argument }
    this.variables.push(variable)
    return variable
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

  #define(role: string, body: Graph): { readonly name: string; readonly attrs: ReadonlyMap<string, never> } {
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
  const { dtype } = sequence.value
  const inputs = timeMajor(scope, sequence.value, sequence)
  const masks = sequence.mask && timeMajor(scope, sequence.mask(), sequence)
  const shapes = probe(scope, cell, scope.shape(inputs)!.slice(1), dtype!, sequence.constants)
  const first = (): Value => scope.slice(inputs, [0])
  const zeros = (like: PartialShape, make: (step: CellStep) => Value): Value =>
    like?.slice(1).every(d => d !== null)
      ? scope.op(
          'Fill',
          [scope.pack([{ of: inputs, axis: 1 }, ...(like.slice(1) as number[])]), scope.number(0, inputs)],
          {},
          'zeros',
        ) // none is null
      : scope.op('ZerosLike', [make(cell.step(scope, first(), undefined, sequence.constants))])
  const initial = sequence.initial ?? shapes.states.map((shape, k) => zeros(shape, step => step.states[k]!))

  const loop = new Loop(scope)
  const i = loop.variable('i', scope.int(0, 'time'), [])
  const n = loop.variable('n', scope.size(inputs, 0, 'length'), [])
  const held = isHeld(cell, sequence, wantsSequence)
    ? loop.variable(
        'held',
        zeros(shapes.output, step => step.output),
        shapes.output,
      )
    : undefined
  const states = initial.map((value, k) => loop.variable(`state_${k}`, value, shapes.states[k]!))
  const elements = (shape: PartialShape): Value =>
    scope.ints(
      shape!.map(d => d ?? -1),
      'element_shape',
    )
  const reserve = (): Value =>
    scope.op('TensorListReserve', [elements(shapes.output), n.initial], { element_dtype: dtype! })
  const outputs = wantsSequence ? loop.variable('outputs', reserve(), []) : undefined
  const list = (key: string, value: Value): Variable =>
    loop.variable(key, scope.op('TensorListFromTensor', [value, elements(scope.shape(value)!.slice(1))]), [])
  const inputList = list('inputs', inputs)
  const maskList = masks && list('masks', masks)
  void [i, n, held, states, outputs, inputList, maskList]
  throw new Error('unfinished')
}
