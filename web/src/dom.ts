/** Builds elements. */

type Child = Node | string | number | false | null | undefined | readonly Child[]
type Props = Readonly<Record<string, string | number | boolean | undefined | ((event: never) => void)>>

/** An HTML element: `on…` are listeners, `true` an attribute without a value; what is undefined or false is left out. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  props: Props = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag)
  for (const [name, value] of Object.entries(props)) set(made, name, value)
  append(made, children)
  return made
}

function set(on: HTMLElement, name: string, value: Props[string]): void {
  if (value === undefined || value === false) return
  if (typeof value === 'function') on.addEventListener(name.slice(2), value as EventListener)
  else if (name === 'value' && 'value' in on) on.value = String(value)
  else on.setAttribute(name, value === true ? '' : String(value))
}

function append(to: HTMLElement, children: readonly Child[]): void {
  for (const child of children) {
    if (child === false || child === null || child === undefined) continue
    if (Array.isArray(child)) append(to, child)
    else to.append(typeof child === 'number' ? String(child) : (child as Node | string)) // what is left of the union
  }
}

/** Puts other children in the place of all there are. */
export function fill(element: HTMLElement, ...children: Child[]): void {
  element.replaceChildren()
  append(element, children)
}

const SVG = 'http://www.w3.org/2000/svg'

/** An SVG element. */
export function s<K extends keyof SVGElementTagNameMap>(
  tag: K,
  attrs: Readonly<Record<string, string | number>> = {},
): SVGElementTagNameMap[K] {
  const made = document.createElementNS(SVG, tag)
  for (const [name, value] of Object.entries(attrs)) made.setAttribute(name, String(value))
  return made
}
