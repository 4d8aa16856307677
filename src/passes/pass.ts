/** What a pass is: a name, what it does in one sentence, its options, and a function over one graph. */

import { FreezeError } from '../errors.ts'
import { Facts } from '../facts/facts.ts'
import type { PartialShape } from '../graph/attr.ts'
import type { Graph } from '../graph/graph.ts'
import { nearestFirst } from '../graph/names.ts'
import type { Node, Value } from '../graph/node.ts'
import { type Applied, type Declined, type RewriteReport, rewrite } from '../rewrite/engine.ts'
import type { Rule } from '../rewrite/rule.ts'

/** The types that an option may have; a `names` option may be given several times, and `file` is a file's text. */
export interface OptionKinds {
  readonly number: number
  readonly string: string
  readonly boolean: boolean
  readonly names: readonly string[]
  readonly file: string
}
export type OptionValue = OptionKinds[keyof OptionKinds]

/** An argument of a pass: `round-weights(steps=64)`. */
export type OptionDef = {
  readonly [K in keyof OptionKinds]: { readonly kind: K; readonly default: OptionKinds[K]; readonly sentence: string }
}[keyof OptionKinds]
type OptionDefs = Readonly<Record<string, OptionDef>>
export type OptionValues = Readonly<Record<string, OptionValue>>
type ValuesOf<O extends OptionDefs> = { readonly [N in keyof O]: OptionKinds[O[N]['kind']] }

/** What a pass may know besides the graph. */
export interface PassContext<V = OptionValues> {
  readonly options: V
  /** What is known of the graph's values. Made when first asked for, current as of then. */
  readonly facts: Facts
  /** Whether the graph is the main one, not a function's body. */
  readonly isMain: boolean
}

/** A pass, its options' types checked and forgotten, so that all fit one registry. */
export interface Pass {
  /** As in `--passes` and `docs/passes.md`. */
  readonly name: string
  /** What it does, in one sentence. */
  readonly sentence: string
  /** Other names that are understood: those of TensorFlow's Graph Transform Tool. */
  readonly aliases: readonly string[]
  /** Whether it is part of `-O`. */
  readonly on: boolean
  /** Passes that must have run before, where they run at all. */
  readonly needs: readonly string[]
  readonly options: OptionDefs
  /** Why options do not go together that are right one by one, as a sentence without its full stop. */
  check(options: OptionValues): string | undefined
  /** Whether it makes sense in a function's body too. */
  readonly inFunctions: boolean
  /** The constants that it must look into, where it does: they are to be read before it runs, and it reads none. */
  reads(graph: Graph): readonly Node[]
  /** Whether it makes no work for others, so that once, after all of them, is enough. */
  readonly isLast: boolean
  run(graph: Graph, context: PassContext): RewriteReport
}

interface PassParts<O extends OptionDefs> {
  readonly name: string
  readonly sentence: string
  readonly aliases?: readonly string[]
  readonly on: boolean
  readonly needs?: readonly string[]
  readonly options?: O
  readonly inFunctions?: boolean
  readonly reads?: (graph: Graph) => readonly Node[]
  readonly isLast?: boolean
}

/** A pass that is a function over the graph. */
export function pass<const O extends OptionDefs = Record<never, never>>(
  parts: PassParts<O> & {
    readonly run: (graph: Graph, context: PassContext<ValuesOf<O>>) => RewriteReport
    readonly check?: (options: ValuesOf<O>) => string | undefined
  },
): Pass {
  return {
    ...common(parts),
    check: options => parts.check?.(options as ValuesOf<O>), // as below
    run: (graph, context) => parts.run(graph, context as PassContext<ValuesOf<O>>), // `passOptions` checked them
  }
}

/** A pass that is a table of rules, applied until none matches. */
export function rulePass<const O extends OptionDefs = Record<never, never>>(
  parts: PassParts<O> & { readonly rules: (options: ValuesOf<O>) => readonly Rule[] },
): Pass {
  return pass({ ...parts, run: (graph, { options, facts }) => rewrite(graph, parts.rules(options), facts) })
}

const common = (parts: PassParts<OptionDefs>) => ({
  name: parts.name,
  sentence: parts.sentence,
  aliases: parts.aliases ?? [],
  on: parts.on,
  needs: parts.needs ?? [],
  options: parts.options ?? {},
  inFunctions: parts.inFunctions ?? true,
  reads: parts.reads ?? (() => []),
  isLast: parts.isLast ?? false,
})

