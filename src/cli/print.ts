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

/** What is printed, line by line: names of a file may hold characters that a terminal would obey. */
export const terminal = (text: string): string => text.split('\n').map(printable).join('\n')
