/** The words of names: what boxes beside each other have in common, and what tells them apart. */

/**
 * A name in words: `block_3_expand_BN` is block_3, expand, BN; `conv2_block1_1_conv` is
 * conv2, block1, 1, conv. A number belongs to the word before it that has none.
 */
export const wordsOf = (name: string): readonly string[] => name.match(/[^_/]*[^\d_/][^_/]*_\d+(?![^_/])|[^_/]+/g) ?? []

/** The beginning of a name, as many words long; undefined where the name has no more words. */
export function beginning(name: string, words: number): string | undefined {
  const all = wordsOf(name)
  if (all.length <= words) return undefined
  let end = 0
  for (const word of all.slice(0, words)) end = name.indexOf(word, end) + word.length
  return name.slice(0, end)
}

/** What is left of a name behind a beginning that its group is called by. */
export function behind(name: string, start: string): string {
  if (!name.startsWith(start)) return name
  return name.slice(start.length).replace(/^[_/]+/, '') || name
}

/** Cuts what a long name has in common with others from its front: what differs stays. */
export function withoutCommon(name: string, others: readonly string[], letters: number): string {
  if (name.length <= letters) return name
  let common = 0
  for (const other of others) {
    if (other === name) continue
    let same = 0
    while (same < name.length && name[same] === other[same]) same++
    common = Math.max(common, same)
  }
  const word = Math.max(name.lastIndexOf('_', common - 1), name.lastIndexOf('/', common - 1)) + 1
  return word > 1 ? `…${name.slice(word)}` : name
}
