/** Tables: long ones grow on request, are sorted by a column and searched. */
import { fill, h } from './dom.ts'

export type Cell = string | HTMLElement

/** Rows of a long table that are shown at first, and how many more each time. */
const PAGE_ROWS = 50
/** Rows after which a table can be searched. */
const SEARCHED = 10

/** A table of ready cells. */
export function table(head: readonly string[], rows: readonly (readonly Cell[])[]): HTMLElement {
  const headings = head.map(text => h('th', { scope: 'col' }, text || h('span', { class: 'unseen' }, 'Side')))
  const { element, show } = growing(head.filter(Boolean).join(', '), headings)
  show(rows.map(cells => () => cells))
  return element
}

/** A column: its cells, and what rows are sorted by. */
export interface Column<T> {
  readonly title: string
  readonly cell: (row: T) => Cell
  readonly key: (row: T) => string | number
}

/** A table that is sorted by a click on a column's title, and searched by the text of a row. */
export function sortableTable<T>(
  columns: readonly Column<T>[],
  rows: readonly T[],
  { label, text }: { readonly label: string; readonly text: (row: T) => string },
): HTMLElement {
  let sorted: { readonly column: Column<T>; readonly isDown: boolean } | undefined
  const search = h('input', {
    type: 'search',
    class: 'table-search',
    placeholder: `Search the ${label}`,
    'aria-label': `Search the ${label}`,
    spellcheck: 'false',
    oninput: () => draw(),
  })
  const headings = columns.map(column => {
    const sort = (): void => {
      const isDown = sorted?.column === column ? !sorted.isDown : typeof column.key(rows[0]!) === 'number'
      sorted = { column, isDown }
      for (const heading of headings) heading.removeAttribute('aria-sort')
      made.setAttribute('aria-sort', isDown ? 'descending' : 'ascending')
      draw()
    }
    const made = h(
      'th',
      { scope: 'col' },
      h('button', { type: 'button', class: 'sorter', onclick: sort }, column.title),
    )
    return made
  })
  const { element, show } = growing(label, headings)
  function draw(): void {
    const wanted = search.value.trim().toLowerCase()
    const found = wanted ? rows.filter(row => text(row).toLowerCase().includes(wanted)) : [...rows]
    if (sorted) found.sort(by(sorted.column.key, sorted.isDown))
    show(found.map(row => () => columns.map(column => column.cell(row))))
  }
  draw()
  return rows.length > SEARCHED ? h('div', { class: 'searched' }, search, element) : element
}

const by =
  <T>(key: (row: T) => string | number, isDown: boolean) =>
  (a: T, b: T): number => {
    const [x, y] = [key(a), key(b)]
    const order = typeof x === 'number' && typeof y === 'number' ? x - y : compareNames(String(x), String(y))
    return isDown ? -order : order
  }

/** `block_2` before `block_10`. */
const { compare: compareNames } = new Intl.Collator('en', { numeric: true })

function growing(
  label: string,
  headings: readonly HTMLElement[],
): { readonly element: HTMLElement; readonly show: (rows: readonly (() => readonly Cell[])[]) => void } {
  const body = h('tbody')
  const more = h('button', { type: 'button', class: 'small', onclick: () => grow() })
  let rows: readonly (() => readonly Cell[])[] = []
  let shown = 0
  const grow = (): void => {
    for (const cells of rows.slice(shown, shown + PAGE_ROWS))
      body.append(
        h(
          'tr',
          {},
          cells().map(cell => h('td', {}, cell)),
        ),
      )
    shown = Math.min(rows.length, shown + PAGE_ROWS)
    more.hidden = shown === rows.length
    more.textContent = `Show more (${(rows.length - shown).toLocaleString('en')} left)`
  }
  const scrolled = h(
    'div',
    { class: 'table', tabindex: 0, role: 'region', 'aria-label': label },
    h('table', {}, h('thead', {}, h('tr', {}, headings)), body),
    more,
  )
  return {
    element: scrolled,
    show(all) {
      rows = all
      shown = 0
      fill(body)
      grow()
    },
  }
}
