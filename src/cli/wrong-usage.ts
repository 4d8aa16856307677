/** Wrong usage of the command line, which ends with exit status 2. */
import { CommanderError } from 'commander'
import { isFreezeError } from '../errors.ts'

/** Throws the error of a wrong usage; `part` is the command or the option that is wrong. */
export function wrongUsage(part: string, what: string): never {
  throw new CommanderError(2, `tfreeze.${part}`, `error: ${what}`)
}

/** Runs `act` on a word of the command line; where it refuses the word, that is wrong usage. */
export function fromUsage<T>(part: string, act: () => T): T {
  try {
    return act()
  } catch (error) {
    if (!isFreezeError(error)) throw error
    return wrongUsage(part, error.message)
  }
}
