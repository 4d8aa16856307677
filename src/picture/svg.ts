/** A layout as the text of an SVG file, which needs nothing else to look right. */
import { arrowTip, drawing, type Element, element } from './drawing.ts'
import type { Layout } from './layout.ts'
import { PALETTE, PICTURE_STYLE } from './style.ts'

const MARGIN = 20

/** The file. */
export function svg(layout: Layout, title: string): string {
  const [width, height] = [Math.ceil(layout.width) + 2 * MARGIN, Math.ceil(layout.height) + 2 * MARGIN]
  const root = element(
    'svg',
    {
      xmlns: 'http://www.w3.org/2000/svg',
      width,
      height,
      viewBox: `${-MARGIN} ${-MARGIN} ${width} ${height}`,
      class: 'picture',
    },
    [
      element('title', {}, [title]),
      element('style', {}, [PALETTE + PICTURE_STYLE]),
      element('defs', {}, [arrowTip()]),
      element('rect', { x: -MARGIN, y: -MARGIN, width, height, style: 'fill: var(--canvas)' }),
      ...drawing(layout),
    ],
  )
  return `${written(root)}\n`
}

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }
/** XML cannot hold control characters: they become the sign for what cannot be shown. */
const escaped = (text: string): string =>
  text.replace(/[^\P{Cc}\t\n\r]/gu, '\ufffd').replace(/[&<>"]/g, c => ESCAPES[c]!)

/** An element as XML. Depth is that of a drawing: a handful. */
function written({ tag, attrs, children }: Element): string {
  const words = Object.entries(attrs).map(([name, value]) => ` ${name}="${escaped(String(value))}"`)
  const inner = children.map(child => (typeof child === 'string' ? escaped(child) : written(child))).join('')
  return inner ? `<${tag}${words.join('')}>${inner}</${tag}>` : `<${tag}${words.join('')}/>`
}
