/** How numbers, shapes and tables look on a terminal. */
import { printable } from '../errors.ts'
import { type PartialShape, shapeText } from '../graph/attr.ts'

/** 1234567 → `1.2 MB`. */
export function bytes(count: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB']
  let unit = 0
  let size = count
  for (; size >= 1000 && unit < units.length - 1; unit++) size /= 1000
  return `${unit === 0 || size >= 100 ? Math.round(size) : size.toFixed(1)} ${units[unit]}`
}

/** `float32[?,224,224,3]`; `float32[...]` where the rank is unknown. */
export const typed = (dtype: string, shape: PartialShape): string =>
  `${dtype}${shape === null ? '[...]' : shapeText(shape)}`

/** Rows as columns of equal width, two spaces between and `indent` before. */
export function columns(rows: readonly (readonly string[])[], indent = '  '): string {
  const widths: number[] = []
  for (const row of rows) {
    row.forEach((cell, i) => {
      widths[i] = Math.max(widths[i] ?? 0, cell.length)
    })
  }
  return rows.map(row => (indent + row.map((cell, i) => cell.padEnd(widths[i]!)).join('  ')).trimEnd()).join('\n')
}

/** Rows of a long table that are printed where nobody asks for all. */
export const MAX_ROWS = 20
/** The least that stays of a cell. */
const MIN_CELL = 12

/** The first rows of a long table, as columns that fit the terminal; then how many more there are, and how to see them. */
export function longTable(rows: readonly (readonly string[])[], options: TableOptions): string {
  const { head, all = false, width = terminalWidth(), more } = options
  const shown = all ? rows : rows.slice(0, MAX_ROWS)
  const table = columns(fitting([...(head ? [head] : []), ...shown], width))
  const left = rows.length - shown.length
  return left > 0 ? `${table}\n  … and ${left} more${more ? `: ${more}` : ''}` : table
}

/** How a long table is printed. */
export interface TableOptions {
  readonly head?: readonly string[]
  readonly all?: boolean
  readonly width?: number
  /** How to see the rest. */
  readonly more?: string
}

/** Columns of the terminal; a pipe takes lines of any length. */
const terminalWidth = (): number => (process.stdout.isTTY ? process.stdout.columns : Number.POSITIVE_INFINITY)

/** Shortens the cells of the widest columns until the rows fit; what differs in names is mostly at their ends. */
function fitting(rows: readonly (readonly string[])[], width: number): readonly (readonly string[])[] {
  const count = Math.max(0, ...rows.map(row => row.length))
  const widths = Array.from({ length: count }, (_, i) => Math.max(...rows.map(row => row[i]?.length ?? 0)))
  const room = width - 2 * count
  for (let sum = widths.reduce((n, w) => n + w, 0); sum > room; sum--) {
    const widest = widths.indexOf(Math.max(...widths))
    if (widths[widest]! <= MIN_CELL) break
    widths[widest]!--
  }
  return rows.map(row => row.map((cell, i) => shortened(cell, widths[i]!)))
}

function shortened(text: string, length: number): string {
  if (text.length <= length) return text
  const start = Math.floor((length - 1) / 3)
  return `${text.slice(0, start)}…${text.slice(text.length - (length - 1 - start))}`
}

/** `1 node`, `2 nodes`. */
export const plural = (count: number, noun: string): string =>
  `${count.toLocaleString('en')} ${noun}${count === 1 ? '' : 's'}`

/** The output, line by line: names of a file may hold characters that a terminal would obey. */
export const terminal = (text: string): string => text.split('\n').map(printable).join('\n')

interface JsonFlags {
  readonly json?: boolean | undefined
  readonly jsonLine?: boolean | undefined
}

/** Whether a program reads what is printed. */
export const printsJson = ({ json, jsonLine }: JsonFlags): boolean => json === true || jsonLine === true

/** JSON as it is printed: indented, or one line. */
export const jsonText = (
  value: unknown,
  { jsonLine }: JsonFlags,
  replacer?: (key: string, value: unknown) => unknown,
) => `${JSON.stringify(value, replacer, jsonLine ? undefined : 2)}\n`
