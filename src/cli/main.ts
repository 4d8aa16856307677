#!/usr/bin/env node
/**
 * The command line. Exit status: 0 done; 1 the model cannot be read, frozen or
 * does not fit the target; 2 wrong usage.
 */
import { setFlagsFromString } from 'node:v8'
import { CommanderError } from 'commander'
import { isFreezeError } from '../errors.ts'
import { removeUnfinishedOnSignals } from '../node/temporary.ts'
import { program } from './program.ts'

// By the time V8 11 (Node 20) re-optimises hot functions the command is nearly done, and the compiler's thread competes
// with reading and writing for the second core. Raise the interrupt budget fourfold; newer V8s do so already.
if (process.versions.v8.startsWith('11.')) setFlagsFromString('--interrupt-budget=270000')

/** The program that reads our output may end first, as `head` does. */
function endQuietly(error: Error): void {
  if ('code' in error && error.code === 'EPIPE') process.exit(0)
  throw error
}
if (process.stdout.listenerCount('error') === 0) process.stdout.on('error', endQuietly)

removeUnfinishedOnSignals()

const isHelp = process.argv.slice(2).some(word => ['help', '-h', '--help'].includes(word))

try {
  const lists = isHelp ? (await import('./lists.ts')).lists() : undefined
  await program(lists).parseAsync(process.argv)
} catch (error) {
  if (error instanceof CommanderError) {
    if (error.code.startsWith('tfreeze.')) process.stderr.write(`${error.message}\n`) // commander prints its own
    process.exitCode = error.exitCode === 0 ? 0 : 2
  } else if (isFreezeError(error)) {
    process.stderr.write(`${error.message}\n`)
    process.exitCode = 1
  } else {
    const { report } = await import('./unexpected.ts')
    process.exitCode = report(error)
  }
}
