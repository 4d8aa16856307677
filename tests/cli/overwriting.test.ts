/** The output is never the input: wrong usage, found before anything is opened, with the model as it was. */
import { cpSync, linkSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { copyFixture, inFolder, put } from './folder.ts'
import { tfreeze } from './run.ts'

inFolder()

const DATA = 'variables/variables.data-00000-of-00001'

/** Every file below the folder with its bytes. */
function contents(): Record<string, string> {
  const paths = readdirSync('.', { recursive: true, encoding: 'utf8' }).filter(path => statSync(path).isFile())
  return Object.fromEntries(paths.sort().map(path => [path, readFileSync(path, 'latin1')]))
}

interface Row {
  readonly what: string
  /** What is made beside `m`, a SavedModel, and `k.h5`. */
  readonly given?: () => void
  readonly args: readonly string[]
}

const rows: readonly Row[] = [
  { what: 'its own path', args: ['freeze', 'k.h5', '-o', 'k.h5.pb', '--manifest', 'k.h5'] },
  {
    what: 'its own path in another spelling',
    given: () => cpSync('k.h5', 'k'),
    args: ['freeze', 'k', '-o', './x/../k'],
  },
  { what: 'a graph', given: () => put('g.pb', ''), args: ['optimize', 'g.pb', '-o', 'g.pb'] },
  {
    what: 'its manifest',
    given: () => put('g.pb', ''),
    args: ['optimize', 'g.pb', '-o', 'h.pb', '--manifest', 'g.pb'],
  },
  { what: 'a symbolic link to it', given: () => symlinkSync('k.h5', 'l'), args: ['freeze', 'k.h5', '-o', 'l'] },
  { what: 'a hard link to it', given: () => linkSync('k.h5', 'l'), args: ['freeze', 'k.h5', '-o', 'l'] },
  { what: 'the model is a link', given: () => cpSync('k.h5', 'k'), args: ['freeze', 'l', '-o', 'k'] },
  { what: 'the folder', args: ['freeze', 'm', '-o', 'm/'] },
  { what: 'a file in the folder', args: ['freeze', 'm', '-o', 'm/saved_model.pb'] },
  { what: 'a new file in the folder', args: ['freeze', 'm', '-o', 'm/frozen.pb'] },
  { what: 'a new folder in the folder', args: ['freeze', 'm', '-o', 'm/frozen/'] },
  { what: 'a weight file of the folder', args: ['freeze', 'm', '-o', `m/${DATA}`] },
  { what: 'a symbolic link to it', given: () => symlinkSync(`m/${DATA}`, 'l'), args: ['freeze', 'm', '-o', 'l'] },
  { what: 'a hard link to it', given: () => linkSync(`m/${DATA}`, 'l'), args: ['freeze', 'm', '-o', 'l'] },
  { what: 'a link to the folder', given: () => symlinkSync('m', 'l'), args: ['freeze', 'l', '-o', 'm/saved_model.pb'] },
  { what: 'the folder around the file', args: ['freeze', 'm/saved_model.pb', '-o', 'm/'] },
  { what: 'the file in the folder', args: ['freeze', 'm/saved_model.pb', '-o', 'm/saved_model.pb'] },
  { what: 'weights beside the file', args: ['freeze', 'm/saved_model.pb', '-o', `m/${DATA}`] },
  {
    what: 'a hard link to weights beside the file',
    given: () => linkSync(`m/${DATA}`, 'm/l'),
    args: ['freeze', 'm/saved_model.pb', '-o', 'm/l'],
  },
  {
    what: 'a shard beside its index',
    given: () => copyFixture('keras/pair', 'p'),
    args: [
      'freeze',
      'p/pair.weights.json',
      '-o',
      'p/pair_00000.weights.h5.pb',
      '--manifest',
      'p/pair_00000.weights.h5',
    ],
  },
  {
    what: 'the architecture',
    given: () => put('a', '{}'),
    args: ['freeze', 'k.h5', '-o', 'a', '--architecture', 'a'],
  },
  { what: 'a picture', given: () => linkSync('k.h5', 'l.svg'), args: ['view', 'k.h5', '--export', 'l.svg'] },
]

for (const { what, given, args } of rows) {
  test(`${args[0]}: ${what}`, async () => {
    copyFixture('digits', 'm')
    copyFixture('keras/nested.tfk.h5', 'k.h5')
    given?.()
    if (what === 'the model is a link') symlinkSync('k', 'l')
    const before = contents()
    const run = await tfreeze(...args)
    expect(run.stderr).toMatch(/^error: writing \S+ would overwrite .*\. Name .*\.\n$/)
    expect(run.status).toBe(2)
    expect(contents()).toEqual(before)
  })
}

test('a file beside the model is not the model', async () => {
  copyFixture('digits', 'm')
  for (const out of ['m/frozen.pb', 'm.pb', join('m', '..', 'm2.pb')])
    for (let i = 0; i < 2; i++)
      expect(await tfreeze('freeze', 'm/saved_model.pb', '-o', out, '--quiet')).toMatchObject({ status: 0, stderr: '' })
})

for (const path of ['x.tflite', 'x.h5', 'x.keras', 'x.JSON', 'x.mlmodel', 'x.tfjs', 'dir/x.zip']) {
  test(`no exporter writes ${path}`, async () => {
    mkdirSync('dir')
    const { status, stderr } = await tfreeze('freeze', 'm', '-o', path)
    expect(stderr).toMatch(/^error: \S+: \.\w+ stands for .*, which tfreeze does not write\. Name a .*\.\n$/)
    expect(status).toBe(2)
    expect(readdirSync('.')).toEqual(['dir'])
  })
}
