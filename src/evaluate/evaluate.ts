/**
 * A simple, exact reference interpreter: what the graph means, not how fast it
 * could run. Each op's result is rounded to its type, as TensorFlow's is.
 */

import { FreezeError, isFreezeError } from '../errors.ts'
import { CallSite } from '../graph/calls.ts'
import { switchOutputs, takenOutput } from '../graph/flow.ts'
import type { Graph, GraphFunction } from '../graph/graph.ts'
import { tensorName, tensorNamed } from '../graph/names.ts'
import type { Node, Value } from '../graph/node.ts'
import { MAX_DEPTH } from '../limits.ts'
import { DATAFLOW_CONTROL } from '../tensorflow/roles.ts'
import { first, fromTensor, isComplex, type NdArray, numbers, scalarOf, size, stringBytes } from './array.ts'
import type { Kernel } from './kernel.ts'
import { factorKernels } from './kernels/factors.ts'
import { kernelOf } from './kernels/index.ts'
import { isLoop, type Loop, plan, type Step } from './plan.ts'

/** What an output holds that control flow did not take. */
const DEAD = Symbol('dead')
type Item = NdArray | typeof DEAD

/** Whether the evaluator runs the node itself. */
const runsItself = (node: Node): boolean =>
  node.is(...DATAFLOW_CONTROL, 'call', 'branch', 'loop', 'constant', 'formal', 'placeholder')

/**
 * Computes `outputs` (the graph's own unless given). `feeds` gives values to
 * tensors by name (`x`, `x:1`); what only they need is not run. Rejects with
 * `missing` for a placeholder without a value, `unsupported` for an op without
 * a kernel, and `invalid-graph` where TensorFlow would fail as well.
 */
export async function evaluate(
  graph: Graph,
  feeds: ReadonlyMap<string, NdArray>,
  outputs: readonly Value[] = graph.outputs.map(p => p.value),
): Promise<NdArray[]> {
  const given = new Map<Value, NdArray>()
  for (const [name, array] of feeds) given.set(fed(graph, name), array)
  const run = new Run(graph.functions)
  const roots = outputs.map(v => v.node)
  const steps = plan(roots, new Set([...given.keys()].map(v => v.node)))
  await run.readConstants(steps)
  return run.execute(steps, given, outputs)
}

/** Ops whose results may be fed over, are not initialised, or come in no certain order or, as factors, of no certain sign. */
const isOpen = (node: Node): boolean =>
  node.op === 'PlaceholderWithDefault' ||
  node.op === 'Empty' ||
  Object.hasOwn(factorKernels, node.op) ||
  (node.attrs.has('sorted') && !node.bool('sorted'))

/**
 * The results of one op without state, from the values of its inputs; undefined
 * where there is no kernel, or the result is not defined or has no constant form.
 */
export function evaluateNode(node: Node, inputs: readonly NdArray[]): readonly NdArray[] | undefined {
  const kernel = kernelOf(node.op)
  if (!kernel || node.def?.isStateful || isOpen(node)) return undefined
  try {
    const results = kernel(inputs, node)
    return results.every(isTensor) ? results : undefined
  } catch (error) {
    // Sizes that no array has, negative or infinite ones among them: TensorFlow refuses them when it runs.
    if (isFreezeError(error) || error instanceof RangeError) return undefined
    throw error
  }
}

/** Whether a result is one that TensorFlow could give, and that we write as a constant: of sizes that are whole. */
const isTensor = ({ dtype, shape }: NdArray): boolean =>
  dtype !== 'variant' &&
  dtype !== 'resource' &&
  !isComplex(dtype) &&
  shape.every(size => Number.isSafeInteger(size) && size >= 0)

/** The ops on the way to `outputs`, and in all functions, that the evaluator cannot run; sorted. */
export function missingKernels(graph: Graph, outputs: readonly Value[]): string[] {
  const missing = new Set<string>()
  const visit = (node: Node): void => {
    if (!kernelOf(node.op) && !runsItself(node) && !graph.functions.has(node.op)) missing.add(node.op)
  }
  const steps: Step[] = plan(
    outputs.map(v => v.node),
    new Set(),
  )
  for (let step = steps.pop(); step; step = steps.pop()) {
    if (isLoop(step)) steps.push(...step.steps)
    else visit(step)
  }
  for (const { body } of graph.functions.values()) for (const node of body.nodes) visit(node)
  return [...missing].sort()
}

