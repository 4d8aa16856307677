/** Runs the steps of a plan, one after the other. */
import { FreezeError } from '../errors.ts'
import { CallSite } from '../graph/calls.ts'
import { switchOutputs, takenOutput } from '../graph/flow.ts'
import type { Graph, GraphFunction } from '../graph/graph.ts'
import type { Node, Value } from '../graph/node.ts'
import { MAX_DEPTH } from '../limits.ts'
import { first, fromTensor, type NdArray, numbers, scalarOf, size, stringBytes } from './array.ts'
import type { Kernel } from './kernel.ts'
import { kernelOf } from './kernels/index.ts'
import { isLoop, type Loop, type Plan, planOf, type Step } from './plan.ts'
import { DEAD, type Item, Scope } from './scope.ts'

/** Values by tensor that are there before the first step. */
type Given = ReadonlyMap<Value, NdArray>
/** Called after each step of the main graph. */
export type Progress = (done: number, steps: number) => void

/** A kernel's results; sizes that no array can have are the graph's fault. */
function resultsOf(kernel: Kernel, inputs: readonly NdArray[], node: Node): readonly NdArray[] {
  try {
    return kernel(inputs, node)
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    throw new FreezeError('invalid-graph', `this ${node.op} asks for sizes that no array has`, { node: node.name })
  }
}

/** One evaluation of a graph. */
export class Run {
  readonly #functions: ReadonlyMap<string, GraphFunction>
  readonly #constants = new Map<Node, NdArray>()
  readonly #plans = new Map<Graph, Plan>()
  #depth = 0

  constructor(functions: ReadonlyMap<string, GraphFunction>) {
    this.#functions = functions
  }

  /** Reads the constants of loops and functions, which do not wait. Those of the main graph are read as their turn comes. */
  async readInnerConstants(steps: readonly Step[]): Promise<void> {
    const open = steps.filter(isLoop).flatMap(loop => loop.steps)
    for (const { body } of this.#functions.values()) open.push(...body.nodes)
    for (let step = open.pop(); step; step = open.pop()) {
      if (isLoop(step)) open.push(...step.steps)
      else if (step.op === 'Const') this.#constants.set(step, await fromTensor(step.tensor('value')))
    }
  }

  /** Runs the main graph: waits for its constants, and keeps a value no longer than it is read. */
  async main({ steps, releases }: Plan, given: Given, outputs: readonly Value[], progress?: Progress) {
    const scope = scopeOf(given)
    for (const [i, step] of steps.entries()) {
      if (!isLoop(step) && step.op === 'Const') this.#constants.set(step, await fromTensor(step.tensor('value')))
      this.#runSteps([step], scope)
      if (!isLoop(step)) this.#constants.delete(step)
      scope.release(releases[i]!)
      progress?.(i + 1, steps.length)
    }
    return resultsIn(scope, outputs)
  }

  /** Runs the body of a function. */
  #execute({ steps, releases }: Plan, given: Given, outputs: readonly Value[]): NdArray[] {
    const scope = scopeOf(given)
    for (const [i, step] of steps.entries()) {
      this.#runSteps([step], scope)
      scope.release(releases[i]!)
    }
    return resultsIn(scope, outputs)
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
    const outputs = body.outputs.map(p => p.value)
    const planned = this.#plans.get(body) ?? planOf(body.roots(), new Set(body.inputs.map(p => p.value.node)), outputs)
    this.#plans.set(body, planned)
    this.#depth++
    const results = this.#execute(planned, given, outputs)
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

/** A scope that begins with what is given. */
function scopeOf(given: Given): Scope {
  const scope = new Scope()
  for (const [value, array] of given) {
    scope.values.set(value, array)
    scope.done.set(value.node, 'ran')
  }
  return scope
}

const resultsIn = (scope: Scope, outputs: readonly Value[]): NdArray[] =>
  outputs.map(value => {
    const item = scope.item(value)
    if (item !== DEAD) return item
    throw new FreezeError('invalid-graph', 'no control flow leads to this output', { node: value.node.name })
  })

/** Gives a loop variable the value that the last iteration left for it. */
function carry(merge: Node, before: Scope, scope: Scope): void {
  const next = merge.inputs.findIndex(v => v.node.is('nextIteration'))
  scope.setOutputs(merge, [before.item(merge.inputs[next]!), scalarOf('int32', next)])
}

/** The truth value of a tensor for If and While: a scalar that is not 0 or empty text, or an array with elements, is true. */
function isTrue(x: NdArray): boolean {
  if (x.shape.length > 0) return size(x) > 0
  return x.dtype === 'string' ? stringBytes(x)[0]!.length > 0 : numbers(x)[0] !== 0
}

/** The index of the branch that a selector chooses: an index itself, or 0 and 1 for true and false. */
const choice = (x: NdArray): number => (x.dtype === 'int32' && x.shape.length === 0 ? first(x) : isTrue(x) ? 1 : 0)
