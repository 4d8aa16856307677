/**
 * Files cut short and files with a wrong byte: each is refused with a reason, or
 * is read as a graph that the verifier accepts. `TFREEZE_FULL=1` tries every
 * prefix of the small files and many more bytes of all.
 */
import fc from 'fast-check'
import { afterAll, expect, test } from 'vitest'
import { faultOf } from './faults.ts'
import { outcome } from './pipeline.ts'
import { type Sample, samples } from './samples.ts'
import { watchdog } from './watchdog.ts'

const IS_FULL = process.env['TFREEZE_FULL'] === '1'
/** Files up to this size are cut at every byte. */
const SMALL_BYTES = 4096
/** How many cuts and wrong bytes of one file are tried: for large files, and in the usual run. */
const [CUTS, FLIPS] = IS_FULL ? [600, 1500] : [4, 4]
const MINUTES = 60_000

const dog = watchdog()
afterAll(dog.stop)

/** Why a damaged file is not refused as it should be; nothing where it is, or where it is written. */
async function fault(sample: Sample, what: string, bytes: Uint8Array): Promise<readonly string[]> {
  const label = `${sample.name} ${what}`
  dog.watch(label)
  const found = await faultOf(sample, bytes)
  return found === undefined ? [] : [`${label}: ${found}`]
}

/** Whole numbers below `end`, seeded: all where there are few enough, else `count` of them. */
function sampled(end: number, count: number, seed: number): readonly number[] {
  if (end <= count) return Array.from({ length: end }, (_, i) => i)
  return fc.sample(fc.nat(end - 1), { numRuns: count, seed })
}

const all = await samples()

test('there are samples', () => expect(all.length).toBeGreaterThan(15))

for (const sample of all) {
  const whole = sample.files[sample.damaged]!

  test(`${sample.name} as it is`, async () => {
    expect(await outcome(sample, whole)).toBe('written')
  })

  test(`${sample.name} cut short`, { timeout: 30 * MINUTES }, async () => {
    const faults: string[] = []
    const count = IS_FULL && whole.length <= SMALL_BYTES ? whole.length : CUTS
    for (const end of sampled(whole.length, count, 1))
      faults.push(...(await fault(sample, `of ${end} bytes`, whole.subarray(0, end))))
    expect(faults).toEqual([])
  })

  test(`${sample.name} with a wrong byte`, { timeout: 30 * MINUTES }, async () => {
    const faults: string[] = []
    const change = fc.tuple(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 }))
    for (const [at, bits] of fc.sample(change, { numRuns: FLIPS, seed: 2 })) {
      const bytes = whole.slice()
      bytes[at]! ^= bits
      faults.push(...(await fault(sample, `with byte ${at} changed by ${bits}`, bytes)))
    }
    expect(faults).toEqual([])
  })
}