function fed(graph: Graph, name: string): Value {
  const value = tensorNamed(graph, name)
  if (value) return value
  throw new FreezeError('missing', `there is no node '${tensorName(name).node}' to feed`)
}

/** The values of one frame's iteration, or of one call. What it does not have, the one around it does. */
class Scope {
  readonly values = new Map<Value, Item>()
  readonly done = new Map<Node, 'ran' | 'dead'>()
  readonly outer: Scope | undefined

  constructor(outer?: Scope) {
    this.outer = outer
  }

  item(value: Value): Item {
    for (let scope: Scope | undefined = this; scope; scope = scope.outer) {
      const item = scope.values.get(value)
      if (item !== undefined) return item
      if (scope.done.get(value.node) === 'dead') return DEAD
    }
    throw new FreezeError('invalid-graph', `output ${value.index} of this ${value.node.op} is not there`, {
      node: value.node.name,
    })
  }

  isDead(node: Node): boolean {
    for (let scope: Scope | undefined = this; scope; scope = scope.outer) {
      const state = scope.done.get(node)
      if (state) return state === 'dead'
    }
    return false
  }

  setOutputs(node: Node, items: readonly Item[]): void {
    this.done.set(node, 'ran')
    for (const [i, item] of items.entries()) {
      const value = node.outputs[i]
      if (value) this.values.set(value, item)
    }
  }
}

/** A kernel's results; sizes that no array can have are the graph's fault. */
function resultsOf(kernel: Kernel, inputs: readonly NdArray[], node: Node): readonly NdArray[] {
  try {
    return kernel(inputs, node)
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    throw new FreezeError('invalid-graph', `this ${node.op} asks for sizes that no array has`, { node: node.name })
  }
}

class Run {
  readonly #functions: ReadonlyMap<string, GraphFunction>
  readonly #constants = new Map<Node, NdArray>()
  readonly #plans = new Map<Graph, Step[]>()
  #depth = 0

  constructor(functions: ReadonlyMap<string, GraphFunction>) {
    this.#functions = functions
  }

  /** Reads the constants among the steps and in all functions: the only part that waits. */
  async readConstants(steps: readonly Step[]): Promise<void> {
    const open: Step[] = [...steps]
    for (const { body } of this.#functions.values()) open.push(...body.nodes)
    for (let step = open.pop(); step; step = open.pop()) {
      if (isLoop(step)) open.push(...step.steps)
      else if (step.op === 'Const') this.#constants.set(step, await fromTensor(step.tensor('value')))
    }
  }

  execute(steps: readonly Step[], given: ReadonlyMap<Value, NdArray>, outputs: readonly Value[]): NdArray[] {
    const scope = new Scope()
    for (const [value, array] of given) {
      scope.values.set(value, array)
      scope.done.set(value.node, 'ran')
    }
    this.#runSteps(steps, scope)
    return outputs.map(value => {
      const item = scope.item(value)
      if (item !== DEAD) return item
      throw new FreezeError('invalid-graph', 'no control flow leads to this output', { node: value.node.name })
    })
  }

  #runSteps(steps: readonly Step[], scope: Scope): void {
    for (const step of steps) {
      if (isLoop(step)) this.#runLoop(step, scope)
      else if (!scope.done.has(step)) this.#runNode(step, scope)
    }
  }

  #runNode(node: Node, scope: Scope): void {
    const items = node.inputs.map(value => scope.item(value))
    if (node.is('merge')) {
      this.#merge(node, items, scope)
    } else if (items.includes(DEAD) || [...node.controls].some(control => scope.isDead(control))) {
      scope.done.set(node, 'dead')
    } else {
      scope.setOutputs(node, this.#results(node, items as NdArray[])) // none is dead
    }
  }

