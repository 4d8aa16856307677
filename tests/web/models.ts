/** Models that the tests of the page make for themselves. */
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { graphdefChunks } from '../../src/export/index.ts'
import { Graph } from '../../src/graph/graph.ts'
import { parse } from '../../src/graph/text/index.ts'
import { scratch } from './harness.ts'

/** Doubles its input four times in a loop, then takes one of two branches. */
const LOOP = `in x: float32[2]
in negative: bool[]
start = Const int32[] [0]
loop/While = StatelessWhile(start, x) {T: [int32,float32], body: @body, cond: @cond}
choice = StatelessIf(negative, loop/While:1) {Tout: [float32], else_branch: @keep, then_branch: @negate}
y = Identity(choice)
out y

fn body(i: int32, v: float32) {
  one = Const int32[] [1]
  next = AddV2(i, one)
  twice = AddV2(v, v)
  out i=next, v=twice
}

fn cond(i: int32, v: float32) {
  limit = Const int32[] [4]
  Less = Less(i, limit)
  out more=Less
}

fn keep(v: float32) {
  same = Identity(v)
  out r=same
}

fn negate(v: float32) {
  Neg = Neg(v)
  out r=Neg
}`

/** A GraphDef with `While` and `If`; the path of its file. */
export const loopModel = (): Promise<string> => save(parse(LOOP), 'loop.pb')

/** A GraphDef with two nodes that ONNX has no operators for. */
export const unsayableModel = (): Promise<string> =>
  save(
    parse(`in x: float32[3,3]
values = Svd(x)
root = MatrixSquareRoot(x)
sum = AddV2(root, values)
out sum`),
    'unsayable.pb',
  )

/** A GraphDef with 200 MB of zeros and ones, that takes a while to be written; the path of its file. */
export async function heavyModel(): Promise<string> {
  const graph = new Graph()
  const x = graph.add('Placeholder', [], { dtype: 'float32', shape: [1] }, 'x').out()
  const bytes = new Uint8Array(50_000_000 * 4).fill(1)
  const weights = graph.const({ dtype: 'float32', shape: [50_000_000], recipe: { kind: 'memory', bytes } }, 'weights')
  graph.inputs.push({ key: 'x', value: x })
  graph.outputs.push({ key: 'y', value: graph.add('AddV2', [weights, x], {}, 'y').out() })
  return save(graph, 'heavy.pb')
}

async function save(graph: Graph, name: string): Promise<string> {
  const path = join(scratch, name)
  const file = await open(path, 'w')
  for await (const piece of (await graphdefChunks(graph)).chunks) await file.write(piece)
  await file.close()
  return path
}
