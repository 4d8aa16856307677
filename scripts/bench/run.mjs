// npm run bench [-- WORD]: what freezing costs, and how fast the result is, side by side in one run and as ratios. Writes
// the sections that ran into docs/performance.md, and ends with 1 where a figure is above its limit. With a word just the
// sections whose title has it; `-- latency MobileNet` just those networks, and
// `-- batch 50` so many models (which writes nothing).
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, totalmem } from 'node:os'
import { engine } from './engine.mjs'
import { copyingWeights, freezers, keras, manyNodes, optimising, startup } from './freezing.mjs'
import { latency } from './latency.mjs'
import { manyModels } from './many.mjs'
import { onnx } from './onnx.mjs'
import { page } from './page.mjs'
import { whereTimeGoes } from './profile.mjs'
import { RUNS, scratch, table } from './timing.mjs'

const DOCUMENT = 'docs/performance.md'
const [only, part] = process.argv.slice(2)
const SECTIONS = [
  ['Against copying the weights', copyingWeights],
  ["Against TensorFlow's freezer (its import included)", freezers],
  ['Keras files', keras],
  ['Optimising', optimising],
  ['A batch of models', () => manyModels(part && Number(part))],
  ['Start-up', startup],
  ['Graphs of many nodes', manyNodes],
  ['Where the time goes', whereTimeGoes],
  ['The embedded engine', engine],
  ['Latency of networks', () => latency(table, scratch, part)],
  ['ONNX against tf2onnx', onnx],
  ['The page', () => page(table)],
]

const machine = `${cpus().length} cores (${cpus()[0].model.trim()}), ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}`
const how = `Written by \`npm run bench\`. Each figure is the median of ${RUNS} runs of a whole process, warm cache, into an empty folder on a disk at rest; what is compared takes turns, and memory is the process's peak resident set.`

/** The beginning of the document: the first sentence of each section, which says what follows from its figures. */
function head(sections) {
  const follows = sections.map(section => {
    const [, sentence] = /^## .*\n\n(.*?[.:])(?:\s|$)/.exec(section)
    return `- ${sentence.replace(/:$/, '.')}`
  })
  return `# Performance\n\n${follows.join('\n')}\n\n${how}`
}

/** The section of a document with this title; undefined where there is none. */
function sectionOf(document, title) {
  const start = document.indexOf(`\n## ${title}\n`)
  if (start < 0) return undefined
  const end = document.indexOf('\n## ', start + 1)
  return document.slice(start, end < 0 ? undefined : end).trim()
}

const before = existsSync(DOCUMENT) ? readFileSync(DOCUMENT, 'utf8') : ''
const written = []
const failed = []
/** Writes the document, with what was measured before in the place of sections that did not run yet. */
function writeDocument() {
  const rest = SECTIONS.slice(written.length).map(([title]) => sectionOf(before, title))
  const sections = [...written, ...rest].filter(Boolean)
  writeFileSync(DOCUMENT, `${[head(sections), ...sections].join('\n\n')}\n`)
}

for (const [title, work] of SECTIONS) {
  const isAsked = !only || title.toLowerCase().includes(only.toLowerCase())
  if (!isAsked) {
    written.push(sectionOf(before, title))
    continue
  }
  const { follows, text, above } = await work()
  const date = new Date().toISOString().slice(0, 10)
  const verdict = above.length > 0 ? `\n\nAbove its limit:\n\n${above.map(line => `- ${line}`).join('\n')}` : ''
  const section = `## ${title}\n\n${follows}\n\n${text}${verdict}\n\nMeasured on ${date}: ${machine}.`
  console.log(`\n${section}`)
  written.push(section)
  failed.push(...above)
  if (!part) writeDocument()
}
rmSync(scratch, { recursive: true, force: true })
if (failed.length > 0) {
  console.error(`\n${failed.length} figures are above their limits:\n${failed.map(line => `  ${line}`).join('\n')}`)
  process.exitCode = 1
}
