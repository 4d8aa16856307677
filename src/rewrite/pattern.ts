/**
 * Patterns. A pattern is a value, not code: it can be indexed by the ops of its
 * root, and its type is its captures, so that a rule's functions receive exactly
 * the names that the pattern binds.
 *
 *     as('norm', op('Mul', [once(as('conv', op('Conv2D', [any('x'), constant('w')]))), constant('scale')]))
 *
 * is a `Pattern<{ norm: Node; conv: Node; x: Value; w: Constant; scale: Constant }>`.
 * Operands match in the order written: a rule for a commutative op lists both orders with `either`.
 */
import type { Node, Value } from '../graph/node.ts'
import type { Tensor } from '../tensor/tensor.ts'

/** A value that a Const produces. */
export type Constant = Value & { readonly tensor: Tensor }

/** The required value of an attribute (a list: one of these), its default counting where it is not written. */
export type AttrCondition = string | number | boolean | readonly (string | number | boolean)[]

/** A pattern that binds the captures `C`. */
export type Pattern<C> = PatternShape & {
  /** Never set: it carries the type of the captures. */
  readonly captures?: C
}

export type PatternShape =
  | OpPattern
  | { readonly kind: 'any'; readonly name?: string; readonly once?: boolean }
  | { readonly kind: 'constant'; readonly name: string; readonly rank?: number; readonly once?: boolean }
  | { readonly kind: 'either'; readonly alternatives: readonly Pattern<unknown>[] }

export interface OpPattern {
  readonly kind: 'op'
  /** `*`: whatever the op. */
  readonly ops: readonly string[]
  /** In order, and no more than these; absent: whatever they are. */
  readonly inputs?: readonly Pattern<unknown>[]
  readonly attrs: Readonly<Record<string, AttrCondition>>
  readonly output: number
  readonly test?: (node: Node) => boolean
  readonly name?: string
  readonly once?: boolean
}

/** The captures of a pattern. */
export type CapturesOf<P> = P extends Pattern<infer C> ? C : never
/** The captures of several patterns together. */
export type AllCaptures<P extends readonly unknown[]> = P extends readonly [infer Head, ...infer Tail]
  ? CapturesOf<Head> & AllCaptures<Tail>
  : unknown

/** Output 0 of a node with one of these ops, these inputs in order, and these attributes. */
export function op<const P extends readonly Pattern<unknown>[] = []>(
  ops: string | readonly string[],
  inputs?: P,
  attrs: Readonly<Record<string, AttrCondition>> = {},
): OpPattern & { readonly captures?: AllCaptures<P> } {
  return { kind: 'op', ops: typeof ops === 'string' ? [ops] : ops, attrs, output: 0, ...(inputs && { inputs }) }
}

/** Any value, captured. */
export const any = <N extends string>(name: N): Pattern<Record<N, Value>> => ({ kind: 'any', name })

/** Any value, not captured. */
export const anything: Pattern<unknown> = { kind: 'any' }

/** The value of a Const, of this rank where one is given. */
export const constant = <N extends string>(name: N, rank?: number): Pattern<Record<N, Constant>> => ({
  kind: 'constant',
  name,
  ...(rank !== undefined && { rank }),
})

/** The same pattern, with its node captured. */
export const as = <N extends string, P extends OpPattern>(
  name: N,
  pattern: P,
): OpPattern & { readonly captures?: CapturesOf<P> & Record<N, Node> } => ({ ...pattern, name })

/** The same pattern, of such nodes only: what the test refuses is something else, and no near miss. */
export const where = <P extends OpPattern>(test: (node: Node) => boolean, pattern: P): P => ({ ...pattern, test })

/** The same pattern, and nobody else reads or knows the value, so that it goes when its one reader goes. */
export const once = <P extends PatternShape>(pattern: P & { kind: 'op' | 'any' | 'constant' }): P => ({
  ...pattern,
  once: true,
})

/** The first of these that matches. */
export const either = <const P extends readonly Pattern<unknown>[]>(
  ...alternatives: P
): Pattern<CapturesOf<P[number]>> => ({ kind: 'either', alternatives })

/** The ops that the root of a match may have; `*` for any. */
export function rootOps(pattern: PatternShape): readonly string[] {
  switch (pattern.kind) {
    case 'op':
      return pattern.ops
    case 'either':
      return [...new Set(pattern.alternatives.flatMap(rootOps))]
    case 'constant':
      return ['Const']
    case 'any':
      return ['*']
  }
}

/** How many edges lie between the root and the farthest node that the pattern looks at. */
export function depth(pattern: PatternShape): number {
  if (pattern.kind === 'either') return Math.max(...pattern.alternatives.map(depth))
  if (pattern.kind !== 'op' || !pattern.inputs) return 0
  return 1 + Math.max(0, ...pattern.inputs.map(depth))
}
