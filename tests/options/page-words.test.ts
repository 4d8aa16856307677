/** Messages that name an option, in the words of the page. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { pageWords } from '../../src/options/page-words.ts'

test.each([
  ['Name the outputs with --outputs.', 'Name the outputs with “Outputs”.'],
  ['Cut the graph there with --inputs a/b:1.', 'Cut the graph there with a/b:1 under “Inputs”.'],
  ['Leave out what reads it (--outputs).', 'Leave out what reads it (“Outputs”).'],
  ['Freeze it as a table: --tables graph.', 'Freeze it as a table: “Lookup tables: as tables”.'],
  ['give it with --shape to unroll', 'give it with “Shape” to unroll'],
  [
    'Fix the sizes that are open: --shape a=1,? --shape b=2. Or choose another target.',
    'Fix the sizes that are open: a=1,?, b=2 under “Shape”. Or choose another target.',
  ],
  ['the emitter that --custom gives for it fails', 'the emitter that “Custom layers” gives for it fails'],
  [
    'Choose one of these with --tags, for example --tags serve.',
    'Choose one of these with “Tags”, for example serve under “Tags”.',
  ],
  ['List the names with tfreeze inspect --nodes.', 'List the names with the search of the graph.'],
  [
    'Write a SavedModel with its weights beside it (-o FOLDER/ --weights variables), or freeze to fewer outputs.',
    'Write a SavedModel with its weights beside it (on the command line), or freeze to fewer outputs.',
  ],
])('%s', (message, words) => {
  expect(pageWords(message).text).toBe(words)
})

test('says which options a message names', () => {
  const { options } = pageWords('Give the JSON of model.to_json() with --architecture, or name --outputs y.')
  expect(options).toEqual(['architecture', 'outputs'])
})

const withoutComments = (source: string): string => source.replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '')

/** Rooms whose messages the page can show. */
const ROOMS = ['models', 'freeze', 'passes', 'optimize', 'onnx', 'tfjs', 'inspect', 'verify', 'export']
/** Files with messages for the command line alone: merging graphs, comparing files, the version of ONNX, kernels of one's own. */
const ELSEWHERE = ['src/freeze/merge.ts', 'src/verify/verify.ts', 'src/export/onnx-files.ts', 'src/onnx/custom.ts']

test('every option that a message names has a label in the page', () => {
  const root = join(import.meta.dirname, '../..')
  const files = ROOMS.flatMap(room =>
    readdirSync(join(root, 'src', room), { recursive: true, encoding: 'utf8' })
      .filter(path => path.endsWith('.ts'))
      .map(path => join('src', room, path)),
  )
  const left = files
    .filter(path => !ELSEWHERE.includes(path))
    .flatMap(path =>
      [
        ...withoutComments(readFileSync(join(root, path), 'utf8')).matchAll(
          /(['"`])((?:(?!\1)[^\\\n]|\\.)*--[a-z](?:(?!\1)[^\\\n]|\\.)*)\1/g,
        ),
      ]
        .map(([, , text]) => pageWords(text!.replace(/\$\{[^}]*\}/g, 'x=1')).text)
        .filter(text => /--[a-z]/.test(text))
        .map(text => `${path}: ${text}`),
    )
  expect(files.length).toBeGreaterThan(100)
  expect(left).toEqual([])
})
