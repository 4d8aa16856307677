/** Shapes of what enters a graph, of variables, of control flow and of calls. */
import type { Node } from '../../graph/node.ts'
import { commonFact, constantElements, equalFacts, type Fact } from '../fact.ts'
import { type Context, fixed, forEach, numberOf, passes, type Rule, type Rules, scalar } from '../rule.ts'
import { mergeShapes } from '../shape.ts'

/** Producers up to 21 wrote a shape they did not know as that of a scalar. */
const LAST_WITHOUT_UNKNOWN_SHAPES = 21

const placeholder: Rule = (node, _, { graph }) => {
  const shape = node.shape('shape')
  return graph.versions.producer <= LAST_WITHOUT_UNKNOWN_SHAPES && shape?.length === 0 ? [] : [shape]
}

const byAttribute: Rule = node => [node.shape('shape')]

/** `Variable`, too, has the shape of a scalar where it is not known. */
const variableV1: Rule = node => [node.shape('shape')?.length === 0 ? null : node.shape('shape')]

const constant: Rule = node => {
  const tensor = node.tensor('value')
  const elements = constantElements(tensor)
  return [{ shape: tensor.shape, ...(elements && { elements }) }]
}

const argument: Rule = (node, _, context) => {
  const known = context.argument(node.int('index'))
  return known ? [known] : []
}

const variableHandle: Rule = node => [{ shape: [], contents: { shape: node.shape('shape'), length: null } }]

const readVariable: Rule = (_, [handle]) => [handle.contents?.shape ?? null]

/** The variable takes the value's shape, which must be its own unless it may change. */
const assign: Rule = (node, [variable, value]) => [
  node.bool('validate_shape') ? mergeShapes(variable.shape, value.shape) : value.shape,
]

const ensureShape: Rule = (node, [x]) => {
  const shape = mergeShapes(x.shape, node.shape('shape'))
  return [shape === null ? null : { ...x, shape }]
}

const bothWays: Rule = (_, [x]) => [x, x]
const eachWay: Rule = (node, [x]) => Array<Fact>(node.count('num_outs')).fill(x)

/** One of the inputs, and which. Around a loop the engine sees to it. */
const merge: Rule = (_, inputs) => [inputs.reduce(commonFact), []]

const call: Rule = (node, inputs, context) => context.call(node.func('f').name, inputs) ?? []

/** Either branch; the one taken where that is known. */
const branch: Rule = (node, inputs, context) => {
  const [condition, ...args] = inputs
  const isTrue = numberOf(condition)
  const names = [node.func('then_branch').name, node.func('else_branch').name]
  return withRanks(node, either(isTrue === null ? names : [isTrue ? names[0]! : names[1]!], args, context))
}

/** An index out of range takes the last branch. */
const branches: Rule = (node, inputs, context) => {
  const [at, ...args] = inputs
  const index = numberOf(at)
  const names = node.funcs('branches').map(f => f.name)
  return withRanks(node, either(index === null ? names : [names[index] ?? names.at(-1)!], args, context))
}

function either(names: readonly string[], args: readonly Fact[], context: Context): readonly Fact[] {
  const results = names.map(name => context.call(name, args))
  const [first, ...rest] = results
  if (!first || results.some(r => r?.length !== first.length)) return []
  return rest.reduce<readonly Fact[]>((common, r) => common.map((f, i) => commonFact(f, r![i]!)), first)
}

/** Rounds after which nothing is said of a loop's results; two or three are usual. */
const MAX_ROUNDS = 16

/** The facts of loop variables that hold before the loop and after each iteration. The body may take a counter before them. */
function iterate(body: string, initial: readonly Fact[], context: Context, counter: readonly Fact[] = []) {
  let state = initial
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const after = context.call(body, [...counter, ...state])
    if (after?.length !== state.length) return []
    const common = state.map((f, i) => commonFact(f, after[i]!))
    if (common.every((f, i) => equalFacts(f, state[i]!))) return state
    state = common
  }
  return []
}

const whileLoop: Rule = (node, inputs, context) => withRanks(node, iterate(node.func('body').name, inputs, context))

/**
 * Where a rank is not inferred, that which TensorFlow wrote down. Only the rank: sizes are those of the inputs that the
 * model was made with.
 */
function withRanks(node: Node, results: readonly Fact[]): ReturnType<Rule> {
  const written = node.attrs.has('output_shapes') ? node.shapes('output_shapes') : []
  const count = Math.max(written.length, results.length)
  return Array.from({ length: count }, (_, i) => {
    const known = results[i]
    const ranked = written[i]?.map(() => null) ?? null
    return known ? { ...known, shape: known.shape ?? ranked } : ranked
  })
}

/** Over the integers from `start` to `limit`. */
const forLoop: Rule = (node, [, , , ...initial], context) =>
  iterate(node.func('body').name, initial, context, [{ dtype: 'int32', shape: [] }])

const iteratorNext: Rule = node => node.shapes('output_shapes')

/** The shape functions of inputs, variables, control flow and calls. */
export const controlFlowRules: Rules = {
  Placeholder: placeholder,
  ...forEach('PlaceholderV2 PlaceholderWithDefault VariableV2 TemporaryVariable ImmutableConst', byAttribute),
  Variable: variableV1,
  Const: constant,
  _Arg: argument,
  VarHandleOp: variableHandle,
  ReadVariableOp: readVariable,
  Assign: assign,
  ...forEach('AssignAdd AssignSub CountUpTo', passes()),
  ...forEach('VarIsInitializedOp IsVariableInitialized LoopCond', scalar),
  EnsureShape: ensureShape,
  ...forEach('Identity RefIdentity Snapshot Enter RefEnter Exit RefExit NextIteration RefNextIteration', passes()),
  IdentityN: (_, inputs) => inputs,
  ...forEach('Switch RefSwitch', bothWays),
  _SwitchN: eachWay,
  ...forEach('Merge RefMerge', merge),
  ...forEach('PartitionedCall StatefulPartitionedCall', call),
  ...forEach('If StatelessIf', branch),
  ...forEach('Case StatelessCase', branches),
  ...forEach('While StatelessWhile', whileLoop),
  For: forLoop,
  IteratorGetNext: iteratorNext,
  MatchingFiles: fixed([null]),
  ...forEach('ScalarSummary HistogramSummary MergeSummary ShardedFilename IteratorToStringHandle', scalar),
}
