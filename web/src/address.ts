/** The state of the page in its address, behind `#`: a link restores the view once the model is open. */
import type { DocumentName } from './protocol.ts'

export type Tab = 'overview' | 'graph' | 'freeze'

export interface ViewState {
  tab: Tab
  document: DocumentName
  /** A function that is looked at on its own. */
  root: string | undefined
  inline: boolean
  whole: boolean
  /** Undefined: the one that freezing takes anyway. */
  signature: string | undefined
  /** Undefined: what is open at first. */
  open: readonly string[] | undefined
  selected: string | undefined
  /** The middle of the view and how much it is magnified; undefined: all of it. */
  camera: { x: number; y: number; scale: number } | undefined
  tags: readonly string[] | undefined
}

export const initialState = (): ViewState => ({
  tab: 'overview',
  document: 'model',
  root: undefined,
  inline: true,
  whole: false,
  signature: undefined,
  open: undefined,
  selected: undefined,
  camera: undefined,
  tags: undefined,
})

/** Addresses longer than this are cut by some programs. */
const MAX_LENGTH = 8000

/** The state as an address, without what is as at first. */
export function written(state: ViewState): string {
  const words = new URLSearchParams()
  words.set('view', state.tab)
  if (state.root !== undefined) words.set('function', state.root)
  if (!state.inline) words.set('functions', 'apart')
  if (state.whole) words.set('whole', '1')
  if (state.signature !== undefined) words.set('signature', state.signature)
  if (state.tags) words.set('tags', state.tags.join(','))
  if (state.selected !== undefined) words.set('node', state.selected)
  if (state.camera)
    words.set('at', [state.camera.x, state.camera.y, state.camera.scale].map(n => Number(n.toFixed(3))).join(','))
  if (state.open) words.set('open', state.open.map(id => id.replaceAll(' ', '%20')).join(' '))
  const text = `#${words}`
  if (text.length <= MAX_LENGTH) return text
  words.delete('open')
  return `#${words}`
}

/** Reads an address; what is not understood is as at first. */
export function read(hash: string): ViewState {
  const words = new URLSearchParams(hash.replace(/^#/, ''))
  const state = initialState()
  const tab = words.get('view')
  if (tab === 'overview' || tab === 'graph' || tab === 'freeze') state.tab = tab
  state.root = words.get('function') ?? undefined
  state.inline = words.get('functions') !== 'apart'
  state.whole = words.get('whole') === '1'
  state.signature = words.get('signature') ?? undefined
  state.tags = words.get('tags')?.split(',').filter(Boolean)
  state.selected = words.get('node') ?? undefined
  state.open = words
    .get('open')
    ?.split(' ')
    .filter(Boolean)
    .map(id => id.replaceAll('%20', ' '))
  const [x, y, scale] = (words.get('at') ?? '').split(',').map(Number)
  if (x !== undefined && y !== undefined && scale !== undefined && [x, y, scale].every(Number.isFinite) && scale > 0)
    state.camera = { x, y, scale }
  return state
}
