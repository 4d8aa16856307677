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

const words = process.argv.slice(2)
const isHelp = words.some(word => ['help', '-h', '--help'].includes(word)) || words.length === 0

try {
  const help = isHelp ? await import('./help.ts') : undefined
  const asked = help && helpTopic(words)
  const text = asked === undefined ? undefined : help!.topic(asked)
  if (text === undefined) await program(help).parseAsync(process.argv)
  else process.stdout.write(`${text}\n`)
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? 0 : 2
    if (error.exitCode !== 0 && error.code !== 'commander.help') {
      const { usageText } = await import('./usage.ts')
      await say(usageText(error, words))
    }
  } else if (isFreezeError(error)) {
    await say(error.message)
    process.exitCode = 1
  } else {
    const { report } = await import('./unexpected.ts')
    process.exitCode = report(error)
  }
}

/** What help is asked about: `help passes`, `passes --help`. */
function helpTopic([first, second]: readonly string[]): string | undefined {
  if (first === 'help') return second
  return first === undefined || first.startsWith('-') ? undefined : first
}

/** Prints an error. */
async function say(message: string): Promise<void> {
  const { errorText } = await import('./color.ts')
  process.stderr.write(`${errorText(message)}\n`)
}
