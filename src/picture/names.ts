/** The words of names: what boxes beside each other have in common, and what tells them apart. */

/**
 * A name in words: `block_3_expand_BN` is block_3, expand, BN; `conv2_block1_1_conv` is
 * conv2, block1, 1, conv. A number belongs to the word before it, unless that ends in one.
 */
export const wordsOf = (name: string): readonly string[] => name.match(/[^_/]*[^\d_/]_\d+(?![^_/])|[^_/]+/g) ?? []

/** The beginning of a name, as many words long; undefined where the name has no more words. */
export function beginning(name: string, words: number): string | undefined {
  const all = wordsOf(name)
  if (all.length <= words) return undefined
  let end = 0
  for (const word of all.slice(0, words)) end = name.indexOf(word, end) + word.length
  return name.slice(0, end)
}

/** The longest beginning, in words, that all these names have before their last word; as long as `least` at the least. */
export function commonBeginning(names: readonly string[], least: string): string {
  let common = least
  for (let words = wordsOf(least).length + 1; ; words++) {
    const next = beginning(names[0]!, words)
    if (next === undefined || !names.every(name => beginning(name, words) === next)) return common
    common = next
  }
}

/** The rest of a name behind the prefix by which its group is called. */
export function behind(name: string, start: string): string {
  if (!name.startsWith(start)) return name
  return name.slice(start.length).replace(/^[_/]+/, '') || name
}

/** Cuts words that a name has in common with others from its front, until it has at most so many letters: what differs stays. */
export function withoutCommon(name: string, others: readonly string[], letters: number): string {
  const common = Math.max(0, ...others.filter(other => other !== name).map(other => sameLetters(name, other)))
  const last = wordStart(name, common - 1)
  const fits = [...name.matchAll(/[_/](?=[^_/])/g)].map(({ index }) => index + 1).find(at => name.length - at < letters)
  const word = Math.min(last, fits ?? last)
  return word > 1 ? `…${name.slice(word)}` : name
}

/** The first and the last name of many, without what both begin with in the second. */
export const fromTo = (first: string, last: string): string =>
  `${first} – ${last.slice(wordStart(last, sameLetters(first, last))) || last}`

/** How many letters two names begin with alike. */
function sameLetters(name: string, other: string): number {
  let same = 0
  while (same < name.length && name[same] === other[same]) same++
  return same
}

/** Where the word begins that lies around a letter of a name, or behind the separator that is there. */
const wordStart = (name: string, at: number): number =>
  Math.max(name.lastIndexOf('_', at), name.lastIndexOf('/', at)) + 1
