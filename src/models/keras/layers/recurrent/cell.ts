/** The cell that a recurrent layer repeats from one step to the next. */
import type { Value } from '../../../../graph/node.ts'
import type { Scope } from '../../scope.ts'

/** A cell with its weights. Nothing is written until a step is. */
export interface Cell {
  /** How many steps one step costs: more than one for stacked cells. */
  readonly depth: number
  /** Whether consumers may have an operator for the whole layer. */
  readonly isPlain?: boolean
  readonly stateCount: number
  /** Which of the states is the output; undefined where none is. */
  readonly outputState?: number | undefined
  /**
   * Writes one step on x [batch, …]. Without `states` these are zeros, and nothing is written that zeros would not change.
   * `scope` may be that of a loop's body; weights from outside come into it by themselves.
   */
  step(scope: Scope, x: Value, states: readonly Value[] | undefined, constants: readonly Value[]): CellStep
}

/** The result of one step. */
export interface CellStep {
  readonly output: Value
  readonly states: readonly Value[]
}

/** a·W + b. A product without a bias gets zeros: OpenCV takes the sum of two products for one of them with its bias. */
export function product(scope: Scope, x: Value, kernel: Value, bias: Value): Value {
  return scope.op('BiasAdd', [scope.op('MatMul', [x, kernel]), bias])
}

/** In files by object, where the weights of a cell are: in the layer's cell, or in the cell itself. */
export const CELL_OBJECTS = ['cell', '']
