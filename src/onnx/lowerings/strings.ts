/**
 * Strings, as far as ONNX has operators for them: parts, joins, matches and letters. A pattern that is replaced must be
 * one character of a set: the strings are split at each of its characters and joined again.
 */
import type { Value } from '../../graph/node.ts'
import { stringsOf, strings as stringTensor } from '../../tensor/make.ts'
import type { Emitter } from '../emitter.ts'
import type { Lowering, Lowerings } from '../lowering.ts'
import type { OnnxGraph, Ref } from '../model.ts'
import { refuse } from '../refusal.ts'

const LONG = 'int64'

const text = (emit: Emitter, value: string): Ref => emit.tensor(stringTensor([], [value]), 'text')

/** The text of a constant. */
function textOf(value: Value, what: string, emit: Emitter): string {
  const tensor = emit.constant(value)
  const found = tensor && stringsOf(tensor)
  return found?.length === 1 ? found[0]! : refuse(`${what} is not one constant`)
}

/** Applies an operation on vectors to a tensor of any shape. */
function onVector(
  emit: Emitter,
  ref: Ref,
  rank: number,
  name: string,
  build: (vector: Ref, name?: string) => Ref,
): Ref {
  if (rank === 1) return build(ref, name)
  return emit.op('Reshape', [build(emit.reshape(ref, [-1])), emit.op('Shape', [ref])], {}, { name })
}

/** ASCII letters, which is what TensorFlow changes unless it is told that the text is UTF-8. */
const letters =
  (action: 'LOWER' | 'UPPER'): Lowering =>
  (node, emit) => {
    if (node.str('encoding') !== '') refuse('it changes letters beyond ASCII, which depends on the machine in ONNX')
    const x = node.input(0)
    const shape = emit.shape(x)
    if (!shape) refuse('the rank of the strings is not known')
    const attributes = { case_change_action: action, is_case_sensitive: 1, locale: 'C' }
    const build = (vector: Ref, name?: string): Ref => emit.op('StringNormalizer', [vector], attributes, { name })
    emit.set(node.out(), onVector(emit, emit.value(x), shape.length, node.name, build))
  }

/** Strings one behind the other, with a separator between them. */
const join: Lowering = (node, emit) => {
  const separator = node.str('separator')
  const parts = node.inputs.map(input => emit.value(input))
  emit.set(node.out(), joined(emit, parts, separator, node.name))
}

function joined(emit: Emitter, parts: readonly Ref[], separator: string, name: string): Ref {
  const [first, ...rest] = parts
  return rest.reduce((sum, part, i) => {
    const wide = separator === '' ? sum : emit.op('StringConcat', [sum, text(emit, separator)])
    return emit.op('StringConcat', [wide, part], {}, { name: i === rest.length - 1 ? name : 'StringConcat' })
  }, first!)
}

/** Strings along axes joined, one axis after the other, the last first. */
const reduceJoin: Lowering = (node, emit) => {
  const x = node.input(0)
  const sizes = emit.dimsOf(x, 'the sizes of the strings')
  const axes = emit.ints(node.input(1), 'the axes').map(axis => (axis < 0 ? axis + sizes.length : axis))
  if (axes.some((axis, i) => i > 0 && axis !== axes[i - 1]! + 1)) refuse('its axes are not in order')
  let ref = emit.value(x)
  for (const axis of axes.toReversed()) {
    const count = sizes[axis]!
    if (count === 0) refuse('it joins no strings')
    const parts = count === 1 ? [ref] : emit.split(ref, axis, count)
    ref = joined(emit, parts, node.str('separator'), node.name)
  }
  if (!node.bool('keep_dims') && axes.length > 0)
    ref = emit.op('Squeeze', [ref, emit.vector(axes)], {}, { name: node.name })
  emit.set(node.out(), ref)
}

/** Strings split at white space or at a separator, as a sparse matrix: places, parts, its shape. */
const split: Lowering = (node, emit) => {
  const separator = textOf(node.input(1), 'the separator', emit)
  if (node.int('maxsplit') >= 0) refuse('it splits a number of times only')
  const x = emit.value(node.input(0))
  const attributes = separator === '' ? {} : { delimiter: separator }
  const [found, numbers] = emit.ops('StringSplit', [x], attributes, { outputs: 2 })
  // An empty string is one part for a separator, which ONNX does not count.
  const isOne = separator !== ''
  const column = emit.op('Unsqueeze', [emit.op('Expand', [text(emit, ''), emit.op('Shape', [x])]), emit.vector([1])])
  const parts = isOne ? emit.op('Concat', [found, column], { axis: 1 }) : found
  const counts = isOne ? emit.op('Max', [numbers, emit.scalar(LONG, 1)]) : numbers
  const most = emit.reduce('ReduceMax', emit.op('Concat', [counts, emit.vector([0])], { axis: 0 }), [0], false)
  const places = emit.op('Range', [emit.scalar(LONG, 0), most, emit.scalar(LONG, 1)])
  const isPart = emit.op('Less', [places, emit.op('Unsqueeze', [counts, emit.vector([1])])])
  const indices = emit.op('Transpose', [emit.op('NonZero', [isPart])], { perm: [1, 0] }, { name: node.name })
  emit.set(node.out(0), indices)
  emit.set(node.out(1), emit.op('GatherND', [parts, indices], {}, { name: `${node.name}:1` }))
  const shape = [emit.op('Shape', [x]), emit.reshape(most, [1])]
  emit.set(node.out(2), emit.op('Concat', shape, { axis: 0 }, { name: `${node.name}:2` }))
}

