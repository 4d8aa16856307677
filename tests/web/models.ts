/** Models that the tests of the page make for themselves. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { graphdefChunks } from '../../src/export/index.ts'
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
export async function loopModel(): Promise<string> {
  const pieces: Uint8Array[] = []
  for await (const piece of (await graphdefChunks(parse(LOOP))).chunks) pieces.push(new Uint8Array(piece))
  const path = join(scratch, 'loop.pb')
  writeFileSync(path, Buffer.concat(pieces))
  return path
}
