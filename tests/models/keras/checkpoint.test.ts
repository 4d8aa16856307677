/** Weights that Keras saved as a TensorFlow checkpoint, with the JSON of the architecture. */
import { expect, test } from 'vitest'
import { fromFiles } from '../../../src/bytes/folder.ts'
import { detect, type OpenOptions, openDetected } from '../../../src/models/index.ts'
import { readTensor } from '../../../src/tensor/read.ts'
import { fixture, fixtureFolder, jsonSource } from './disk.ts'

const opened = async (name: string, options: OpenOptions) => openDetected(await detect(fixtureFolder(name)), options)
const architecture = (name: string) => fixture(`${name}/model.json`)

/** Each constant of the graph that the model became, by name. */
async function constants(model: Awaited<ReturnType<typeof opened>>): Promise<Record<string, string>> {
  const found: Record<string, string> = {}
  for (const node of model.graph.nodes) {
    const value = node.attrs.get('value')
    if (value?.kind === 'tensor') found[node.name] = Buffer.from(await readTensor(value.value)).toString('hex')
  }
  return found
}

test.each(['tfk', 'k3'])('the weights of nested-%s are those of the .h5 file', async writer => {
  const model = await opened(`nested-${writer}`, { architecture: architecture(`nested-${writer}`) })
  expect(model.kind).toBe('checkpoint')
  const h5 = await openDetected(await detect(fixture(`nested.${writer}.h5`)), {})
  expect(await constants(model)).toEqual(await constants(h5))
})

test('the variables are listed by layer, with their keys', async () => {
  const model = await opened('nested-tfk', { architecture: architecture('nested-tfk') })
  const listed = (await model.variables.list()).map(({ name, where }) => `${name} ${where}`)
  expect(listed[0]).toBe(
    'each/layer/fc/kernel weights.index:model/layer_with_weights-0/layer/layer_with_weights-0/kernel/.ATTRIBUTES/VARIABLE_VALUE',
  )
})

test('without the architecture the message asks for it', async () => {
  await expect(opened('nested-tfk', {})).rejects.toThrow(/weights\.meta is not there\. .*--architecture/)
})

test('the architecture of another model is refused', async () => {
  const dense = (name: string, units: number) => ({ class_name: 'Dense', config: { name, units } })
  const input = { class_name: 'InputLayer', config: { name: 'x', batch_input_shape: [null, 3] } }
  const other = (layers: object[]) =>
    jsonSource({
      class_name: 'Sequential',
      config: { name: 's', layers: [input, ...layers] },
      keras_version: '2.15.0',
    } as never)
  await expect(opened('nested-tfk', { architecture: other([dense('a', 2), dense('b', 2)]) })).rejects.toThrow(
    'the checkpoint has weights for 1 layers, the model has 2 with weights',
  )
  await expect(opened('nested-tfk', { architecture: other([dense('a', 7)]) })).rejects.toThrow(
    /a: the weights of Dense do not fit: found .*; expected kernel \[\?,7\]/,
  )
})

test('a missing data file is named', async () => {
  const folder = fixtureFolder('nested-tfk')
  const index = (await folder.file('weights.index'))!
  const model = await detect(fromFiles(new Map([['weights.index', index]]), 'empty'))
  await expect(openDetected(model, { architecture: architecture('nested-tfk') })).rejects.toThrow(
    /weights\.data-00000-of-00001/,
  )
})
