// node scripts/conformance/embedded.mjs graphs|keras FOLDER [--every N] [--known FILE]
// Runs the embedded engine on graphs and Keras files beside which the outputs of TensorFlow and Keras were recorded.
// A case that the list of known failures names must fail.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join, relative } from 'node:path'
import { embedded } from '../../src/engines/embedded.ts'
import { freeze } from '../../src/freeze/index.ts'
import { open } from '../../src/models/index.ts'
import { openFile, openFolder } from '../../src/node/file-source.ts'
import { readData } from '../../src/verify/data.ts'
import { subjectOf } from '../../src/verify/subject.ts'
import { verifySubjects } from '../../src/verify/verify.ts'
import { compareRecorded, recordedFolders } from '../../tests/evaluate/recorded.ts'

/** A case: its name, and why it does not hold; empty where it does. Undefined where nothing was recorded. */
type Outcome = readonly [name: string, why: string | undefined]

/** Judges every case; returns the exit status. */
async function judge([what, folder, ...rest]: readonly string[]): Promise<number> {
  const option = (name: string): string | undefined => rest[rest.indexOf(name) + 1 || rest.length]
  const every = Number(option('--every') ?? 1)
  const known = knownFrom(option('--known'))
  const outcomes = what === 'graphs' ? graphs(folder!, every) : kerasCases(folder!, every)
  let [held, judged, wrong] = [0, 0, 0]
  for await (const [name, why] of outcomes) {
    if (why === undefined) continue
    judged++
    if (why === '') held++
    const isKnown = known.has(name)
    if ((why === '') !== isKnown) continue
    wrong++
    console.log(why === '' ? `HOLDS NOW  ${name}: take it off the list` : `FAILS  ${name}: ${why}`)
  }
  console.log(
    `${held} of ${judged} ${what === 'graphs' ? 'recorded graphs' : 'Keras files'} agree in the embedded engine`,
  )
  return wrong > 0 || judged === 0 ? 1 : 0
}

function knownFrom(path: string | undefined): ReadonlySet<string> {
  if (path === undefined) return new Set()
  const lines = readFileSync(path, 'utf8').split('\n')
  return new Set(lines.filter(line => line && !line.startsWith('#')).map(line => line.split(/\s/)[0]!))
}

async function* graphs(root: string, every: number): AsyncGenerator<Outcome> {
  for (const folder of recordedFolders(every, root)) {
    const { state, why } = await compareRecorded(folder)
    const isOpen = state === 'skipped' && why !== 'random'
    yield [relative(root, folder), isOpen ? undefined : state === 'agrees' ? '' : why]
  }
}

interface Case {
  readonly files: readonly string[]
  readonly rtol?: number
  readonly atol?: number
}

async function* kerasCases(root: string, every: number): AsyncGenerator<Outcome> {
  const tolerances = new Map<string, Case>()
  const all = readdirSync(root, { recursive: true, encoding: 'utf8' }).sort()
  for (const path of all.filter(name => /^manifest\..*\.json$/.test(name)))
    for (const found of Object.values<Case>(JSON.parse(readFileSync(join(root, path), 'utf8')).cases))
      for (const file of found.files) tolerances.set(file, found)
  const files = all
    .filter(name => name.endsWith('.npz'))
    .flatMap(name => ['.h5', '.keras'].map(end => name.replace(/\.npz$/, end)))
  const cases = files.filter(name => existsSync(join(root, name)) && tolerances.has(name))
  for (const name of cases.filter((_, i) => i % every === 0))
    yield [name, await kerasCase(join(root, name), tolerances.get(name)!)]
}

async function kerasCase(file: string, { rtol = 1e-4, atol = 1e-5 }: Case): Promise<string> {
  try {
    const model = await open(openFile(file), { siblings: openFolder(dirname(file)) })
    const subject = await subjectOf(await freeze(model), embedded())
    const data = await readData(openFile(join(dirname(file), basename(file).replace(/\.(h5|keras)$/, '.npz'))))
    const { agrees, unverified, outputs } = await verifySubjects(subject, undefined, { data, rtol, atol })
    if (agrees) return ''
    return (
      unverified ??
      outputs
        .flatMap(({ key, figures: f }) => (f.wrong > 0 ? `${key}: ${f.mismatch ?? `${f.absolute}`}` : []))
        .join('; ')
    )
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

process.exitCode = await judge(process.argv.slice(2))