  #merge(node: Node, items: readonly Item[], scope: Scope): void {
    const index = items.findIndex(item => item !== DEAD)
    if (index < 0) scope.done.set(node, 'dead')
    else scope.setOutputs(node, [items[index]!, scalarOf('int32', index)])
  }

  #results(node: Node, inputs: readonly NdArray[]): readonly Item[] {
    switch (node.role?.kind) {
      case 'constant':
        return [this.#constants.get(node)!]
      case 'placeholder':
        if (node.role.hasDefault) break
        throw new FreezeError('missing', 'this placeholder has no value', { node: node.name })
      case 'formal':
        throw new FreezeError('missing', 'this placeholder has no value', { node: node.name })
      case 'switch': {
        const taken = takenOutput(node, first(inputs[1]!))
        return switchOutputs(node).map(output => (output.index === taken ? inputs[0]! : DEAD))
      }
      case 'enter':
      case 'exit':
      case 'nextIteration':
      case 'loopCond':
        return inputs
      case 'branch':
      case 'call':
      case 'loop':
        return this.#runFunctions(node, inputs)
    }
    if (this.#functions.has(node.op)) return this.#runFunctions(node, inputs)
    const kernel = kernelOf(node.op)
    if (kernel) return resultsOf(kernel, inputs, node)
    throw new FreezeError('unsupported', `the evaluator has no kernel for ${node.op}`, { node: node.name })
  }

  /** Runs the functions of a call, branch or loop. */
  #runFunctions(node: Node, inputs: readonly NdArray[]): readonly NdArray[] {
    const site = CallSite.of(node, this.#functions)!
    const args = inputs.slice(site.first, site.first + site.arguments.length)
    switch (site.kind) {
      case 'call':
        return this.#call(site.bodies[0]!.ref.name, args, node)
      case 'branch':
        return this.#call(site.chosen(choice(inputs[0]!)).name, args, node)
      case 'loop':
        return this.#loop(site, args)
    }
  }

  #loop(site: CallSite, initial: readonly NdArray[]): readonly NdArray[] {
    let values = initial
    const run = (attr: 'cond' | 'body'): readonly NdArray[] => this.#call(site.body(attr)!.name, values, site.node)
    while (isTrue(run('cond')[0]!)) values = run('body')
    return values
  }

  #call(name: string, inputs: readonly NdArray[], node: Node): NdArray[] {
    const body = this.#functions.get(name)?.body
    if (!body) throw new FreezeError('invalid-graph', `there is no function '${name}' to call`, { node: node.name })
    if (this.#depth >= MAX_DEPTH) throw new FreezeError('limit', 'calls are nested too deeply', { node: node.name })
    const given = new Map(body.inputs.map((port, i) => [port.value, inputs[i]!]))
    const steps = this.#plans.get(body) ?? plan(body.roots(), new Set(body.inputs.map(p => p.value.node)))
    this.#plans.set(body, steps)
    this.#depth++
    const results = this.execute(
      steps,
      given,
      body.outputs.map(p => p.value),
    )
    this.#depth--
    return results
  }

  /** Repeats a loop's steps until its condition is false; then its exits have values in the scope around it. */
  #runLoop(loop: Loop, outer: Scope): void {
    const entries = loop.enters.map(enter => [enter, outer.item(enter.input(0))] as const)
    if (entries.some(([, item]) => item === DEAD)) {
      for (const exit of loop.exits) outer.done.set(exit, 'dead')
      return
    }
    let before: Scope | undefined
    for (;;) {
      const scope = new Scope(outer)
      for (const [enter, item] of entries) scope.setOutputs(enter, [item])
      if (before) for (const merge of loop.variables) carry(merge, before, scope)
      this.#runLoopSteps(loop, scope, !before)
      const goesOn = loop.condition && scope.item(loop.condition.out())
      if (goesOn && goesOn !== DEAD && isTrue(goesOn)) {
        before = scope
        continue
      }
      for (const exit of loop.exits) outer.setOutputs(exit, [scope.item(exit.input(0))])
      return
    }
  }

  #runLoopSteps(loop: Loop, scope: Scope, isFirst: boolean): void {
    if (isFirst) {
      for (const merge of loop.variables) {
        const entry = merge.inputs.findIndex(v => !v.node.is('nextIteration'))
        scope.setOutputs(merge, [scope.item(merge.inputs[entry]!), scalarOf('int32', entry)])
      }
    }
    this.#runSteps(loop.steps, scope)
  }
}

/** Gives a loop variable the value that the last iteration left for it. */
function carry(merge: Node, before: Scope, scope: Scope): void {
  const next = merge.inputs.findIndex(v => v.node.is('nextIteration'))
  scope.setOutputs(merge, [before.item(merge.inputs[next]!), scalarOf('int32', next)])
}

/** What If and While take for true: a scalar that is not 0 or empty text, or an array with elements. */
function isTrue(x: NdArray): boolean {
  if (x.shape.length > 0) return size(x) > 0
  return x.dtype === 'string' ? stringBytes(x)[0]!.length > 0 : numbers(x)[0] !== 0
}

/** What chooses a branch: an index, or 0 and 1 for what is true or not. */
const choice = (x: NdArray): number => (x.dtype === 'int32' && x.shape.length === 0 ? first(x) : isTrue(x) ? 1 : 0)
