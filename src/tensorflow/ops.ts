/**
 * TensorFlow's op registry: for each op its arguments, results, attributes and
 * their defaults. `generated/registry.ts` holds one op a line:
 *
 *     Split(split_dim:int32,value:T)->(output:num_split*T){num_split:int,T:type}
 *
 * `!` after the name: stateful. `name:int32` a fixed type, `name:T` the type in
 * attribute T, `name:N*T` as many tensors as attribute N says, `name:T[]` one
 * for each type in the list T, `name:Ref(T)` a reference. `attr:type=default`,
 * the default as JSON; files leave out attributes that equal it.
 */
import { type DType, isDType } from './dtype.ts'
import { REGISTRY } from './generated/registry.ts'

/** An argument or result of an op: how many tensors, and of which type. */
export interface ArgDef {
  readonly name: string
  /** The type, where it is fixed. */
  readonly dtype?: DType
  /** The attribute that holds the type. */
  readonly typeAttr?: string
  /** The attribute that holds one type for each tensor. */
  readonly typeListAttr?: string
  /** The attribute that holds the number of tensors. */
  readonly numberAttr?: string
  readonly isRef: boolean
}

/** The content of an attribute. */
export type AttrType =
  | 'int'
  | 'float'
  | 'bool'
  | 'string'
  | 'type'
  | 'shape'
  | 'tensor'
  | 'func'
  | `list(${'int' | 'float' | 'bool' | 'string' | 'type' | 'shape' | 'tensor' | 'func'})`

/** An attribute of an op. */
export interface AttrDef {
  readonly name: string
  readonly type: AttrType
  /** As JSON: a type by name, a shape as its dimensions (-1 unknown) or null. Undefined where there is none. */
  readonly default?: unknown
}

/** The definition of an op in the registry. */
export interface OpDef {
  readonly name: string
  readonly inputs: readonly ArgDef[]
  readonly outputs: readonly ArgDef[]
  readonly attrs: readonly AttrDef[]
  /** Running it twice, or not at all, may differ: never folded, merged or dropped for being equal. */
  readonly isStateful: boolean
}

let lines: Map<string, string> | undefined
const parsed = new Map<string, OpDef>()

/** The definition of an op; undefined for one that TensorFlow does not have (a custom op). */
export function opDef(op: string): OpDef | undefined {
  const known = parsed.get(op)
  if (known) return known
  lines ??= new Map(REGISTRY.split('\n').map(line => [/^\w+(?:>\w+)?/.exec(line)![0], line]))
  const line = lines.get(op)
  if (line === undefined) return undefined
  const def = parseOp(line)
  parsed.set(op, def)
  return def
}

/** The names of all ops. */
export function opNames(): readonly string[] {
  opDef('')
  return [...lines!.keys()]
}

function parseOp(line: string): OpDef {
  const m = /^([\w>]+)(!?)\(([^{]*)\)->\(([^{]*?)\)(?:\{(.*)\})?$/.exec(line)!
  return {
    name: m[1]!,
    isStateful: m[2] === '!',
    inputs: parseArgs(m[3]!),
    outputs: parseArgs(m[4]!),
    attrs: parseAttrs(m[5] ?? ''),
  }
}

function parseArgs(text: string): ArgDef[] {
  return text
    .split(',')
    .filter(Boolean)
    .map(arg => {
      const [name, kind] = arg.split(':') as [string, string]
      const isRef = kind.startsWith('Ref(')
      const bare = isRef ? kind.slice(4, -1) : kind
      if (bare.endsWith('[]')) return { name, typeListAttr: bare.slice(0, -2), isRef }
      const [number, type] = bare.includes('*') ? (bare.split('*') as [string, string]) : [undefined, bare]
      return {
        name,
        isRef,
        ...(number && { numberAttr: number }),
        ...(isDType(type) ? { dtype: type } : { typeAttr: type }),
      }
    })
}

/** Splits `a:int=1,b:list(int)=[1,2],…` at the commas that start an attribute. */
function parseAttrs(text: string): AttrDef[] {
  if (!text) return []
  return text
    .split(/,(?=[A-Za-z_]\w*:(?:int|float|bool|string|type|shape|tensor|func|list\(\w+\))(?:[,=]|$))/)
    .map(attr => {
      const [, name, type, literal] = /^(\w+):([a-z()]+)(?:=(.*))?$/s.exec(attr)!
      return {
        name: name!,
        type: type as AttrType,
        ...(literal !== undefined && { default: JSON.parse(literal) as unknown }),
      }
    })
}
