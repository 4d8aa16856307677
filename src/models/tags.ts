/** Which metagraph of a SavedModel to open. */
import { FreezeError } from '../errors.ts'

/** The tag that serving, and most exporters, use. */
const SERVE = 'serve'

const setName = (tags: readonly string[]): string => (tags.length === 0 ? "''" : `'${[...tags].sort().join(',')}'`)

function equalSets(a: readonly string[], b: readonly string[]): boolean {
  const want = new Set(a)
  return want.size === new Set(b).size && b.every(tag => want.has(tag))
}

/**
 * The index of the metagraph whose tags are `wanted`, as sets; the first where
 * several are. Without `wanted` the only metagraph, else the one tagged `serve`.
 * Throws `missing` with the tag sets that there are.
 */
export function chooseMetaGraph(
  tagSets: readonly (readonly string[])[],
  wanted: readonly string[] | undefined,
  file: string,
): number {
  if (tagSets.length === 0) {
    throw new FreezeError('missing', 'the SavedModel holds no metagraph', { file, hint: 'Export the model again.' })
  }
  if (!wanted && tagSets.length === 1) return 0
  const tags = (wanted ?? [SERVE]).filter(tag => tag !== '')
  const index = tagSets.findIndex(set => equalSets(set, tags))
  if (index >= 0) return index
  const sets = tagSets.map(setName).join(' and ')
  const asked = wanted
    ? `no metagraph has the tags ${setName(tags)}`
    : `none of the ${tagSets.length} metagraphs is tagged '${SERVE}'`
  throw new FreezeError('missing', `${asked}; the model has ${sets}`, {
    file,
    hint: `Choose one of these with --tags, for example --tags ${setName(tagSets[0]!)}.`,
  })
}
