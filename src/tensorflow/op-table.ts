/** Tables keyed by op: one row for a family of ops, written as names and wildcards. */

/** The entry of a table for an op; undefined where no row names it. */
export type OpTable<T> = (op: string) => T | undefined

/**
 * A table from ops to what `rows` say of them. A row's key lists ops, separated by spaces; `*` stands for any
 * characters. A name that is written out wins over a wildcard; among wildcards the first row wins.
 *
 *     const table = opTable([['Switch RefSwitch', 'switch'], ['*Dataset', 'dataset']])
 *     table('RefSwitch') // 'switch'
 *     table('ZipDataset') // 'dataset'
 */
export function opTable<T>(rows: readonly (readonly [ops: string, what: T])[]): OpTable<T> {
  let found: Map<string, T | undefined> | undefined
  let wildcards: (readonly [pattern: RegExp, what: T])[] = []
  return op => {
    if (!found) {
      found = new Map(rows.flatMap(([ops, what]) => plainNames(ops).map(name => [name, what] as const)))
      wildcards = rows.flatMap(([ops, what]) => wildcardsOf(ops).map(pattern => [pattern, what] as const))
    }
    if (found.has(op)) return found.get(op)
    const what = wildcards.find(([pattern]) => pattern.test(op))?.[1]
    found.set(op, what)
    return what
  }
}

const namesIn = (ops: string): string[] => ops.split(/\s+/).filter(Boolean)
/** The ops of a row that are written out. */
export const plainNames = (ops: string): string[] => namesIn(ops).filter(name => !name.includes('*'))
const wildcardsOf = (ops: string): RegExp[] =>
  namesIn(ops)
    .filter(name => name.includes('*'))
    .map(name => new RegExp(`^${name.replaceAll('*', '[\\w>]*')}$`))

/** The entry of a table for an op; undefined for a name that every object has, as \`constructor\`: ops are named by files. */
export const entryFor = <T>(table: Readonly<Record<string, T>>, op: string): T | undefined =>
  Object.hasOwn(table, op) ? table[op] : undefined
