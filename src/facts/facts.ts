/**
 * Inference: what is known of every value of a graph without running it. Lazy
 * (a value is looked at when it is asked for), remembered, and with an explicit
 * stack: real graphs are deeper than the call stack.
 *
 * A loop (Merge ← NextIteration) starts from what enters it and is gone through
 * until nothing changes, each time keeping of the head only what also holds at
 * the end of the body. What is left holds in every iteration.
 */
import { isFreezeError } from '../errors.ts'
import type { PartialShape } from '../graph/attr.ts'
import type { Graph } from '../graph/graph.ts'
import type { Node, Value } from '../graph/node.ts'
import { MAX_DEPTH } from '../limits.ts'
import type { DType } from '../tensorflow/dtype.ts'
import { commonFact, equalFacts, type Fact, fact, type Inferred, UNKNOWN } from './fact.ts'
import { ruleFor } from './ops/index.ts'
import type { Context, Operands } from './rule.ts'
import { Contradiction, staticShape } from './shape.ts'

export type NodeFacts = readonly Fact[]

/** Rounds after which a loop's head is taken for unknown; two or three are usual. */
const MAX_ROUNDS = 16

/** Calls with different arguments that are looked into: a bound on functions that call themselves. */
const MAX_CALLS = 20_000

/** The arguments with which the body of a function is analysed: the call's arguments, and the results found for other calls. */
export interface Call {
  readonly args: readonly Fact[]
  readonly depth: number
  /** Results by function and arguments: bodies are shared, and a chain of calls would double the work at each. */
  readonly results: Map<string, NodeFacts>
}

/** Types and shapes of a graph's values. */
export class Facts {
  readonly #graph: Graph
  readonly #given: ReadonlyMap<Value, PartialShape>
  readonly #known = new Map<Node, NodeFacts>()
  readonly #call: Call
  readonly #context: Context

