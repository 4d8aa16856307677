/** Cells made of cells: stacked ones, what wraps one, and those of a user. */
import type { Value } from '../../../../graph/node.ts'
import { LayerCall } from '../../call.ts'
import { isList } from '../../json.ts'
import { type LayerClass, wrapping } from '../layer-class.ts'
import type { Cell } from './cell.ts'
import { recurrent } from './recurrent.ts'

/** The cell in the role `cell` of what wraps it. */
const wrappedCell = (call: LayerCall): Cell => call.emission.cell(childCall(call, 'cell', 'cell'))

function childCall(call: LayerCall, role: string, name: string): LayerCall {
  return new LayerCall(call.child(role), [], new Map(), call.scope.inner(name), call.emission)
}

/** Each cell reads the output of the one before. States are those of all cells, in order. */
function stacked(call: LayerCall): Cell {
  const roles = [...call.layer.children.keys()]
  const cells = roles.map((role, i) => call.emission.cell(childCall(call, role, `cell_${i}`)))
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

function dropping(call: LayerCall): Cell {
  if (['input', 'state', 'output'].some(part => call.config.number(`${part}_keep_prob`, 1) < 1))
    call.note('its wrapper drops values at random at inference too: here none are dropped')
  return wrappedCell(call)
}

/**
 * A cell that a user's module writes: it is called on x, the list of its states and its constants,
 * and gives the output and the states. Without a list of states these are zeros.
 */
export const customCell = (call: LayerCall): Cell => ({
  depth: 1,
  stateCount: call.config.ints('state_size', undefined, 1).length,
  step(scope, x, states, constants) {
    const list = (values: readonly Value[]) =>
      ({ kind: 'list', items: values.map(value => ({ kind: 'tensor', tensor: { value } }) as const) }) as const
    const args = [{ kind: 'tensor', tensor: { value: x } } as const, ...(states ? [list(states)] : [])]
    const kwargs = new Map(constants.length > 0 ? [['constants', list(constants)] as const] : [])
    const { layer, emission } = call.within(scope)
    const [output, ...next] = emission.emit(layer, args, kwargs, scope)
    return { output: output!.value, states: next.map(state => state.value) }
  },
})

export const COMPOUND_CELL_LAYERS: readonly LayerClass[] = [
  {
    name: 'RNN',
    emit: recurrent,
    cell: wrappedCell,
    takesStates: true,
    // A list of cells stands for StackedRNNCells of them.
    wraps: ({ cell }) => [['cell', isList(cell) ? { class_name: 'StackedRNNCells', config: { cells: cell } } : cell]],
  },
  { name: 'StackedRNNCells', cell: stacked, wraps: wrapping('cells') },
  { name: 'DropoutWrapper', cell: dropping, wraps: wrapping('cell') },
  { name: 'ResidualWrapper', cell: call => residual(wrappedCell(call)), wraps: wrapping('cell') },
  { name: 'DeviceWrapper', cell: wrappedCell, wraps: wrapping('cell') },
]