/** Collects what a pass that is no table of rules has done. */
export class ReportBuilder implements RewriteReport {
  readonly applied: Applied[] = []
  readonly declined: Declined[] = []
  readonly #rule: string

  constructor(rule: string) {
    this.#rule = rule
  }

  apply(at: string): void {
    this.applied.push({ rule: this.#rule, at })
  }
  decline(at: string, reason: string): void {
    this.declined.push({ rule: this.#rule, at, reason })
  }
}

/** Runs a pass over a graph and, where it makes sense, over the bodies of its functions. */
export function runPass(
  { run, inFunctions }: Pass,
  graph: Graph,
  options: OptionValues,
  shapes: ReadonlyMap<Value, PartialShape> = new Map(),
): RewriteReport {
  const applied: Applied[] = []
  const declined: Declined[] = []
  const runOn = (body: Graph, inFunction: string | undefined): void => {
    const report = run(body, contextOf(body, options, shapes, inFunction === undefined))
    const place = inFunction === undefined ? {} : { inFunction }
    for (const entry of report.applied) applied.push({ ...entry, ...place })
    for (const entry of report.declined) declined.push({ ...entry, ...place })
    if (report.applied.length > 0) body.prune()
  }
  runOn(graph, undefined)
  if (inFunctions) {
    for (const { name, body } of [...graph.functions.values()]) if (!isPolymorphic(body)) runOn(body, name)
  }
  return { applied, declined }
}

function contextOf(
  graph: Graph,
  options: OptionValues,
  shapes: ReadonlyMap<Value, PartialShape>,
  isMain: boolean,
): PassContext {
  let facts: Facts | undefined
  return {
    options,
    isMain,
    get facts() {
      return (facts ??= new Facts(graph, isMain ? shapes : new Map()))
    },
  }
}

/** Whether attributes of the body stand for attributes of its call: then its types are not known. */
function isPolymorphic(body: Graph): boolean {
  for (const node of body.nodes) for (const attr of node.attrs.values()) if (attr.kind === 'placeholder') return true
  return false
}

/** Gives the text of a file that an option names. */
export type ReadText = (path: string) => string

/** Every transform of the Graph Transform Tool has it. Passes here decline what they cannot do, and do not fail. */
const IGNORE_ERRORS = {
  name: 'ignore_errors',
  def: { kind: 'boolean', default: true, sentence: 'Whether what fails is left out.' },
} as const

/** The options of a pass from what the user wrote, defaults where nothing. Throws `unsupported`. */
export function passOptions(
  { name: pass, options, check }: Pass,
  given: readonly (readonly [string, string])[],
  readText?: ReadText,
): OptionValues {
  const values: Record<string, OptionValue> = {}
  for (const [name, def] of Object.entries(options)) values[name] = def.default
  for (const [key, text] of given) {
    const name = key.replaceAll('-', '_')
    const def = name === IGNORE_ERRORS.name ? IGNORE_ERRORS.def : options[name]
    if (!def) {
      const known = nearestFirst(name, Object.keys(options)).join(', ')
      const expected = known ? `it has ${known}` : 'it has none'
      throw new FreezeError('unsupported', `the pass ${pass} has no option '${key}', ${expected}`, {
        path: ['--passes'],
      })
    }
    const value = optionValue(`${pass}(${key})`, def, text, values[name] ?? def.default, readText)
    if (def !== IGNORE_ERRORS.def) values[name] = value
  }
  const reason = check(values)
  if (reason !== undefined) throw new FreezeError('unsupported', reason, { path: ['--passes', pass] })
  return values
}

function optionValue(
  place: string,
  { kind }: OptionDef,
  text: string,
  before: OptionValue,
  readText?: ReadText,
): OptionValue {
  const wrong = (expected: string): never => {
    throw new FreezeError('unsupported', `'${text}' was found, ${expected} was expected`, { path: ['--passes', place] })
  }
  switch (kind) {
    case 'number':
      return text.trim() !== '' && Number.isFinite(Number(text)) ? Number(text) : wrong('a number')
    case 'boolean':
      return /^(true|false)$/i.test(text) ? text.toLowerCase() === 'true' : wrong('true or false')
    case 'string':
      return text
    case 'names':
      return [...(before as readonly string[]), text] // an option's value is of the option's kind
    case 'file':
      if (readText) return readText(text)
      throw new FreezeError('unsupported', `nothing reads the file '${text}' here`, {
        path: ['--passes', place],
        hint: 'Give parsePasses a function that does.',
      })
  }
}
