/**
 * Strings, as far as ONNX has operators for them: parts, joins, matches and letters. A pattern that is replaced must be
 * text, or one character of a set: the strings are split at it, or at each of its characters, and joined again.
 */
import type { Value } from '../../graph/node.ts'
import { stringsOf, strings as stringTensor } from '../../tensor/make.ts'
import type { Emitter } from '../emitter.ts'
import type { Lowering, Lowerings } from '../lowering.ts'
import type { Ref } from '../model.ts'
import { refuse } from '../refusal.ts'
import { repeated } from '../repeated.ts'

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

/** Strings along axes joined, one axis after the other, as they are given. */
const reduceJoin: Lowering = (node, emit) => {
  const x = node.input(0)
  const sizes = emit.shape(x) ?? refuse('the rank of the strings is not known')
  const axes = emit.ints(node.input(1), 'the axes').map(axis => (axis < 0 ? axis + sizes.length : axis))
  const separator = node.str('separator')
  let ref = emit.value(x)
  for (const axis of axes) {
    const count = sizes[axis]
    if (typeof count === 'number' && count > 0) {
      const parts = count === 1 ? [ref] : emit.split(ref, axis, count)
      ref = joined(emit, parts, separator, node.name)
    } else ref = emit.op('Unsqueeze', [allJoined(emit, ref, axis, separator), emit.vector([axis])])
  }
  if (!node.bool('keep_dims') && axes.length > 0)
    ref = emit.op('Squeeze', [ref, emit.vector(axes)], {}, { name: node.name })
  emit.set(node.out(), ref)
}

/** As many strings as there are along an axis, joined a turn each; none are nothing. */
function allJoined(emit: Emitter, parts: Ref, axis: number, separator: string): Ref {
  const sizes = emit.op('Shape', [parts])
  const count = emit.op('Gather', [sizes, emit.scalar(LONG, axis)], { axis: 0 })
  const before = emit.op('Slice', [sizes, emit.vector([0]), emit.vector([axis])])
  const behind = emit.op('Slice', [sizes, emit.vector([axis + 1]), emit.vector([Number.MAX_SAFE_INTEGER])])
  const nothing = emit.op('Expand', [text(emit, ''), emit.op('Concat', [before, behind], { axis: 0 })])
  const separators = emit.tensor(stringTensor([2], ['', separator]), 'texts')
  const [all] = repeated(emit, count, [nothing], (turn, [sum]) => {
    const between = emit.op('Gather', [separators, emit.op('Min', [turn, emit.scalar(LONG, 1)])], { axis: 0 })
    const wide = separator === '' ? sum! : emit.op('StringConcat', [sum, between])
    const [from, at] = [emit.reshape(turn, [1]), emit.vector([axis])]
    const row = emit.op('Slice', [parts, from, emit.op('Add', [from, emit.vector([1])]), at])
    return [emit.op('StringConcat', [wide, emit.op('Squeeze', [row, at])])]
  })
  return all!
}

/** Strings split at a separator: a matrix of parts, and how many there are of each; `isOne` says that nothing is a part. */
function partsOf(emit: Emitter, x: Ref, separator: string, isOne: boolean): readonly [Ref, Ref] {
  const attributes = separator === '' ? {} : { delimiter: separator }
  const [found, counts] = emit.ops('StringSplit', [x], attributes, { outputs: 2 })
  if (!isOne) return [found, counts]
  // An empty string is one part for a separator, which ONNX does not count.
  const column = emit.op('Unsqueeze', [emit.op('Expand', [text(emit, ''), emit.op('Shape', [x])]), emit.vector([1])])
  return [emit.op('Concat', [found, column], { axis: 1 }), emit.op('Max', [counts, emit.scalar(LONG, 1)])]
}

/** Where the parts are in a matrix of them: [row, column] each. */
function placesOf(emit: Emitter, isPart: Ref): Ref {
  return emit.op('Transpose', [emit.op('NonZero', [isPart])], { perm: [1, 0] })
}

