/** `tfreeze verify`: are the numbers of a result those of its original? */
import { CommanderError } from 'commander'
import { subjectOf } from '../../verify/subject.ts'
import { verifySubjects } from '../../verify/verify.ts'
import { frozenFrom, resultFrom } from '../models.ts'
import { terminal } from '../print.ts'
import type { Flags } from '../settings.ts'
import { describeVerification, verifyOptions } from '../verification.ts'

export async function run(path: string, flags: Flags): Promise<void> {
  if (flags.against === undefined && flags.data === undefined)
    throw new CommanderError(
      2,
      'tfreeze.verify',
      'error: there is nothing to compare with: name the original with --against, or a file with the outputs with --data',
    )
  const options = await verifyOptions(flags)
  const engine = options.engine!
  const original = flags.against === undefined ? undefined : await frozenFrom(flags.against, flags)
  const result = await resultFrom(path, flags, original)
  const found = await verifySubjects(
    await subjectOf(result, engine),
    original && (await subjectOf(original, engine)),
    options,
  )
  if (!found.agrees) process.exitCode = 1
  if (flags.json) process.stdout.write(`${JSON.stringify(found, jsonNumber, 2)}\n`)
  else if (!flags.quiet) process.stdout.write(`${terminal(describeVerification(found))}\n`)
}

/** JSON has no infinite numbers. */
const jsonNumber = (_: string, value: unknown): unknown =>
  typeof value === 'number' && !Number.isFinite(value) ? String(value) : value
