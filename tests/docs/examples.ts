/**
 * The examples of a document, as things to run. What a fenced block is follows
 * from its language:
 *
 *     sh       commands: `tfreeze …` runs, with `# exit status 1` where it must fail
 *     text     what the commands above print; `…` stands for anything
 *     ts       a module that runs; `tfreeze` is this library. With a first line
 *              `// src/…` it is a file of this library, and imports as that would
 *     mjs, json   with a first line `// name`: a file beside the model
 *     graph    a graph: it is printed as it is written, or a case of the pass that
 *              the module above exports
 *
 * A comment `<!-- then: code -->` below a module runs after it.
 */

/** A fenced block. */
export interface Block {
  readonly language: string
  readonly text: string
  /** Of its first line. */
  readonly line: number
  /** Code that runs after a module, where a comment below has some. */
  readonly then?: string
}

const FENCE = /^```(\w+)\n([\s\S]*?)^```\n(?:\n?<!-- then: ([\s\S]*?) -->)?/gm

/** The fenced blocks of a document that name their language. */
export const blocksOf = (markdown: string): Block[] =>
  [...markdown.matchAll(FENCE)].map(({ index, 1: language, 2: text, 3: then }) => ({
    language: language!,
    text: text!,
    line: markdown.slice(0, index).split('\n').length + 1,
    ...(then !== undefined && { then }),
  }))

/** One line of a shell block. */
export interface Command {
  readonly words: readonly string[]
  readonly status: number
}

/** The commands of a shell block, without comments. */
export function commandsOf(text: string): Command[] {
  const lines = text.split('\n').filter(line => line.trim() !== '' && !line.startsWith('#'))
  return lines.map(line => ({
    words: wordsOf(line.replace(/\s#.*$/, '')),
    status: Number(/# exit status (\d)/.exec(line)?.[1] ?? 0),
  }))
}

/** Words as a shell splits them; quotes hold together. */
const wordsOf = (line: string): string[] =>
  [...line.matchAll(/(?:[^\s"']+|"[^"]*"|'[^']*')+/g)].map(([word]) => word.replace(/["']/g, ''))

/** Whether a text is as a document shows it: `…` stands for anything, alone on a line for any lines. */
export function isAsShown(found: string, shown: string): boolean {
  const pattern = shown
    .trimEnd()
    .split('\n')
    .map(line => (line.trim() === '…' ? '(.*\n)*?' : `${line.split('…').map(quoted).join('.*')}\n`))
    .join('')
  return new RegExp(`^${pattern}$`).test(`${found.trimEnd()}\n`)
}

const quoted = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')

const ROOT = new URL('../../', import.meta.url)

/** A module's text, with what it imports found: `tfreeze`, and other files of `src/` beside the one it stands for. */
export function moduleText({ text, then = '' }: Block): string {
  const self = /^\/\/ (src\/\S+)/.exec(text)?.[1] ?? 'src/x.ts'
  const path = (specifier: string): string => {
    const [, name] = /^tfreeze(?:\/(\w+))?$/.exec(specifier) ?? []
    if (specifier === 'tfreeze') return new URL('src/index.ts', ROOT).pathname
    if (name !== undefined) return new URL(name === 'node' ? 'src/node/index.ts' : `src/api/${name}.ts`, ROOT).pathname
    return specifier.startsWith('.') ? new URL(specifier, new URL(self, ROOT)).pathname : specifier
  }
  return `${text}\n${then}`.replace(/(from |import\()'([^']+)'/g, (_, start, name) => `${start}'${path(name)}'`)
}
