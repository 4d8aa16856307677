/**
 * Fuzzing: inputs of every kind, broken byte by byte and node by node, go the whole way from opening to every output
 * kind, plain and optimised, until the time is up. Each must be refused with a reason or written in order, within a
 * minute and the memory that `vitest.fuzz.config.ts` allows. An input that fails is kept in `corpus/`, which
 * `corpus.test.ts` tries in every run of the tests.
 */
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, expect, test } from 'vitest'
import { change, changed, hasNodes } from './changes.ts'
import { CORPUS } from './corpus.ts'
import { faultOf } from './faults.ts'
import { type Sample, samples } from './samples.ts'
import { watchdog } from './watchdog.ts'

const MINUTES = Number(process.env['TFREEZE_FUZZ_MINUTES'] ?? 2)
const SEED = Number(process.env['TFREEZE_FUZZ_SEED'] ?? Date.now() % 2 ** 31)
/** How many faults are collected before it stops. */
const ENOUGH = 20

const dog = watchdog()
afterAll(dog.stop)

/** Numbers at which readers of lengths and counts err. */
const INTERESTING = [0, 1, 0x7f, 0x80, 0xff, 0x7fff_ffff, 0x8000_0000, 0xffff_fff0, 0xffff_ffff]

/** A change of bytes: each takes positions modulo the length. */
type ByteChange = (bytes: Uint8Array) => Uint8Array
const at = fc.nat(2 ** 31 - 1)
const byteChange: fc.Arbitrary<ByteChange> = fc.oneof(
  fc.tuple(at, fc.integer({ min: 1, max: 255 })).map(
    ([where, bits]): ByteChange =>
      bytes =>
        flipped(bytes, where, bits),
  ),
  at.map(
    (end): ByteChange =>
      bytes =>
        bytes.slice(0, end % (bytes.length + 1)),
  ),
  fc.tuple(at, fc.constantFrom(...INTERESTING)).map(
    ([where, value]): ByteChange =>
      bytes => {
        const copy = bytes.slice()
        if (copy.length >= 4) new DataView(copy.buffer).setUint32(where % (copy.length - 3), value, true)
        return copy
      },
  ),
  fc.tuple(at, fc.nat(64), at).map(
    ([from, count, to]): ByteChange =>
      bytes =>
        spliced(bytes, to, 0, from, count),
  ),
  fc.tuple(at, fc.nat(64)).map(
    ([where, count]): ByteChange =>
      bytes =>
        spliced(bytes, where, count, 0, 0),
  ),
)

function flipped(bytes: Uint8Array, where: number, bits: number): Uint8Array {
  const copy = bytes.slice()
  if (copy.length > 0) copy[where % copy.length]! ^= bits
  return copy
}

/** `count` bytes at `to` are replaced by as many as asked for from `from`. */
function spliced(bytes: Uint8Array, to: number, count: number, from: number, copied: number): Uint8Array {
  const [target, source] = [to, from].map(place => place % (bytes.length + 1)) as [number, number]
  const inserted = bytes.subarray(source, source + copied)
  return Uint8Array.from([...bytes.subarray(0, target), ...inserted, ...bytes.subarray(target + count)])
}

/** The bytes of a sample's damaged file, changed in one way or the other. */
const brokenBytes = (sample: Sample): fc.Arbitrary<Uint8Array> => {
  const byBytes = fc
    .array(byteChange, { minLength: 1, maxLength: 4 })
    .map(changes => changes.reduce((bytes, each) => each(bytes), sample.files[sample.damaged]!))
  if (!hasNodes(sample)) return byBytes
  const byNodes = fc.array(change, { minLength: 1, maxLength: 5 }).map(changes => changed(sample, changes))
  return fc.oneof(byBytes, byNodes)
}

test('nothing breaks', { timeout: 2 ** 31 - 1 }, async () => {
  const all = await samples()
  const end = Date.now() + MINUTES * 60_000
  const faults: string[] = []
  let tried = 0
  console.log(`seed ${SEED}`)
  for (let round = 0; Date.now() < end && faults.length < ENOUGH; round++) {
    for (const [i, sample] of all.entries()) {
      for (const bytes of fc.sample(brokenBytes(sample), { numRuns: 8, seed: SEED + round * all.length + i })) {
        dog.watch(`${sample.name}, seed ${SEED}, round ${round}`)
        const kept = keep(sample, bytes) // before it is tried: an input that takes all memory ends the process
        const fault = await faultOf(sample, bytes)
        tried++
        if (fault !== undefined) faults.push(`${kept.path}: ${fault}`)
        else if (kept.isNew) rmSync(kept.path)
      }
    }
  }
  console.log(
    `tried ${tried} inputs of ${all.length} kinds in ${MINUTES} minutes, seed ${SEED}; ${faults.length} faults`,
  )
  expect(faults).toEqual([])
})

/** Keeps an input, by the sample that it is made of. */
function keep(sample: Sample, bytes: Uint8Array): { path: string; isNew: boolean } {
  const hash = createHash('sha256').update(bytes).digest('hex').slice(0, 12)
  const folder = join(CORPUS, encodeURIComponent(sample.name))
  mkdirSync(folder, { recursive: true })
  const path = join(folder, `${hash}.bin`)
  const isNew = !existsSync(path)
  writeFileSync(path, bytes)
  return { path, isNew }
}
