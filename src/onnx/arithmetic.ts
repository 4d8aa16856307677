/** Formulas in float64: operands are values or numbers. */

import type { Ref } from './model.ts'
import type { OperatorEmitter } from './operator-emitter.ts'

export type Operand = Ref | number

const DTYPE = 'float64'

export class Arithmetic {
  readonly #emit: OperatorEmitter

  constructor(emit: OperatorEmitter) {
    this.#emit = emit
  }

  #op(op: string, ...operands: readonly Operand[]): Ref {
    return this.#emit.op(
      op,
      operands.map(operand => (typeof operand === 'number' ? this.#emit.scalar(DTYPE, operand) : operand)),
    )
  }

  readonly add = (a: Operand, b: Operand): Ref => this.#op('Add', a, b)
  readonly sub = (a: Operand, b: Operand): Ref => this.#op('Sub', a, b)
  readonly mul = (a: Operand, b: Operand): Ref => this.#op('Mul', a, b)
  readonly div = (a: Operand, b: Operand): Ref => this.#op('Div', a, b)
  readonly pow = (a: Operand, b: Operand): Ref => this.#op('Pow', a, b)
  readonly max = (a: Operand, b: Operand): Ref => this.#op('Max', a, b)
  readonly exp = (a: Operand): Ref => this.#op('Exp', a)
  readonly log = (a: Operand): Ref => this.#op('Log', a)
  readonly sqrt = (a: Operand): Ref => this.#op('Sqrt', a)
  readonly abs = (a: Operand): Ref => this.#op('Abs', a)
  readonly neg = (a: Operand): Ref => this.#op('Neg', a)
  readonly sin = (a: Operand): Ref => this.#op('Sin', a)
  readonly cos = (a: Operand): Ref => this.#op('Cos', a)
  readonly floor = (a: Operand): Ref => this.#op('Floor', a)
  readonly less = (a: Operand, b: Operand): Ref => this.#op('Less', a, b)
  readonly equal = (a: Operand, b: Operand): Ref => this.#op('Equal', a, b)
  readonly where = (condition: Ref, a: Operand, b: Operand): Ref => {
    const [yes, no] = [a, b].map(operand => (typeof operand === 'number' ? this.#emit.scalar(DTYPE, operand) : operand))
    return this.#emit.op('Where', [condition, yes, no])
  }
  readonly or = (...conditions: readonly Ref[]): Ref => conditions.reduce((a, b) => this.#emit.op('Or', [a, b]))

  /** c₀ + c₁x + c₂x² + … */
  readonly polynomial = (x: Ref, coefficients: readonly number[]): Ref =>
    coefficients
      .slice(0, -1)
      .reduceRight<Operand>((sum, c) => this.add(this.mul(sum, x), c), coefficients.at(-1)!) as Ref // there are two coefficients at least

  /** Σ f(x + k) for k = 0 … count − 1. */
  readonly sumOver = (x: Ref, count: number, f: (shifted: Ref) => Ref): Ref => {
    const steps = this.#emit.numbers(
      DTYPE,
      Array.from({ length: count }, (_, k) => k),
    )
    const shifted = this.add(this.#emit.op('Unsqueeze', [x, this.#emit.vector([-1])]), steps)
    return this.#emit.reduce('ReduceSum', f(shifted), [-1], false)
  }
}
