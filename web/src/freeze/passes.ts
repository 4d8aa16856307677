/** Whether to optimise, and with which passes. */
import { fill, h } from '../dom.ts'
import type { FreezeParams, PassInfo } from '../protocol.ts'

type Optimise = 'all' | 'some' | 'off'

export class PassChoice {
  readonly element: HTMLElement
  readonly #list = h('fieldset', { class: 'passes', hidden: true })
  readonly #changed: () => void
  /** All passes, once they are known, and the names of those that are chosen. */
  #known: readonly PassInfo[] = []
  readonly #chosen = new Set<string>()
  #optimise: Optimise = 'all'

  constructor(changed: () => void) {
    this.#changed = changed
    this.element = h(
      'section',
      {},
      h(
        'fieldset',
        { class: 'choice' },
        h('legend', {}, 'Optimise for inference'),
        this.#radio('all', 'Yes'),
        this.#radio('some', 'Choose passes'),
        this.#radio('off', 'No'),
      ),
      this.#list,
    )
  }

  /** As the options `-O` and `--passes` take them. */
  values(): Pick<FreezeParams, 'optimize' | 'passes'> {
    switch (this.#optimise) {
      case 'all':
        return { optimize: true }
      case 'some': {
        const names = this.#known.map(pass => pass.name).filter(name => this.#chosen.has(name))
        return names.length > 0 ? { passes: names.join(',') } : {}
      }
      case 'off':
        return {}
    }
  }

  /** Lists the passes to choose from. */
  offer(all: readonly PassInfo[]): void {
    this.#known = all
    for (const { name, isEnabled } of all) if (isEnabled) this.#chosen.add(name)
    fill(
      this.#list,
      h('legend', { class: 'unseen' }, 'Passes'),
      all.map(pass => this.#pass(pass)),
    )
    this.#changed()
  }

  #radio(value: Optimise, label: string): HTMLElement {
    const choose = (): void => {
      this.#optimise = value
      this.#list.hidden = value !== 'some'
      this.#changed()
    }
    const checked = this.#optimise === value
    return h(
      'label',
      { class: 'radio' },
      h('input', { type: 'radio', name: 'optimise', value, checked, onchange: choose }),
      label,
    )
  }

  #pass({ name, description, isEnabled }: PassInfo): HTMLElement {
    const box = h('input', {
      type: 'checkbox',
      checked: isEnabled,
      onchange: () => {
        if (box.checked) this.#chosen.add(name)
        else this.#chosen.delete(name)
        this.#changed()
      },
    })
    return h(
      'label',
      { class: 'pass' },
      box,
      h('span', {}, h('strong', {}, name), h('span', { class: 'where' }, ` ${description}`)),
    )
  }
}
