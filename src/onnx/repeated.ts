/** A Loop that a lowering writes itself: steps that are the same, as often as is known when the loop begins. */

import type { Ref, ValueInfo } from './model.ts'
import type { OperatorEmitter } from './operator-emitter.ts'

/** One turn: its number, and what the turn before it left; returns what it leaves. */
export type Turn<State extends readonly Ref[]> = (turn: Ref, state: State) => State

/**
 * Repeats a step `count` times; returns what the last turn leaves. The state keeps its types and its shapes. The step may
 * read what was emitted before it, and must not ask for values of the graph: what it makes is inside of the loop only.
 */
export function repeated<State extends readonly Ref[]>(
  emit: OperatorEmitter,
  count: Ref,
  state: State,
  step: Turn<State>,
): State {
  const turn = emit.shared.ref('turn', 'int64')
  const goesOn = emit.shared.ref('goes_on', 'bool')
  const before = state.map(ref => emit.shared.ref('state', ref.dtype))
  const start = emit.nodes.length
  const after = step(turn, before as readonly Ref[] as State) // as many, of the same types
  const results = [goesOn, ...after].map(ref => emit.op('Identity', [ref]))
  const nodes = emit.nodes.splice(start)
  const outputs = state.map(ref => emit.shared.ref('Loop', ref.dtype))
  const inputs: ValueInfo[] = [
    { ref: turn, shape: [] },
    { ref: goesOn, shape: [] },
    ...before.map(ref => ({ ref, shape: null })),
  ]
  const body = { name: 'turn', nodes, initializers: [], inputs, outputs: results.map(ref => ({ ref, shape: null })) }
  emit.emit({
    op: 'Loop',
    domain: '',
    inputs: [count, undefined, ...state],
    outputs,
    attributes: new Map([['body', { kind: 'graph', value: body }]]),
  })
  return outputs as readonly Ref[] as State // as many, of the same types
}
