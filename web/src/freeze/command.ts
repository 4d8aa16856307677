/** The command line that does what the page is set to do. */
import type { FreezeParams } from '../protocol.ts'

const plainWord = /^[\w@%+=:,./-]+$/

const quoted = (word: string): string => (plainWord.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`)

const shape = (sizes: readonly (number | null)[]): string => sizes.map(size => size ?? '?').join(',')

/** `tfreeze freeze MODEL -o OUT …`, with the options that are not as they are anyway. */
export function commandLine(
  model: string,
  out: string,
  params: FreezeParams,
  tags: readonly string[] | undefined,
  isDefaultSignature: boolean,
): string {
  const words = ['tfreeze', 'freeze', model, '-o', out]
  if (tags) words.push('--tags', tags.join(','))
  if (params.signature !== undefined && !isDefaultSignature) words.push('--signature', params.signature)
  if (params.outputs) words.push('--outputs', params.outputs.join(','))
  if (params.inputs) words.push('--inputs', params.inputs.join(','))
  for (const [name, sizes] of params.shapes) words.push('--shape', `${name}=${shape(sizes)}`)
  for (const [from, to] of params.renames) words.push('--rename', `${from}=${to}`)
  if (params.controlFlow === 'v2') words.push('--control-flow', 'v2')
  if (params.tables === 'constants') words.push('--tables', 'constants')
  if (params.rnn !== 'auto') words.push('--rnn', params.rnn)
  if (params.passes === 'default') words.push('-O')
  else if (params.passes !== undefined) words.push('--passes', params.passes)
  return words.map(quoted).join(' ')
}