const fullMatch: Lowering = (node, emit) => {
  const pattern = node.op === 'RegexFullMatch' ? textOf(node.input(1), 'the pattern', emit) : node.str('pattern')
  emit.set(node.out(), emit.op('RegexFullMatch', [emit.value(node.input(0))], { pattern }, { name: node.name }))
}

/** More characters than this would be a model of loops. */
const MAX_CHARACTERS = 128

/** A character of a set, after a backslash where it is not a letter or digit; a range is two with `-` between them. */
const IN_SET = /(\\[^\w]|[^\\])(?:-(\\[^\w]|[^\\\]]))?/gu

/** The code of a character that may have a backslash before it. */
const codeOf = (sign: string): number => sign.codePointAt(sign.startsWith('\\') ? 1 : 0)!

/** The characters of a set such as `[!.,\-0-9]`, or of one character; refuses any other pattern. */
function charactersOf(pattern: string): readonly string[] {
  const set = /^\[(?!\^)((?:\\[^\w]|[^\\\]])+)\]$/u.exec(pattern)
  if (!set) {
    if (/^(\\\W|[\w ,;:!"#%&'/<=>@_`~-])$/u.test(pattern)) return [pattern.at(-1)!]
    return refuse(`the pattern ${pattern} is not one character of a set`)
  }
  if (/(?<!\\)\[:/u.test(set[1]!)) refuse(`the pattern ${pattern} has a class of characters`)
  const found = new Set<string>()
  for (const [, first, last] of set[1]!.matchAll(IN_SET)) {
    const [from, to] = [codeOf(first!), codeOf(last ?? first!)]
    if (to < from || to - from >= MAX_CHARACTERS) refuse(`the pattern ${pattern} has a range that is empty or long`)
    for (let code = from; code <= to; code++) found.add(String.fromCodePoint(code))
  }
  return [...found]
}

/** Each character of the set replaced in turn: split there, and joined by what takes its place. */
const replace: Lowering = (node, emit) => {
  const isStatic = node.op === 'StaticRegexReplace'
  const pattern = isStatic ? node.str('pattern') : textOf(node.input(1), 'the pattern', emit)
  const rewrite = isStatic ? node.str('rewrite') : textOf(node.input(2), 'the replacement', emit)
  if (node.attr('replace_global') && !node.bool('replace_global')) refuse('it replaces the first match only')
  if (rewrite !== '') refuse('what it replaces characters by is not nothing')
  const x = node.input(0)
  const rank = emit.rank(x)
  const characters = charactersOf(pattern)
  const build = (vector: Ref): Ref => characters.reduce((ref, character) => without(emit, ref, character), vector)
  emit.set(
    node.out(),
    emit.op('Identity', [onVector(emit, emit.value(x), rank, `${node.name}/all`, build)], {}, { name: node.name }),
  )
}

/** A vector of strings without a character: their parts joined, one column of parts a turn of a loop. */
function without(emit: Emitter, ref: Ref, character: string): Ref {
  const [parts] = emit.ops('StringSplit', [ref], { delimiter: character }, { outputs: 2 })
  const columns = emit.op('Gather', [emit.op('Shape', [parts]), emit.scalar(LONG, 1)], { axis: 0 })
  const nothing = emit.op('Expand', [text(emit, ''), emit.op('Shape', [ref])])
  return emit.op(
    'Loop',
    [columns, undefined, nothing],
    { body: { kind: 'graph', value: joiningBody(emit, parts) } },
    { dtype: 'string' },
  )
}

/** (turn, true, joined) → (true, joined + column `turn` of the parts). */
function joiningBody(emit: Emitter, parts: Ref): OnnxGraph {
  const [turn, goesOn, sum] = [
    emit.shared.ref('turn', LONG),
    emit.shared.ref('goes_on', 'bool'),
    emit.shared.ref('joined', 'string'),
  ]
  const start = emit.nodes.length
  const column = emit.op('Gather', [parts, turn], { axis: 1 })
  const next = emit.op('StringConcat', [sum, column])
  const stays = emit.op('Identity', [goesOn])
  const nodes = emit.nodes.splice(start)
  return {
    name: 'join',
    nodes,
    initializers: [],
    inputs: [
      { ref: turn, shape: [] },
      { ref: goesOn, shape: [] },
      { ref: sum, shape: null },
    ],
    outputs: [
      { ref: stays, shape: null },
      { ref: next, shape: null },
    ],
  }
}

/** Text as numbers; text that is not a number is an error in both. */
const toNumber: Lowering = (node, emit) =>
  emit.set(node.out(), emit.cast(emit.value(node.input(0)), node.type('out_type'), node.name))

/** Whole numbers as text. */
const asString: Lowering = (node, emit) => {
  const x = emit.value(node.input(0))
  const isPlain = node.int('precision') === -1 && node.int('width') === -1 && node.str('fill') === ''
  if (!/^u?int(8|16|32|64)$/.test(x.dtype) || !isPlain || node.bool('scientific') || node.bool('shortest'))
    refuse('ONNX does not say how numbers other than plain integers are written')
  emit.set(node.out(), emit.cast(x, 'string', node.name))
}

export const strings: Lowerings = {
  AsString: asString,
  ReduceJoin: reduceJoin,
  RegexFullMatch: fullMatch,
  RegexReplace: replace,
  StaticRegexFullMatch: fullMatch,
  StaticRegexReplace: replace,
  StringJoin: join,
  StringLower: letters('LOWER'),
  StringSplitV2: split,
  StringToNumber: toNumber,
  StringUpper: letters('UPPER'),
}
