/** `tfreeze verify`: are the numbers of a result those of its original? */
import { subjectOf } from '../../verify/subject.ts'
import { type Verification, verifySubjects } from '../../verify/verify.ts'
import { frozenFrom, resultFrom } from '../models.ts'
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
  const plain = await frozenFrom(model, flags)
  return verifyAgainst(await resultFrom(path, flags, plain), plain, model, await verifyOptions(flags))
}

/** Compares with the outputs that the data has. */
async function recorded(path: string, flags: Flags): Promise<Verification> {
  const options = await verifyOptions(flags)
  return verifySubjects(await subjectOf(await resultFrom(path, flags, undefined), options.engine), undefined, options)
}

/** JSON has no infinite numbers. */
const jsonNumber = (_: string, value: unknown): unknown =>
  typeof value === 'number' && !Number.isFinite(value) ? String(value) : value