  /** `given` fixes the shapes of inputs, whatever the graph says of them. `call` is for the engine itself. */
  constructor(
    graph: Graph,
    given: ReadonlyMap<Value, PartialShape> = new Map(),
    call: Call = { args: [], depth: 0, results: new Map() },
  ) {
    this.#graph = graph
    this.#given = given
    this.#call = call
    this.#context = {
      graph,
      argument: index => call.args[index],
      call: (name, args) => this.#callFunction(name, args),
    }
  }

  /** All known facts about a value. */
  of(value: Value): Fact {
    if (!this.#known.has(value.node)) this.#infer(value.node)
    return this.#known.get(value.node)?.[value.index] ?? UNKNOWN
  }

  /** The shape, as far as it is known. */
  shape(value: Value): PartialShape {
    return this.of(value).shape
  }

  /** The size of every dimension; undefined unless all are known. */
  dims(value: Value): number[] | undefined {
    return staticShape(this.shape(value))
  }

  /** The elements of a small tensor, in row-major order; undefined unless all are known. */
  numbers(value: Value): number[] | undefined {
    const { elements } = this.of(value)
    return elements?.every(element => element !== null) ? elements.map(Number) : undefined
  }

  /** Forgets what was found for a node that changed, and for all that depends on it; and what calls return. */
  forget(node: Node): void {
    this.#call.results.clear()
    const stack = [node]
    const seen = new Set(stack)
    for (let top = stack.pop(); top; top = stack.pop()) {
      this.#known.delete(top)
      for (const output of top.outputs) {
        for (const reader of output?.uses.keys() ?? []) {
          if (seen.has(reader)) continue
          seen.add(reader)
          stack.push(reader)
        }
      }
    }
  }

  /**
   * Looks at `root` and all it needs, each node after those it reads. Where a loop may be, and where the way is longer
   * than the graph is large, which goes round, the search for components takes over.
   */
  #infer(root: Node): void {
    const path = [root]
    const next = [0]
    while (path.length > 0) {
      const node = path.at(-1)!
      if (node.is('merge') || path.length > this.#graph.nodes.size) this.#inferWithLoops(node)
      const input = this.#known.has(node) ? undefined : node.inputs[next[path.length - 1]!++]?.node
      if (input === undefined) {
        if (!this.#known.has(node)) this.#known.set(node, this.#outputs(node))
        path.pop()
        next.pop()
      } else if (!this.#known.has(input)) {
        path.push(input)
        next.push(0)
      }
    }
  }

  /** The same where there may be loops: strongly connected components, each after those it reads (Tarjan 1972). */
  #inferWithLoops(root: Node): void {
    const visits = new Map<Node, Visit>()
    const open: Visit[] = []
    const path: Visit[] = []
    let finished = 0
    const enter = (node: Node): void => {
      const visit: Visit = { node, low: visits.size, index: visits.size, next: 0, finished: 0, isOpen: true }
      visits.set(node, visit)
      open.push(visit)
      path.push(visit)
    }
    enter(root)
    for (let top = path.at(-1); top; top = path.at(-1)) {
      const input = top.node.inputs[top.next++]?.node
      if (input) {
        const seen = visits.get(input)
        if (seen?.isOpen) top.low = Math.min(top.low, seen.index)
        else if (!seen && !this.#known.has(input)) enter(input)
        continue
      }
      top.finished = finished++
      path.pop()
      const parent = path.at(-1)
      if (parent) parent.low = Math.min(parent.low, top.low)
      if (top.low === top.index) this.#inferComponent(closeComponent(open, top))
    }
  }

  #inferComponent(nodes: readonly Node[]): void {
    const [first] = nodes
    const isLoop = nodes.length > 1 || first!.inputs.some(v => v.node === first)
    if (isLoop) this.#inferLoop(nodes)
    else this.#known.set(first!, this.#outputs(first!))
  }

  /** `nodes` are a loop's, each after those it reads but for the edges back to the head. */
  #inferLoop(nodes: readonly Node[]): void {
    for (let round = 0, changed = true; changed; round++) {
      changed = false
      for (const node of nodes) {
        const before = this.#known.get(node)
        const after = this.#inLoop(node, before, round >= MAX_ROUNDS)
        if (!after || (before && sameFacts(before, after))) continue
        this.#known.set(node, after)
        changed = true
      }
    }
    // A cycle that nothing enters has been left alone.
    for (const node of nodes) if (!this.#known.has(node)) this.#known.set(node, unknownOutputs(node))
  }

  /** The facts about a node in a loop that follow from those known so far; undefined where there are none yet. */
  #inLoop(node: Node, before: NodeFacts | undefined, giveUp: boolean): NodeFacts | undefined {
    const isMerge = node.is('merge')
    const reached = node.inputs.filter(v => this.#known.has(v.node))
    if (isMerge ? reached.length === 0 : reached.length < node.inputs.length) return undefined
    if (!isMerge) return this.#outputs(node)
    if (giveUp) return unknownOutputs(node)
    const inputs = reached.map(v => this.of(v))
    const merged = [...(before ? [before[0]!] : []), ...inputs].reduce(commonFact)
    return [merged, { dtype: 'int32', shape: [] }]
  }

  #outputs(node: Node): NodeFacts {
    const types = outputTypes(node)
    const facts = this.#inferred(node).map((inferred, i) =>
      fact(types?.[i] ?? (isFact(inferred) ? inferred.dtype : undefined), asInferred(inferred)),
    )
    for (let i = facts.length; i < (types?.length ?? 0); i++) facts.push({ dtype: types?.[i], shape: null })
    for (const output of this.#given.size > 0 ? node.outputs : []) {
      const shape = output && this.#given.get(output)
      if (shape !== undefined && output) facts[output.index] = { dtype: types?.[output.index], shape }
    }
    return facts
  }

  #inferred(node: Node): readonly (PartialShape | Inferred)[] {
    try {
      const rule = ruleFor(node.op)
      if (!rule) return node.def ? [] : (this.#callLegacy(node) ?? [])
      if (node.inputTypes?.length !== node.inputs.length) return []
      const inputs = node.inputs.map(v => this.of(v)) as readonly Fact[] as Operands // as many as the op takes
      return rule(node, inputs, this.#context)
    } catch (e) {
      // A graph that is wrong is for the verifier to refuse; here it is only not known.
      // A RangeError: an axis or a size that no tensor has.
      if (e instanceof Contradiction || e instanceof RangeError || isFreezeError(e)) return []
      throw e
    }
  }

  /** A call in the oldest form: the function's name is the op. */
  #callLegacy(node: Node): NodeFacts | undefined {
    return this.#callFunction(
      node.op,
      node.inputs.map(v => this.of(v)),
    )
  }

  #callFunction(name: string, args: readonly Fact[]): NodeFacts | undefined {
    const called = this.#graph.functions.get(name)
    const depth = this.#call.depth + 1
    if (!called || depth > MAX_DEPTH) return undefined
    const { results } = this.#call
    const key = `${name} ${JSON.stringify(args, (_, v: unknown) => (typeof v === 'bigint' ? `${v}n` : v))}`
    const found = results.get(key)
    if (found || results.size > MAX_CALLS) return found
    results.set(key, []) // what a call of itself, with the same arguments, returns is not known
    const body = new Facts(called.body, undefined, { args, depth, results })
    const result = called.body.outputs.map(port => body.of(port.value))
    results.set(key, result)
    return result
  }
}

/** A node that the search for components has come to. */
interface Visit {
  readonly node: Node
  readonly index: number
  /** The earliest visit that is reached from here, among those still open. */
  low: number
  /** The input to go to next. */
  next: number
  /** The order in which nodes were left: each after its inputs. */
  finished: number
  isOpen: boolean
}

/** Takes the component that ends with `last` off the stack. Its nodes, each after its inputs as far as there is such an order. */
function closeComponent(open: Visit[], last: Visit): Node[] {
  const component = open.splice(open.lastIndexOf(last))
  for (const visit of component) visit.isOpen = false
  return component.sort((a, b) => a.finished - b.finished).map(visit => visit.node)
}

function outputTypes(node: Node): readonly DType[] | undefined {
  try {
    return node.outputTypes
  } catch (e) {
    if (isFreezeError(e)) return undefined // an attribute is absent, or stands for an argument of the function
    throw e
  }
}

const unknownOutputs = (node: Node): NodeFacts => (outputTypes(node) ?? []).map(dtype => ({ dtype, shape: null }))

const sameFacts = (a: NodeFacts, b: NodeFacts): boolean =>
  a.length === b.length && a.every((f, i) => equalFacts(f, b[i] ?? UNKNOWN))

const isFact = (inferred: PartialShape | Inferred): inferred is Fact =>
  inferred !== null && !Array.isArray(inferred) && 'dtype' in inferred

const asInferred = (inferred: PartialShape | Inferred): Inferred =>
  inferred === null || Array.isArray(inferred) ? { shape: inferred } : (inferred as Inferred) // arrays are shapes
