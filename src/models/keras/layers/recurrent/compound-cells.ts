/** Cells made of cells: stacked ones, and what wraps one. */
import type { Value } from '../../../../graph/node.ts'
import { LayerCall } from '../../call.ts'
import { type Cell, writtenIn } from './cell.ts'
import { gruCell, lstmCell, simpleCell } from './cells.ts'
import { convLstmCell } from './conv-lstm-cell.ts'

/** The cell of a recurrent layer, or of a cell that is configured by itself. */
export function cellOf(call: LayerCall): Cell {
  switch (call.layer.className) {
    case 'SimpleRNN':
    case 'SimpleRNNCell':
      return simpleCell(call)
    case 'LSTM':
    case 'LSTMCell':
      return lstmCell(call)
    case 'GRU':
    case 'GRUCell':
      return gruCell(call)
    case 'ConvLSTM1D':
    case 'ConvLSTM2D':
    case 'ConvLSTM3D':
      return convLstmCell(call)
    case 'DropoutWrapper':
      if (['input', 'state', 'output'].some(part => call.config.number(`${part}_keep_prob`, 1) < 1))
        call.note('its wrapper drops values at random at inference too: here none are dropped')
      return cellOf(childCall(call, 'cell', 'cell'))
    case 'RNN':
    case 'DeviceWrapper':
      return cellOf(childCall(call, 'cell', 'cell'))
    case 'ResidualWrapper':
      return residual(cellOf(childCall(call, 'cell', 'cell')))
    case 'StackedRNNCells':
      return stacked(call)
    default:
      return customCell(call)
  }
}

function childCall(call: LayerCall, role: string, name: string): LayerCall {
  return new LayerCall(call.child(role), [], new Map(), call.scope.inner(name), call.emission)
}

/** Each cell reads the output of the one before. States are those of all cells, in order. */
function stacked(call: LayerCall): Cell {
  const roles = [...call.layer.children.keys()]
  const cells = roles.map((role, i) => cellOf(childCall(call, role, `cell_${i}`)))
  const total = (of: (cell: Cell) => number): number => cells.reduce((n, cell) => n + of(cell), 0)
  return {
    depth: total(cell => cell.depth),
    stateCount: total(cell => cell.stateCount),
    step(scope, x, states, constants) {
      let output = x
      let at = 0
      const next: Value[] = []
      for (const [i, cell] of cells.entries()) {
        const own = states?.slice(at, at + cell.stateCount)
        const step = cell.step(scope.inner(`cell_${i}`), output, own, constants)
        at += cell.stateCount
        next.push(...step.states)
        output = step.output
      }
      return { output, states: next }
    },
  }
}

/** Adds what goes in to what comes out. */
const residual = (cell: Cell): Cell => ({
  depth: cell.depth,
  stateCount: cell.stateCount,
  step(scope, x, states, constants) {
    const { output, states: next } = cell.step(scope, x, states, constants)
    return { output: scope.add(x, output), states: next }
  },
})

/**
 * A cell that a user's module writes: it is called on x, the list of its states and its constants,
 * and gives the output and the states. Without a list of states these are zeros.
 */
const customCell = (call: LayerCall): Cell => ({
  depth: 1,
  stateCount: call.config.ints('state_size', undefined, 1).length,
  step(scope, x, states, constants) {
    const list = (values: readonly Value[]) =>
      ({ kind: 'list', items: values.map(value => ({ kind: 'tensor', tensor: { value } }) as const) }) as const
    const args = [{ kind: 'tensor', tensor: { value: x } } as const, ...(states ? [list(states)] : [])]
    const kwargs = new Map(constants.length > 0 ? [['constants', list(constants)] as const] : [])
    const { layer, emission } = writtenIn(call, scope)
    const [output, ...next] = emission.emit(layer, args, kwargs, scope)
    return { output: output!.value, states: next.map(state => state.value) }
  },
})