/** Strings split at white space or at a separator, as a sparse matrix: places, parts, its shape. */
const split: Lowering = (node, emit) => {
  const isOld = node.op === 'StringSplit'
  const separator = textOf(node.input(1), 'the separator', emit)
  if (isOld && separator.length !== 1) refuse('it does not split at one character')
  if (!isOld && node.int('maxsplit') >= 0) refuse('it splits a number of times only')
  const x = emit.value(node.input(0))
  const [parts, given] = partsOf(emit, x, separator, !isOld && separator !== '')
  const columns = emit.op('Gather', [emit.op('Shape', [parts]), emit.scalar(LONG, 1)], { axis: 0 })
  const numbers = emit.op('Range', [emit.scalar(LONG, 0), columns, emit.scalar(LONG, 1)])
  const isGiven = emit.op('Less', [numbers, emit.op('Unsqueeze', [given, emit.vector([1])])])
  const isKept = isOld && node.bool('skip_empty')
  const isPart = isKept
    ? emit.op('And', [isGiven, emit.op('Not', [emit.op('Equal', [parts, text(emit, '')])])])
    : isGiven
  const found = placesOf(emit, isPart)
  emit.set(node.out(1), emit.op('GatherND', [parts, found], {}, { name: `${node.name}:1` }))
  const counts = isKept ? emit.reduce('ReduceSum', emit.cast(isPart, LONG), [1], false) : given
  const most = emit.reduce('ReduceMax', emit.op('Concat', [counts, emit.vector([0])], { axis: 0 }), [0], true)
  // Parts that are left move to the front of their row.
  const places = isKept
    ? placesOf(emit, emit.op('Less', [numbers, emit.op('Unsqueeze', [counts, emit.vector([1])])]))
    : found
  emit.set(node.out(0), emit.op('Identity', [places], {}, { name: node.name }))
  emit.set(node.out(2), emit.op('Concat', [emit.op('Shape', [x]), most], { axis: 0 }, { name: `${node.name}:2` }))
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

/** The characters of a set such as `[!.,\-0-9]`; refuses any other pattern. */
function charactersOf(pattern: string): readonly string[] {
  const set = /^\[(?!\^)((?:\\[^\w]|[^\\\]])+)\]$/u.exec(pattern)
  if (!set) return refuse(`the pattern ${pattern} is neither text nor one character of a set`)
  if (/(?<!\\)\[:/u.test(set[1]!)) refuse(`the pattern ${pattern} has a class of characters`)
  const found = new Set<string>()
  for (const [, first, last] of set[1]!.matchAll(IN_SET)) {
    const [from, to] = [codeOf(first!), codeOf(last ?? first!)]
    if (to < from || to - from >= MAX_CHARACTERS) refuse(`the pattern ${pattern} has a range that is empty or long`)
    for (let code = from; code <= to; code++) found.add(String.fromCodePoint(code))
  }
  return [...found]
}

/** Text that stands for itself in a pattern. */
const LITERAL = /^(\\\W|[\w ,;:!"#%&'/<=>@_`~-])+$/u

/** The texts that a pattern matches: those of a set of characters, or a text that stands for itself. */
function matchesOf(pattern: string): readonly string[] {
  return LITERAL.test(pattern) ? [pattern.replaceAll(/\\(\W)/gu, '$1')] : charactersOf(pattern)
}

/** Each text of those that match replaced in turn: split there, and joined by what takes its place. */
const replace: Lowering = (node, emit) => {
  const isStatic = node.op === 'StaticRegexReplace'
  const pattern = isStatic ? node.str('pattern') : textOf(node.input(1), 'the pattern', emit)
  const rewrite = isStatic ? node.str('rewrite') : textOf(node.input(2), 'the replacement', emit)
  if (node.attr('replace_global') && !node.bool('replace_global')) refuse('it replaces the first match only')
  if (rewrite.includes('\\')) refuse('the replacement repeats what was matched')
  const x = node.input(0)
  const rank = emit.rank(x)
  const matches = matchesOf(pattern)
  if (matches.length > 1 && matches.some(match => rewrite.includes(match)))
    refuse('the replacement has characters that are replaced')
  const build = (vector: Ref): Ref => matches.reduce((ref, match) => replaced(emit, ref, match, rewrite), vector)
  emit.set(
    node.out(),
    emit.op('Identity', [onVector(emit, emit.value(x), rank, `${node.name}/all`, build)], {}, { name: node.name }),
  )
}

/** A vector of strings in which one text takes the place of another: their parts joined. */
function replaced(emit: Emitter, ref: Ref, match: string, rewrite: string): Ref {
  const [parts, counts] = emit.ops('StringSplit', [ref], { delimiter: match }, { outputs: 2 })
  if (rewrite === '') return allJoined(emit, parts, 1, '')
  // A part behind another has the text before it; rows are filled with nothing, before which nothing stands.
  const columns = emit.op('Gather', [emit.op('Shape', [parts]), emit.scalar(LONG, 1)], { axis: 0 })
  const numbers = emit.op('Range', [emit.scalar(LONG, 0), columns, emit.scalar(LONG, 1)])
  const isPart = emit.op('Less', [numbers, emit.op('Unsqueeze', [counts!, emit.vector([1])])])
  const isBehind = emit.op('And', [isPart, emit.op('Greater', [numbers, emit.scalar(LONG, 0)])])
  const between = emit.op('Where', [isBehind, text(emit, rewrite), text(emit, '')])
  return allJoined(emit, emit.op('StringConcat', [between, parts!]), 1, '')
}

/** Text as numbers; text that is not a number is an error in both. */
const toNumber: Lowering = (node, emit) =>
  emit.set(node.out(), emit.cast(emit.value(node.input(0)), node.type('out_type'), node.name))

/** Whole numbers and truth as text. */
const asString: Lowering = (node, emit) => {
  const x = emit.value(node.input(0))
  if (x.dtype === 'bool') {
    const [yes, no] = [text(emit, 'true'), text(emit, 'false')]
    return emit.set(node.out(), emit.op('Where', [x, yes, no], {}, { name: node.name }))
  }
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
  StringSplit: split,
  StringSplitV2: split,
  StringToNumber: toNumber,
  StringUpper: letters('UPPER'),
}
