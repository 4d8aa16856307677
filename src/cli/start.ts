/**
 * The command line. Exit status: 0 done; 1 the model cannot be read, frozen or
 * does not fit the target; 2 wrong usage.
 */
import { setFlagsFromString } from 'node:v8'
import { CommanderError } from 'commander'
import { isFreezeError } from '../errors.ts'
import { removeUnfinishedOnSignals } from '../node/temporary.ts'
import { program } from './program.ts'

/** The program that reads our output may end first, as `head` does. */
function endQuietly(error: Error): void {
  if ('code' in error && error.code === 'EPIPE') process.exit(0)
  throw error
}

/** Runs the command that the process was given, and sets its exit status. */
export async function start(): Promise<void> {
  // By the time V8 11 (Node 20) re-optimises hot functions the command is nearly done, and the compiler's thread competes
  // with reading and writing for the second core. Raise the interrupt budget fourfold; newer V8s do so already.
  if (process.versions.v8.startsWith('11.')) setFlagsFromString('--interrupt-budget=270000')
  if (process.stdout.listenerCount('error') === 0) process.stdout.on('error', endQuietly)
  removeUnfinishedOnSignals()
  const words = process.argv.slice(2)
  try {
    await runCommand(words)
  } catch (error) {
    process.exitCode = await exitStatus(error, words)
  }
}

async function runCommand(words: readonly string[]): Promise<void> {
  const isHelp = words.some(word => ['help', '-h', '--help'].includes(word)) || words.length === 0
  const help = isHelp ? await import('./help.ts') : undefined
  const asked = help && helpTopic(words)
  const text = asked === undefined ? undefined : help!.topic(asked)
  if (text === undefined) await program(help, help ? undefined : words).parseAsync(process.argv)
  else process.stdout.write(`${text}\n`)
}

/** Says what went wrong. Returns the exit status. */
async function exitStatus(error: unknown, words: readonly string[]): Promise<number> {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return 0
    if (error.code !== 'commander.help') await say((await import('./usage.ts')).usageText(error, words))
    return 2
  }
  if (!isFreezeError(error)) return (await import('./unexpected.ts')).report(error)
  await say(error.message)
  return 1
}

/** The topic that help is asked about: `help passes`, `passes --help`. */
function helpTopic([first, second]: readonly string[]): string | undefined {
  if (first === 'help') return second
  return first === undefined || first.startsWith('-') ? undefined : first
}

/** Prints an error. */
async function say(message: string): Promise<void> {
  const { errorText } = await import('./color.ts')
  process.stderr.write(`${errorText(message)}\n`)
}
