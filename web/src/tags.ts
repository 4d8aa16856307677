/** The choice among the metagraphs of a SavedModel. */
import type { Contents } from '../../src/inspect/contents.ts'
import { h } from './dom.ts'

/** A choice of tags, with the signatures that each metagraph has; `choose` is told others than the current ones. */
export function tagChoice(
  { metagraphs, tags: current }: Pick<Contents, 'metagraphs' | 'tags'>,
  choose: (tags: readonly string[]) => void,
  id?: string,
): HTMLElement {
  const key = (tags: readonly string[]): string => [...tags].sort().join(',')
  const select = h(
    'select',
    {
      ...(id === undefined ? { 'aria-label': 'Metagraph' } : { id }),
      onchange: () => choose(metagraphs[Number(select.value)]!.tags),
    },
    metagraphs.map(({ tags, signatures }, i) =>
      h(
        'option',
        { value: i, selected: key(tags) === key(current ?? []) },
        `${tags.join(', ') || '(none)'} — ${signatures.join(', ') || 'no signature'}`,
      ),
    ),
  )
  return select
}
