/** Errors that no code here threw on purpose: the system's, or bugs. */

interface SystemError extends Error {
  readonly code: string
  readonly path?: string
}
const isSystemError = (error: unknown): error is SystemError =>
  error instanceof Error && 'code' in error && 'syscall' in error

/** Prints one message. Returns the exit status. */
export function report(error: unknown): number {
  if (isSystemError(error)) {
    if (error.code === 'EPIPE') return 0 // the reader of our output went away, as `head` does
    process.stderr.write(
      `${error.path ?? 'tfreeze'}: the system refused it (${error.message}). Check the path, its permissions and the space left.\n`,
    )
    return 1
  }
  const what = error instanceof Error ? (process.env.TFREEZE_DEBUG ? error.stack : error.message) : String(error)
  process.stderr.write(
    `tfreeze: unexpected: ${what}. This is a bug: please report it with the model, or with what \`tfreeze inspect\` prints.\n`,
  )
  return 1
}
