/** `tfreeze merge`. */
import { existsSync, readFileSync } from 'node:fs'
import { beforeEach, expect, test } from 'vitest'
import { copyFixture, inFolder } from './folder.ts'
import { tfreeze } from './run.ts'

inFolder()
beforeEach(() => copyFixture('digits', 'digits'))

test('joins two models, and optimises the result', async () => {
  const run = await tfreeze('merge', 'digits', 'digits', '-o', 'both.pb', '-O', '--manifest', 'm.json')
  expect(run).toMatchObject({ status: 0, stderr: '' })
  const { inputs, source } = JSON.parse(readFileSync('m.json', 'utf8'))
  expect(inputs.map(({ tensor }: { tensor: string }) => tensor)).toEqual(['image:0', 'image_1:0'])
  expect(source.name).toBe('digits + digits')
})

test('a name that is not there', async () => {
  const run = await tfreeze('merge', 'digits', 'digits', '-o', 'both.pb', '--connect', 'logits=image')
  expect(run.status).toBe(1)
  expect(run.stderr).toMatch(/--connect: no output of digits is called 'logits'/)
  expect(existsSync('both.pb')).toBe(false)
})

test('the second model is not overwritten', async () => {
  copyFixture('digits', 'second')
  const run = await tfreeze('merge', 'digits', 'second', '-o', 'second/saved_model.pb')
  expect(run).toMatchObject({ status: 2, stderr: expect.stringContaining('would overwrite the model second') })
})
