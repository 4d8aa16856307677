import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { tfreeze } from './run.ts'

const fixture = fileURLToPath(new URL('../../fixtures/keras/nested.tfk.h5', import.meta.url))

test('inspect shows the layers of a Keras file, and then its signature', async () => {
  const { status, stdout } = await tfreeze('inspect', fixture)
  expect(status).toBe(0)
  const text = String(stdout)
  expect(text).toMatch(
    /^nested\.tfk\.h5\n {2}written by {2}Keras 2\.\d+\.\d+ on tensorflow\n\n\d+ layers, \d+ parameters\n/,
  )
  expect(text).toMatch(/\n {2}layer +class +output +parameters +weights\n/)
  expect(text).toMatch(/\nsignature serving_default\n[\s\S]*\n {2}can be frozen: yes\n/)
})

test('the same as JSON', async () => {
  const { stdout } = await tfreeze('inspect', fixture, '--json')
  const found = JSON.parse(String(stdout))
  expect(found.kind).toBe('keras_h5')
  expect(found.layers.length).toBeGreaterThan(2)
  expect(found.layers.every((layer: { path: unknown }) => typeof layer.path === 'string')).toBe(true)
})
