/**
 * The inputs and outputs of ONNX's operators, read from a generated table of one line an operator:
 *
 *     Equal 1,7,11,13,19 00>1 0=fdhecsilCSILb,19:fdhecsilCSILbz 1=b
 *
 * name, versions, signature, then the types of each type variable. In the signature a digit is a type variable, a letter
 * a type, `_` something else (a sequence), and `*` repeats. After `19:` are the types from opset 19 on.
 */
import type { DType } from '../tensorflow/dtype.ts'
import { IR_VERSIONS, ML_OPERATORS, OPERATORS } from './generated/operators.ts'

/** The domain of ONNX's operators for classical machine learning: LabelEncoder. */
export const ML_DOMAIN = 'ai.onnx.ml'
/** The version of that domain that is written. */
export const ML_VERSION = 3

/** The opsets that are written. */
export const OPSETS = Object.keys(IR_VERSIONS).map(Number)
/** The one that is written where none is asked for: ONNX Runtime, OpenCV and OpenVINO read it. */
export const USUAL_OPSET = 18
/** The newest of them. */
export const NEWEST_OPSET = Math.max(...OPSETS)
/** The version of the file format that came with an opset. */
export const irVersion = (opset: number): number => IR_VERSIONS[opset]!

/** An operand or result: a type, a type variable, or undefined for what is no tensor. */
export type Formal = { readonly dtype: DType } | { readonly variable: number } | undefined

/** An operator as the table has it. */
export interface Operator {
  /** The first opset that has it. */
  readonly since: number
  input(index: number): Formal
  output(index: number): Formal
  /** The types that a variable may stand for at an opset. */
  types(variable: number, opset: number): readonly DType[]
}

const LETTERS: Readonly<Record<string, DType>> = {
  f: 'float32',
  d: 'float64',
  h: 'float16',
  e: 'bfloat16',
  c: 'int8',
  s: 'int16',
  i: 'int32',
  l: 'int64',
  C: 'uint8',
  S: 'uint16',
  I: 'uint32',
  L: 'uint64',
  b: 'bool',
  z: 'string',
  x: 'complex64',
  y: 'complex128',
}

let rows: ReadonlyMap<string, string> | undefined
const parsed = new Map<string, Operator>()

/** The operator of this name; undefined where ONNX has none. */
export function operator(name: string): Operator | undefined {
  const known = parsed.get(name)
  if (known) return known
  rows ??= new Map(`${OPERATORS}\n${ML_OPERATORS}`.split('\n').map(row => [row.slice(0, row.indexOf(' ')), row]))
  const row = rows.get(name)
  if (!row) return undefined
  const operator = parse(row)
  parsed.set(name, operator)
  return operator
}

function parse(row: string): Operator {
  const [, versions, signature, ...variables] = row.split(' ') as [string, string, string, ...string[]]
  const [inputs, outputs] = signature.split('>').map(formals) as [Formals, Formals]
  const allowed = variables.map(text => changes(text.slice(text.indexOf('=') + 1)))
  return {
    since: Math.min(...versions.split(',').map(Number)),
    input: inputs,
    output: outputs,
    types: (variable, opset) => allowed[variable]?.findLast(({ from }) => from <= opset)?.types ?? [],
  }
}

type Formals = (index: number) => Formal

/** `01*`: the last one repeats. */
function formals(text: string): Formals {
  const signs = text.match(/.\*?/g) ?? []
  return index => {
    const sign = signs[index] ?? (signs.at(-1)?.endsWith('*') ? signs.at(-1) : undefined)
    if (sign === undefined || sign[0] === '_') return undefined
    const dtype = LETTERS[sign[0]!]
    return dtype ? { dtype } : { variable: Number(sign[0]) }
  }
}

const changes = (text: string): { readonly from: number; readonly types: readonly DType[] }[] =>
  text.split(',').map(part => {
    const [types, from = '0'] = part.split(':').reverse() as [string, string?]
    return { from: Number(from), types: [...types].map(letter => LETTERS[letter]!) }
  })

/** The types in which values of a type can be computed without loss, nearest first; then those that lose the least. */
const WIDER: Partial<Record<DType, readonly DType[]>> = {
  bool: ['uint8', 'int32', 'int64', 'float32'],
  int8: ['int16', 'int32', 'int64', 'float32', 'float64'],
  uint8: ['uint16', 'int32', 'int64', 'float32', 'float64'],
  int16: ['int32', 'int64', 'float32', 'float64'],
  uint16: ['int32', 'int64', 'float32', 'float64'],
  int32: ['int64', 'float64'],
  uint32: ['int64', 'uint64', 'float64'],
  int64: ['float64'],
  uint64: ['int64', 'float64'],
  float16: ['float32', 'float64'],
  bfloat16: ['float32', 'float64'],
  float32: ['float64'],
  float64: ['float32'],
}

/** The type in which an operator computes values of `dtype`: itself where it can be; undefined where none can. */
export function computedIn(types: readonly DType[], dtype: DType): DType | undefined {
  return types.includes(dtype) ? dtype : WIDER[dtype]?.find(wider => types.includes(wider))
}
