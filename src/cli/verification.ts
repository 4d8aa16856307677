/** The options of a comparison on the command line, and the printed result. */

import type { Engine } from '../engines/engine.ts'
import { FreezeError } from '../errors.ts'
import type { Exporter } from '../export/index.ts'
import type { Frozen } from '../freeze/frozen.ts'
import type { Figures } from '../verify/compare.ts'
import { type Data, readData } from '../verify/data.ts'
import type { Divergence } from '../verify/divergence.ts'
import { normalization } from '../verify/normalize.ts'
import { isSubject, type Subject } from '../verify/subject.ts'
import { type Verification, type VerifiedSide, type VerifyOptions, verify } from '../verify/verify.ts'
import { engineFrom, originalBy } from './engines.ts'
import { givenFile } from './input.ts'
import { readBack } from './models.ts'
import type { OutputFlags } from './output.ts'
import { columns, typed } from './print.ts'
import type { Flags } from './settings.ts'
import { fromUsage } from './wrong-usage.ts'

/** The options of a comparison. */
export async function verifyOptions(flags: Flags): Promise<VerifyOptions & { readonly engine: Engine }> {
  const { seed, rtol, atol } = flags
  return { data: await dataFrom(flags), seed, rtol, atol, engine: await engineFrom(flags) }
}

/**
 * Compares a result with the model at `path`, which was frozen plainly or loaded. TensorFlow reads a
 * SavedModel itself and Keras its files; then a difference that the plainly frozen graph shows too is followed to its node.
 */
export async function verifyAgainst(
  result: Frozen | Subject,
  plain: Frozen | Subject,
  path: string,
  options: VerifyOptions & { readonly engine: Engine },
): Promise<Verification> {
  const original = isSubject(plain) ? undefined : await originalBy(options.engine, plain, path)
  if (!original) return verify(result, plain, options)
  try {
    const found = await verify(result, original, options)
    if (found.agrees || found.unverified) return found
    const { divergence } = await verify(result, plain, options)
    return { ...found, ...(divergence && { divergence }) }
  } finally {
    original.runnable.close()
  }
}

/** The data that an option names. */
export async function dataFrom({ data, normalize }: Flags): Promise<Data | undefined> {
  if (normalize !== undefined) fromUsage('normalize', () => normalization(normalize))
  return data === undefined ? undefined : readData(await givenFile(data), { normalize })
}

/**
 * Compares what will be written with the original, before anything is written. Throws `output` where the numbers
 * differ or cannot be compared. Returns what the report says of it.
 */
export async function verifyBefore(
  frozen: Frozen,
  { plain, path }: { readonly plain: Frozen; readonly path: string },
  exporter: Exporter,
  flags: OutputFlags,
): Promise<string> {
  const written = await readBack(frozen, exporter, flags.output, flags)
  const verification = await verifyAgainst(written, plain, path, await verifyOptions(flags))
  const report = describeVerification(verification)
  if (verification.agrees) return report
  process.stderr.write(`${report}\n`)
  throw new FreezeError('output', verification.unverified ?? 'its numbers differ from the original', {
    file: flags.output,
    hint: 'Nothing was written.',
  })
}

/** A comparison as a person wants to know it. */
export function describeVerification(found: Verification): string {
  const { result, original, inputs, seed, outputs, divergence, unverified } = found
  const lines = [
    `${result.name} (${howRun(result)}) against ${original.name} (${howRun(original)})`,
    columns(
      inputs.map(({ key, dtype, shape }) => [
        'in',
        key,
        typed(dtype, shape),
        seed === undefined ? '' : `random, seed ${seed}`,
      ]),
    ),
    columns(outputs.map(({ key, figures }) => ['out', key, ...describeFigures(figures)])),
    ...outputs
      .filter(({ isInsensitive }) => isInsensitive)
      .map(
        ({ key }) =>
          `  note: ${key} is the same for all random inputs, so agreement proves little. Give inputs with --data.`,
      ),
    ...(unverified ? [`  not verified: ${unverified}`] : []),
    ...(divergence ? [describeDivergence(divergence)] : []),
    verdict(found),
  ]
  return lines.filter(Boolean).join('\n')
}

function howRun({ engine, how }: VerifiedSide): string {
  if (engine === 'recorded') return 'recorded values'
  return [...(how ? [how] : []), engine === 'embedded' ? 'embedded engine' : engine].join(', ')
}

function verdict({ agrees, unverified, outputs }: Verification): string {
  if (unverified) return 'not verified'
  const wrong = outputs.filter(({ figures }) => figures.wrong > 0).length
  return agrees
    ? `the numbers agree: ${outputs.length} of ${outputs.length} outputs`
    : `the numbers differ: ${wrong} of ${outputs.length} outputs`
}

function describeFigures(figures: Figures): string[] {
  const { dtype, shape, absolute, relative, ulps, cosine, wrong, worst, mismatch } = figures
  if (mismatch) return [mismatch]
  const apart = [
    `abs ${short(absolute)}`,
    `rel ${short(relative)}`,
    ulps === undefined ? '' : `${short(ulps)} ulp`,
    `cos ${cosine.toFixed(9)}`,
  ]
  const at = worst && `[${worst.index}] is ${worst.found}, expected ${worst.expected}`
  return [typed(dtype, shape), ...apart, wrong === 0 ? 'agrees' : `${wrong} differ: ${at ?? 'beyond 2^53'}`]
}

const short = (n: number): string => (Number.isInteger(n) && n < 1e6 ? String(n) : n.toExponential(1))

function describeDivergence({ node, op, originalOp, attributes, figures, inputs }: Divergence): string {
  const what = originalOp && originalOp !== op ? `${op}, which was ${originalOp}` : op
  const changed = attributes.length > 0 ? `; other attributes: ${attributes.join(', ')}` : ''
  const rows = inputs.map(({ tensor, figures: f }) => ['  in', tensor, ...(f ? describeFigures(f) : ['not compared'])])
  return `  first node that diverges: ${node} (${what})${changed}\n${columns([...rows, ['  out', node, ...describeFigures(figures)]])}`
}
