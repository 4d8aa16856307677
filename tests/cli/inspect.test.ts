/** `tfreeze inspect`: of Keras files, of frozen graphs, of what cannot be frozen; long tables; nodes. */
import { writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { copyFixture, inFolder } from './folder.ts'
import { printed, tfreeze } from './run.ts'

inFolder()

test('inspect shows what goes in and comes out of a Keras file, and its layers', async () => {
  copyFixture('keras/nested.tfk.h5', 'nested.tfk.h5')
  const { status, stdout } = await tfreeze('inspect', 'nested.tfk.h5')
  expect(status).toBe(0)
  const text = String(stdout)
  expect(text).toMatch(
    /^nested\.tfk\.h5\n {2}kind +Keras HDF5 file\n {2}written by +Keras 2\.\d+\.\d+ on tensorflow\n {2}can be frozen +yes\n\nsignature/,
  )
  expect(text).toMatch(/\n {2}in +x +float32\[\?,4,3\]\n {2}out +each +float32\[\?,4,2\]/)
  expect(text).toMatch(/\n\n\d+ layers, \d+ parameters\n {2}layer +class +output +parameters\n/)
})

test('the same as JSON', async () => {
  copyFixture('keras/nested.tfk.h5', 'nested.tfk.h5')
  const found = JSON.parse(printed(await tfreeze('inspect', 'nested.tfk.h5', '--json')))
  expect(found.schema).toBe('tfreeze-inspection/1')
  expect(found.kind).toBe('keras_h5')
  expect(found.layers.length).toBeGreaterThan(2)
  expect(found.layers.every((layer: { path: unknown }) => typeof layer.path === 'string')).toBe(true)
})

test('a frozen graph is called that, and has inputs and outputs with inferred shapes', async () => {
  copyFixture('digits', 'digits')
  await tfreeze('freeze', 'digits', '-o', 'frozen.pb')
  const text = printed(await tfreeze('inspect', 'frozen.pb'))
  expect(text).toMatch(/\n {2}frozen +yes; to optimise it: tfreeze optimize frozen\.pb -o small\.pb\n/)
  expect(text).toMatch(/\n {2}in +image +float32\[\?,28,28,1\]\n {2}out +output_0 +float32\[\?,10\]/)
  const found = JSON.parse(printed(await tfreeze('inspect', 'frozen.pb', '--json')))
  expect(found).toMatchObject({
    isFrozen: true,
    inputs: [{ key: 'image', dtype: 'float32', shape: [null, 28, 28, 1] }],
    outputs: [{ key: 'output_0', dtype: 'float32', shape: [null, 10] }],
  })
})

test('a weight that an export holds twice is counted once, under the name that --keep-variables takes', async () => {
  copyFixture('digits', 'digits')
  const found = JSON.parse(printed(await tfreeze('inspect', 'digits', '--json')))
  expect([found.variables.length, found.unreadVariables.length]).toEqual([12, 13])
  for (const { name } of found.variables) {
    const { status, stderr } = await tfreeze('freeze', 'digits', '-o', 'kept.pb', '--keep-variables', name, '--quiet')
    expect([name, status, stderr]).toEqual([name, 0, ''])
  }
})

test('--nodes lists names that --outputs takes, 20 of them, and says how many more there are', async () => {
  copyFixture('digits', 'digits')
  const text = printed(await tfreeze('inspect', 'digits', '--nodes'))
  expect(text.trimEnd().split('\n')).toHaveLength(1 + 1 + 20 + 1)
  expect(text).toMatch(/\n {2}… and \d+ more: --all lists them/)
  const all = JSON.parse(printed(await tfreeze('inspect', 'digits', '--nodes', 'relu', '--json'))).nodeList
  expect(all.map(({ op }: { op: string }) => op)).toEqual(['Relu', 'Relu'])
  for (const { name } of all)
    expect((await tfreeze('freeze', 'digits', '-o', 'cut.pb', '--outputs', name)).status, name).toBe(0)
  expect(printed(await tfreeze('inspect', 'digits', '--nodes', '*/nothing*'))).toBe(
    "no node has a name or an op like '*/nothing*'. List all with --nodes alone; * stands for any characters.\n",
  )
})

test('--layers lists the layers alone', async () => {
  copyFixture('keras/nested.k3.keras', 'model.keras')
  expect(printed(await tfreeze('inspect', 'model.keras', '--layers'))).toMatch(/^\d+ layers, \d+ parameters\n/)
  copyFixture('digits', 'digits')
  expect(printed(await tfreeze('inspect', 'digits', '--layers'))).toBe(
    'digits: its file lists operations and not layers. See them with --nodes.\n',
  )
})

test('--check ends with 1 where the model cannot be frozen', async () => {
  copyFixture('digits', 'digits')
  expect((await tfreeze('inspect', 'digits', '--check')).status).toBe(0)
  const node = (name: string, op: string, rest = ''): string => `node { name: "${name}" op: "${op}" ${rest} }\n`
  const type = 'attr { key: "component_types" value { list { type: DT_FLOAT } } }'
  const queue = `${node('q', 'FIFOQueueV2', type)}${node('d', 'QueueDequeueV2', `input: "q" ${type}`)}`
  writeFileSync('queue.pbtxt', `${queue}${node('y', 'Neg', 'input: "d" attr { key: "T" value { type: DT_FLOAT } }')}`)
  const { status, stdout } = await tfreeze('inspect', 'queue.pbtxt', '--check')
  expect(status).toBe(1)
  expect(String(stdout)).toMatch(/ can be frozen +no: d: this QueueDequeueV2 reads a queue\./)
})
