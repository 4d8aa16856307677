/** Runs the command line in this process, as `tfreeze …` in a shell would. */
import { start } from '../../src/cli/start.ts'

/** How a run ended, and what it printed. */
export interface Run {
  readonly status: number
  readonly stdout: Uint8Array
  readonly stderr: string
}

/** Runs `tfreeze` with these arguments. Not to be called again before it is done: it takes over the process's streams. */
export async function tfreeze(...args: readonly string[]): Promise<Run> {
  const stdout: Uint8Array[] = []
  const stderr: Uint8Array[] = []
  const [argv, out, err] = [process.argv, process.stdout.write, process.stderr.write]
  process.argv = ['node', 'tfreeze', ...args]
  process.stdout.write = collecting(stdout)
  process.stderr.write = collecting(stderr)
  try {
    await start()
    return {
      status: Number(process.exitCode ?? 0),
      stdout: Buffer.concat(stdout),
      stderr: String(Buffer.concat(stderr)),
    }
  } finally {
    Object.assign(process, { argv, exitCode: undefined })
    process.stdout.write = out
    process.stderr.write = err
  }
}

/** A `write` that keeps what it is given. */
function collecting(chunks: Uint8Array[]): typeof process.stdout.write {
  return (chunk: string | Uint8Array, ...rest: unknown[]) => {
    chunks.push(new Uint8Array(typeof chunk === 'string' ? Buffer.from(chunk) : chunk))
    const done = rest.at(-1)
    if (typeof done === 'function') done()
    return true
  }
}

/** What a run printed, as text. */
export const printed = ({ stdout }: Run): string => new TextDecoder().decode(stdout)
