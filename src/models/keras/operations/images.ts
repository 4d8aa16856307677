/** Images with or without a batch, channels first or last. */
import type { Value } from '../../../graph/node.ts'
import { toChannelsFirst, toChannelsLast } from '../layers/space.ts'
import type { FunctionCall } from './function-call.ts'

export const hasChannelsFirst = (f: FunctionCall): boolean =>
  f.has('data_format') && f.text('data_format') === 'channels_first'

/** Runs what works on [batch, height, width, channels]. */
export function onImages(f: FunctionCall, x: Value, body: (images: Value) => Value): Value {
  const { scope } = f
  const single = f.rank(x) === 3
  const batch = single ? scope.expandDims(x, 0) : x
  const y = hasChannelsFirst(f) ? toChannelsFirst(scope, body(toChannelsLast(scope, batch))) : body(batch)
  return single ? scope.squeeze(y, [0]) : y
}
