/** Windows of the last axis. */
import type { Operation } from './function-call.ts'

type Emit = Operation['emit']

/** Windows of the last axis: [.., samples] → [.., windows, length], each `stride` behind the one before. */
export const extractSequences: Emit = f => {
  const { scope } = f
  const x = f.tensor('x')
  const [length, stride] = [f.int('length'), f.int('stride')]
  const axis = f.axis('axis', x, -1)
  const samples = f.call.known(f.shape(x)[axis], 'the number of its samples')
  const isFilled = f.bool('pad_end') // with zeros, so that every `stride` there starts a window
  const count = isFilled ? Math.ceil(samples / stride) : Math.max(0, Math.floor((samples - length) / stride) + 1)
  const missing = Math.max(0, (count - 1) * stride + length - samples)
  if (isFilled && f.number('pad_value', 0) !== 0) f.refuse('its pad_value is not 0')
  const sides = f.shape(x).map((_, i) => [0, i === axis && isFilled ? missing : 0] as const)
  const indices = Array.from({ length: count * length }, (_, i) => Math.floor(i / length) * stride + (i % length))
  const at = scope.reshape(scope.ints(indices, 'indices'), [count, length])
  return scope.op('GatherV2', [scope.pad(x, sides), at, scope.int(axis, 'axis')])
}
