/** The inputs that ever failed: `corpus/SAMPLE/HASH.bin` is the damaged file of the sample of that name. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const CORPUS = fileURLToPath(new URL('corpus', import.meta.url))

/** The name of a sample, and the bytes that its damaged file had. */
export interface Kept {
  readonly sample: string
  readonly name: string
  readonly bytes: Uint8Array
}

/** All that was kept, in the order of names. */
export function kept(): Kept[] {
  if (!existsSync(CORPUS)) return []
  return readdirSync(CORPUS, { withFileTypes: true })
    .filter(entry => entry.isDirectory())
    .flatMap(({ name: folder }) =>
      readdirSync(join(CORPUS, folder)).map(name => ({
        sample: decodeURIComponent(folder),
        name,
        bytes: new Uint8Array(readFileSync(join(CORPUS, folder, name))),
      })),
    )
    .sort((a, b) => (`${a.sample} ${a.name}` < `${b.sample} ${b.name}` ? -1 : 1))
}
