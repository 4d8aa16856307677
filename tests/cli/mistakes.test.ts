/**
 * What people do wrong, and all that they are told: `mistakes/*.txt`, to be read like documentation. `BLESS=1` writes the
 * messages again; read the difference aloud.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { writeFiles } from './mistakes/files.ts'
import { printed, tfreeze } from './run.ts'

const FOLDER = fileURLToPath(new URL('./mistakes/', import.meta.url))
const FILES = readdirSync(FOLDER).filter(name => name.endsWith('.txt'))
const BLESS = process.env.BLESS !== undefined

/** `$ tfreeze …`, what it prints, `[exit 1]`. */
interface Mistake {
  readonly command: string
  readonly said: string
}

const mistakesOf = (text: string): Mistake[] =>
  text
    .split(/^\$ /m)
    .slice(1)
    .map(entry => ({ command: entry.split('\n')[0]!, said: entry.split('\n').slice(1).join('\n').trim() }))

const before = process.cwd()
beforeAll(async () => {
  process.chdir(mkdtempSync(join(tmpdir(), 'tfreeze-')))
  await writeFiles()
})
afterAll(() => {
  const folder = process.cwd()
  process.chdir(before)
  rmSync(folder, { recursive: true })
})

/** What a person can do: the last sentence or line begins so, or ends in a question that does. */
const WAY_OUT =
  /(^|[.:;,] |\n|, or |: |then )(Give|Begin|If|A file is where|Check|Name|Choose|Write|Try|Use|Run|Did you mean|did you mean|Download|Fetch|Copy|copy|Export|export|Convert|Unpack|Load|load|List|Nearest|The nearest|There (is|are)|There is help|It has|Targets are|The targets|The commands|Allowed choices|Save|save|Put|Fix|Cut|Freeze|OpenCV reads|It needs no freezing|run it|For a TensorFlow graph|Free|leave|Leave|\*|either|end the path|Only the JSON)\b/

let count = 0

for (const file of FILES) {
  const text = readFileSync(FOLDER + file, 'utf8')
  const blessed: string[] = [text.split('\n')[0]!]
  describe(file, () => {
    for (const { command, said } of mistakesOf(text)) {
      count++
      test(command, async () => {
        const run = await tfreeze(...command.split(' ').slice(1))
        const found = `${run.stderr}${printed(run)}`.trim()
        const shown = `${found}\n[exit ${run.status}]`
        blessed.push(`$ ${command}\n${shown}`)
        if (!BLESS) expect(shown).toBe(said)
        expect(found, 'the message says what to do').toMatch(WAY_OUT)
        expect(found.length, 'the message is short').toBeLessThan(700)
      })
    }
  })
  afterAll(() => {
    if (BLESS) writeFileSync(FOLDER + file, `${blessed.join('\n\n')}\n`)
  })
}

test('there are mistakes', () => expect(count).toBeGreaterThan(91))
