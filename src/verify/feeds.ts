/** From a file's values to a graph's inputs, and to the outputs that were recorded with them. */
import { FreezeError } from '../errors.ts'
import type { NdArray } from '../evaluate/array.ts'
import { listed } from '../graph/names.ts'
import { type Data, type GivenValue, UNNAMED } from './data.ts'
import { fitted } from './fit.ts'
import type { SubjectPort } from './subject.ts'

/**
 * The arrays of the inputs, by key. A value has the input's key or tensor's name, `in_0` for
 * the first input, or `x` or no name for the only one. Throws `missing` for an input
 * without a value.
 */
export function inputArrays(data: Data, ports: readonly SubjectPort[]): Map<string, NdArray> {
  const arrays = new Map<string, NdArray>()
  for (const [i, port] of ports.entries()) {
    const value = givenFor(data, port, [`in_${i}`, ...(ports.length === 1 ? ['x', UNNAMED] : [])])
    if (value !== undefined) arrays.set(port.key, fitted(value, { ...port, file: data.name }))
    else if (!port.hasDefault) throw missing(data, port)
  }
  return arrays
}

/** The outputs that a file records, by key: likewise, with `out_0`, and `y` for the only one. */
export function recordedOutputs(data: Data, ports: readonly SubjectPort[]): Map<string, NdArray> {
  const arrays = new Map<string, NdArray>()
  for (const [i, port] of ports.entries()) {
    const value = givenFor(data, port, [`out_${i}`, ...(ports.length === 1 ? ['y'] : [])])
    if (value !== undefined) arrays.set(port.key, fitted(value, { ...port, file: data.name }))
  }
  return arrays
}

function givenFor({ values }: Data, { key, tensor }: SubjectPort, others: readonly string[]): GivenValue | undefined {
  const names = [key, tensor, tensor.replace(/:0$/, ''), `${tensor}:0`, ...others]
  return names.map(name => values.get(name)).find(value => value !== undefined)
}

function missing(data: Data, { key }: SubjectPort): FreezeError {
  const names = [...data.values.keys()].filter(name => name !== UNNAMED)
  const found = names.length > 0 ? `it holds ${listed(names)}` : 'it holds one array without a name'
  return new FreezeError('missing', `there is no value for input '${key}': ${found}`, {
    file: data.name,
    hint: 'Name the arrays as the inputs are named.',
  })
}
