/** `tfreeze verify`: are the numbers of a result those of its original? */
import { isSubject, usingSubject } from '../../verify/subject.ts'
import { type Verification, verifySubjects } from '../../verify/verify.ts'
import { modelFrom, resultFrom } from '../models.ts'
import { jsonText, printsJson, terminal } from '../print.ts'
import type { Flags } from '../settings.ts'
import { describeVerification, verifyAgainst, verifyOptions } from '../verification.ts'
import { wrongUsage } from '../wrong-usage.ts'

export async function run(path: string, flags: Flags): Promise<void> {
  if (flags.against === undefined && flags.data === undefined)
    return wrongUsage(
      'verify',
      'there is nothing to compare with. Name the original with --against, or a file with the outputs with --data.',
    )
  const found = flags.against === undefined ? await recorded(path, flags) : await against(path, flags.against, flags)
  if (!found.agrees) process.exitCode = 1
  if (printsJson(flags)) process.stdout.write(jsonText(found, flags, jsonNumber))
  else if (!flags.quiet) process.stdout.write(`${terminal(describeVerification(found))}\n`)
}

/** Compares with the original. */
async function against(path: string, model: string, flags: Flags): Promise<Verification> {
  const options = await verifyOptions(flags)
  const original = await modelFrom(model, flags)
  const result = await resultFrom(path, flags, isSubject(original) ? undefined : original)
  return verifyAgainst(result, original, model, options)
}

/** Compares with the outputs that the data has. */
async function recorded(path: string, flags: Flags): Promise<Verification> {
  const options = await verifyOptions(flags)
  return usingSubject(await resultFrom(path, flags, undefined), options.engine, subject =>
    verifySubjects(subject, undefined, options),
  )
}

/** JSON has no infinite numbers. */
const jsonNumber = (_: string, value: unknown): unknown =>
  typeof value === 'number' && !Number.isFinite(value) ? String(value) : value
