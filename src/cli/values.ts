/** The values of the command line's options: how each is written, and what it becomes. */
import { InvalidArgumentError } from 'commander'
import type { PartialShape } from '../graph/attr.ts'

/** `a,b` → ['a', 'b']; '' → []. */
export const names = (text: string): string[] =>
  text
    .split(',')
    .map(name => name.trim())
    .filter(Boolean)

/** `IN=1,224,224,3`, repeatable; `?` or -1 is a size that stays open, nothing after `=` is a scalar. */
export function shape(text: string, before: ReadonlyMap<string, PartialShape> = new Map()): Map<string, PartialShape> {
  const [key, sizes] = pair(text, 'IN=1,224,224,3')
  const dims = names(sizes).map(size => {
    if (size === '?' || size === '-1') return null
    if (!/^\d+$/.test(size)) throw new InvalidArgumentError(`'${size}' is not a size. Write it as IN=1,224,224,3.`)
    return Number(size)
  })
  return new Map(before).set(key, dims)
}

/** `OLD=NEW`, repeatable. */
export function rename(text: string, before: ReadonlyMap<string, string> = new Map()): Map<string, string> {
  const [from, to] = pair(text, 'OLD=NEW')
  if (!to) throw new InvalidArgumentError('the new name is empty. Write it as OLD=NEW.')
  return new Map(before).set(from, to)
}

function pair(text: string, form: string): [string, string] {
  const at = text.lastIndexOf('=')
  if (at < 1) throw new InvalidArgumentError(`there is no '='. Write it as ${form}.`)
  return [text.slice(0, at), text.slice(at + 1)]
}
