/** The interface of a pass: a name, a description, its options, and a function over one graph. */

import type { Facts } from '../facts/facts.ts'
import type { Graph } from '../graph/graph.ts'
import type { Node } from '../graph/node.ts'
import { rewrite } from '../rewrite/engine.ts'
import type { Rule } from '../rewrite/rule.ts'
import type { ReportBuilder } from './report.ts'

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
  readonly [K in keyof OptionKinds]: {
    readonly kind: K
    readonly default: OptionKinds[K]
    readonly description: string
  }
}[keyof OptionKinds]
/** Options by name. */
export type OptionDefs = Readonly<Record<string, OptionDef>>
export type OptionValues = Readonly<Record<string, OptionValue>>
/** The values of options, by name. */
export type ValuesOf<O extends OptionDefs> = { readonly [N in keyof O]: OptionKinds[O[N]['kind']] }

/** The context of a pass besides the graph. */
export interface PassContext<V = OptionValues> {
  readonly options: V
  /** The known facts about the graph's values. Made when first asked for, current as of then. */
  readonly facts: Facts
  /** Whether the graph is the main one, not a function's body. */
  readonly isMain: boolean
  /** Receives what the pass did, and what came close. */
  readonly report: ReportBuilder
}

/** A pass with its options, as `--passes` asks for it. */
export interface PassCall {
  readonly pass: Pass
  readonly options: OptionValues
}

/** A pass, its options' types checked and forgotten, so that all fit one registry. */
export interface Pass {
  /** As in `--passes` and `docs/passes.md`. */
  readonly name: string
  /** Its effect, in one sentence. */
  readonly description: string
  /** Other names that are understood: those of TensorFlow's Graph Transform Tool. */
  readonly aliases: readonly string[]
  /** Whether it is part of `-O`. */
  readonly enabled: boolean
  /** Passes that must run before it, if they run at all. */
  readonly requires: readonly string[]
  readonly options: OptionDefs
  /** Why options do not go together that are right one by one, as a sentence without its full stop. */
  check(options: OptionValues): string | undefined
  /** Whether it makes sense in a function's body too. */
  readonly inFunctions: boolean
  /** The constants that it must look into, where it does: they are to be read before it runs, and it reads none. */
  reads(graph: Graph): readonly Node[]
  /** True if no other pass can profit from its changes; it then runs once, at the end. */
  readonly isLast: boolean
  run(graph: Graph, context: PassContext): void
}

/** The parts of a pass. */
export interface PassParts<O extends OptionDefs> {
  readonly name: string
  readonly description: string
  readonly aliases?: readonly string[]
  readonly enabled: boolean
  readonly requires?: readonly string[]
  readonly options?: O
  readonly inFunctions?: boolean
  readonly reads?: (graph: Graph) => readonly Node[]
  readonly isLast?: boolean
}

/** A pass that is a function over the graph. */
export function pass<const O extends OptionDefs = Record<never, never>>(
  parts: PassParts<O> & {
    readonly run: (graph: Graph, context: PassContext<ValuesOf<O>>) => void
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
  return pass({
    ...parts,
    run: (graph, { options, facts, report }) => report.add(rewrite(graph, parts.rules(options), facts)),
  })
}

const common = (parts: PassParts<OptionDefs>) => ({
  name: parts.name,
  description: parts.description,
  aliases: parts.aliases ?? [],
  enabled: parts.enabled,
  requires: parts.requires ?? [],
  options: parts.options ?? {},
  inFunctions: parts.inFunctions ?? true,
  reads: parts.reads ?? (() => []),
  isLast: parts.isLast ?? false,
})
