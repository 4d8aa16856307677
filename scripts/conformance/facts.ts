// node scripts/conformance/facts.mjs FOLDER [--show]
// Compares what src/facts/ knows of every tensor with what real TensorFlow knew and computed (see facts.py).
// Fails where the two contradict; prints how much of what TensorFlow knows is known here too.
import { createReadStream, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { Facts } from '../../src/facts/facts.ts'
import { compatible, rankOf } from '../../src/facts/shape.ts'
import type { PartialShape } from '../../src/graph/attr.ts'
import type { Graph } from '../../src/graph/graph.ts'
import { fromGraphDef } from '../../src/graph/graphdef.ts'
import type { Value } from '../../src/graph/node.ts'
import { GraphDef } from '../../src/tensorflow/generated/messages.ts'

interface Line {
  readonly name: string
  readonly pb: string
  readonly shapes: Readonly<Record<string, PartialShape>>
  readonly feeds: Readonly<Record<string, number[]>>
  readonly values: Readonly<Record<string, { shape: number[]; elements?: (number | string | boolean)[] }>>
}

/** How often each graph is looked at with parts of it made unknown. */
const VARIANTS = 8

const [folder = '.', option] = process.argv.slice(2)
const missing = new Map<string, number>()
const contradictions: string[] = []
const ratio = { theirs: 0, both: 0, extra: 0 }

/** Ranks and dimensions are one thing to know each. */
function compareStatic(where: string, op: string, ours: PartialShape, theirs: PartialShape): void {
  if (!compatible(ours, theirs))
    contradictions.push(`${where}: ${JSON.stringify(ours)}, TensorFlow ${JSON.stringify(theirs)}`)
  const known = theirs === null ? 0 : 1 + theirs.filter(d => d !== null).length
  const mine =
    theirs?.length !== rankOf(ours) ? 0 : 1 + (theirs ?? []).filter((d, i) => d !== null && ours?.[i] !== null).length
  ratio.theirs += known
  ratio.both += known === 0 ? 0 : mine
  ratio.extra += (ours === null ? 0 : 1 + ours.filter(d => d !== null).length) - (known === 0 ? 0 : mine)
  if (mine < known) missing.set(op, (missing.get(op) ?? 0) + known - mine)
  if (mine < known && option === '--show')
    console.log(`${where}: ${JSON.stringify(ours)}, TensorFlow ${JSON.stringify(theirs)}`)
}

function compareRun(where: string, facts: Facts, value: Value, ran: Line['values'][string]): void {
  const { shape, elements } = facts.of(value)
  if (!compatible(shape, ran.shape))
    contradictions.push(`${where}: ${JSON.stringify(shape)}, when run ${JSON.stringify(ran.shape)}`)
  const differs =
    ran.elements?.findIndex((e, i) => elements?.[i] != null && !sameNumber(Number(elements[i]), Number(e))) ?? -1
  if (differs >= 0)
    contradictions.push(`${where}: element ${differs} is ${elements?.[differs]}, when run ${ran.elements?.[differs]}`)
}

const sameNumber = (a: number, b: number): boolean => a === b || Object.is(a, b)

function tensorOf(graph: Graph, tensor: string): Value | undefined {
  const at = tensor.lastIndexOf(':')
  return graph.node(tensor.slice(0, at))?.out(Number(tensor.slice(at + 1)))
}

function compare(line: Line): void {
  const graph = fromGraphDef(GraphDef.decode(readFileSync(join(folder, line.pb))), line.name)
  const plain = new Facts(graph)
  for (const [tensor, theirs] of Object.entries(line.shapes)) {
    const value = tensorOf(graph, tensor)
    if (!value || value.dtype === 'resource' || value.dtype === 'variant') continue
    compareStatic(`${line.name} ${tensor} (${value.node.op})`, value.node.op, plain.shape(value), theirs)
  }
  const given = new Map(Object.entries(line.feeds).map(([tensor, shape]) => [tensorOf(graph, tensor)!, shape]))
  const fed = new Facts(graph, given)
  for (const [tensor, ran] of Object.entries(line.values)) {
    const value = tensorOf(graph, tensor)
    if (!value) continue
    const where = `${line.name} ${tensor} (${value.node.op})`
    compareRun(where, plain, value, ran)
    compareRun(`${where} with inputs given`, fed, value, ran)
  }
  for (let seed = 1; seed <= VARIANTS; seed++) compareForgetful(graph, line, seed)
}

/** Makes constants and inputs known in part, in a way that `seed` says: what follows must still agree with the run. */
function compareForgetful(graph: Graph, line: Line, seed: number): void {
  let state = seed * 2654435761
  const random = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
  const given = new Map<Value, PartialShape>()
  for (const [tensor, { shape }] of Object.entries(line.values)) {
    const value = tensorOf(graph, tensor)
    if (!value || value.node.inputs.length > 0) continue
    const keeps = line.feeds[tensor] ? 0 : random() // an input has to be given
    if (keeps < 0.4) given.set(value, random() < 0.15 ? null : shape.map(d => (random() < 0.4 ? null : d)))
  }
  const facts = new Facts(graph, given)
  for (const [tensor, ran] of Object.entries(line.values)) {
    const value = tensorOf(graph, tensor)
    if (value) compareRun(`${line.name} ${tensor} (${value.node.op}), variant ${seed}`, facts, value, ran)
  }
}

let graphs = 0
const start = performance.now()
for await (const text of createInterface({ input: createReadStream(join(folder, 'facts.jsonl')) })) {
  const line = JSON.parse(text) as Line
  try {
    compare(line)
    graphs++
  } catch (e) {
    console.log(`${line.name}: ${e instanceof Error ? e.stack : e}`)
    process.exitCode = 1
  }
}
for (const [op, count] of [...missing].sort((a, b) => b[1] - a[1]).slice(0, 40))
  console.log(`not known: ${count} of ${op}`)
for (const line of contradictions) console.log(line)
const percent = ((100 * ratio.both) / ratio.theirs).toFixed(2)
console.log(
  `${graphs} graphs in ${((performance.now() - start) / 1000).toFixed(1)} s; known of what TensorFlow knows: ${ratio.both} of ${ratio.theirs} (${percent} %), and ${ratio.extra} more; ${contradictions.length} contradictions`,
)
if (contradictions.length > 0) process.exitCode = 1
