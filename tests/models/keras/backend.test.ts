import { expect, test } from 'vitest'
import { backendOf } from '../../../src/models/keras/backend.ts'
import type { KerasFile } from '../../../src/models/keras/container.ts'
import { dialectOf } from '../../../src/models/keras/dialect.ts'
import type { Json } from '../../../src/models/keras/layer-graph.ts'
import { normalise } from '../../../src/models/keras/normalise.ts'
import { readKeras } from '../../../src/models/keras/open.ts'
import type { WeightStore } from '../../../src/models/keras/weights/store.ts'
import { fixture } from './disk.ts'

/** What is found of a file of a convolution, with weights of these names. */
function found(names: readonly string[], options: Partial<Options> = {}) {
  const { version = '1.2.2', saved, ordering = 'tf', isAsWritten = true, className = 'Convolution2D', given } = options
  const dialect = dialectOf({ version, backend: saved, config: null })
  const config: Json = { name: 'c', nb_filter: 2, nb_row: 3, nb_col: 3, output_dim: 2, dim_ordering: ordering }
  const architecture: Json = { class_name: 'Sequential', config: [{ class_name: className, config }] }
  const group = { name: 'c', weightNames: names, isAsWritten, weight: () => expect.unreachable() as never }
  const weights = { layout: 'by-layer', layers: [group] } as unknown as WeightStore // no byte of the file is read
  const file: KerasFile = {
    kind: 'keras_h5',
    name: 'm.h5',
    architecture,
    dialect,
    weights,
    asset: async () => undefined,
  }
  const { dialect: known, notes } = backendOf(file, normalise(architecture, dialect, 'm.h5'), given)
  return [known.backend, ...notes.map(note => note.replace(/:.*(; |(?=turned))/, ' … '))]
}

interface Options {
  readonly version: string
  readonly saved: string
  readonly ordering: 'th' | 'tf'
  readonly isAsWritten: boolean
  readonly className: string
  readonly given: 'auto' | 'theano' | 'tensorflow'
}

const TENSORFLOW = ['c_W:0', 'c_b:0']
const THEANO = ['c_W', 'c_b']
const SHOWN = 'the names of the weights show that Keras 1 ran on Theano … turned by 180°'
const UNKNOWN =
  'the file does not say whether Keras 1 ran on Theano or TensorFlow … --keras1-backend theano turns them by 180°'

const rows: [what: string, names: readonly string[], options: Partial<Options>, expected: (string | undefined)[]][] = [
  ['names with a number are of TensorFlow', TENSORFLOW, { ordering: 'th' }, ['tensorflow']],
  ['names without one are of Theano', THEANO, {}, ['theano', SHOWN]],
  ['of files without convolutions nothing is said', THEANO, { className: 'Dense' }, ['theano']],
  ['an option goes before them', THEANO, { given: 'tensorflow' }, ['tensorflow']],
  ['names that a tool has written anew show nothing', THEANO, { isAsWritten: false }, ['tensorflow', UNKNOWN]],
  ['then an option does', THEANO, { isAsWritten: false, given: 'theano' }, ['theano']],
  ['Keras 2 says it itself', THEANO, { version: '2.1.0', saved: 'theano' }, ['theano']],
  ['also that it was CNTK', THEANO, { version: '2.1.0', saved: 'cntk' }, ['cntk']],
]

test.each(rows)('%s', (_, names, options, expected) => {
  expect(found(names, options)).toEqual(expected)
})

test('weights by number, as Keras 0.x has them, show nothing', async () => {
  const { file, layers } = await readKeras(fixture('k1_lstm.h5'))
  const weights = { layout: 'by-position', layers: [] } as unknown as WeightStore // no byte of the file is read
  const silent = { ...file, dialect: dialectOf({ version: '0.3', config: null }), weights }
  expect(backendOf(silent, layers).dialect.backend).toBe('tensorflow')
})
