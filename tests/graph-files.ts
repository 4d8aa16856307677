/**
 * `.graph` files. A file is cases; a case is a title (`## …`), what is given, and, in
 * lines that begin with `;`, what comes out. `BLESS=1` writes those; a blessed diff
 * is read like code.
 */
import { readFileSync, writeFileSync } from 'node:fs'

/** Whether expectations are written, not compared. */
export const BLESS = process.env['BLESS'] === '1'

export interface GraphCase {
  readonly title: string
  /** What is given: every line that is none of the others. */
  readonly source: string
  /** What the `;` lines say. */
  readonly expected: string
}

const parts = (path: string): string[] => readFileSync(path, 'utf8').split(/^(?=## )/m)

/** The cases of a file. */
export function readGraphFile(path: string): GraphCase[] {
  return parts(path)
    .filter(text => text.startsWith('## '))
    .map(text => {
      const [title, ...lines] = text.trim().split('\n')
      const isExpected = (line: string): boolean => line.startsWith(';')
      return {
        title: title!.slice('## '.length),
        source: lines
          .filter(line => !isExpected(line))
          .join('\n')
          .trim(),
        expected: lines
          .filter(isExpected)
          .map(line => line.slice('; '.length))
          .join('\n'),
      }
    })
}

/** Writes a file's cases again. One without a result, which did not run or went wrong, keeps its expectation. */
export function bless(path: string, cases: readonly GraphCase[], results: ReadonlyMap<GraphCase, string>): void {
  const preamble = parts(path)[0]!
  const texts = cases.map(c => {
    const text = results.get(c) ?? c.expected
    const lines = text === '' ? [] : ['', ...text.split('\n').map(line => `; ${line}`.trimEnd())]
    return `${[`## ${c.title}`, c.source, ...lines].join('\n')}\n`
  })
  writeFileSync(path, (preamble.startsWith('## ') ? '' : preamble) + texts.join('\n'))
}
