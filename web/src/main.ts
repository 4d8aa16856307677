/** The page: starts the worker, and shows what was served, dropped or picked. */
import { PALETTE, PICTURE_STYLE } from '../../src/picture/style.ts'
import { initialState, read, written } from './address.ts'
import { CallError, Client, type Pending } from './client.ts'
import { fill, h } from './dom.ts'
import type { LocalFiles, OpenChoice, Opened, OpenParams, ServedListing } from './protocol.ts'
import { refusedPage } from './refused.ts'
import { acceptDrops, startPage } from './start.ts'
import { Workspace } from './workspace.ts'

const sheet = new CSSStyleSheet()
sheet.replaceSync(PALETTE + PICTURE_STYLE)
document.adoptedStyleSheets = [sheet]

const app = document.getElementById('app')!
const client = new Client()
const body = h('div', { class: 'body' })
const bar = h('div', { class: 'bar' })
let state = read(location.hash)
let workspace: Workspace | undefined

const header = h(
  'header',
  {},
  h('span', { class: 'brand' }, h('img', { src: './icon.svg', alt: '', width: 22, height: 22 }), 'tfreeze'),
  bar,
  h('button', { type: 'button', class: 'quiet', onclick: toggleTheme, title: 'Light or dark' }, 'Theme'),
  h('button', { type: 'button', class: 'quiet', onclick: startAnew }, 'Open another'),
)
fill(app, header, body)

try {
  const theme = localStorage.getItem('theme')
  if (theme) document.documentElement.dataset['theme'] = theme
} catch {
  // The browser keeps nothing for this page: the theme is the system's.
}

function toggleTheme(): void {
  const root = document.documentElement
  const isDark = root.dataset['theme']
    ? root.dataset['theme'] === 'dark'
    : matchMedia('(prefers-color-scheme: dark)').matches
  root.dataset['theme'] = isDark ? 'light' : 'dark'
  try {
    localStorage.setItem('theme', root.dataset['theme'])
  } catch {
    // As above.
  }
}

function startAnew(): void {
  leave()
  state = initialState()
  history.replaceState(null, '', location.pathname)
  fill(bar)
  document.title = 'tfreeze'
  fill(body, start())
}

/** The page of `tfreeze view` may connect to no other server. */
const isView = document.documentElement.dataset['view'] !== undefined

const start = (): HTMLElement => startPage({ open: openFiles, ...(!isView && { openAddress }) })

function openFiles(files: LocalFiles): void {
  if (workspace) state = initialState()
  history.replaceState(null, '', location.pathname + location.hash)
  void openModel(files)
}

/** Opens a model on a web server. The page's own address names it from then on, to be kept or sent. */
function openAddress(address: string): void {
  history.replaceState(null, '', `?model=${encodeURIComponent(address)}${location.hash}`)
  void openModel({ address })
}

async function openModel(params: OpenParams): Promise<void> {
  leave()
  const name = 'served' in params ? params.served.name : 'address' in params ? params.address : params.name
  fill(bar)
  const cancel = h('button', { type: 'button', class: 'small', onclick: startAnew }, 'Cancel')
  fill(
    body,
    h('main', { class: 'start' }, h('h1', {}, `Opening ${name} …`), h('progress', { 'aria-label': 'Opening' }), cancel),
  )
  const opening: Pending<Opened> = client.call('open', { ...params, ...(state.tags && { tags: state.tags }) })
  try {
    show(await opening, params)
  } catch (error) {
    if (error instanceof CallError && error.isCancelled) return
    fill(body, refusedPage(name, error, { another: startAnew, again: choice => again(params, choice) }))
  }
}

/** Opens the same with what the user chose. */
function again(params: OpenParams, { tags, ...choice }: OpenChoice): void {
  if (tags) state = { ...initialState(), tags }
  void openModel({ ...params, ...choice })
}

/** Ends whatever runs for the model that was open. */
function leave(): void {
  workspace?.close()
  workspace = undefined
  client.restart()
}

/** Ends what the worker does, however deep in it it is, and lets it have the model as it was before. */
async function interrupt(params: OpenParams): Promise<void> {
  client.restart()
  await client.call('open', { ...params, ...(state.tags && { tags: state.tags }) })
}

function show(opened: Opened, params: OpenParams): void {
  document.title = `${opened.contents.name} – tfreeze`
  workspace = new Workspace(client, opened, state, {
    saved: () => history.replaceState(null, '', written(state)),
    chooseTags: tags => {
      state = { ...initialState(), tab: state.tab, tags }
      void openModel(params)
    },
    interrupt: () => interrupt(params),
  })
  fill(bar, h('span', { class: 'model-name', title: opened.contents.name }, opened.contents.name), workspace.tabs)
  fill(body, workspace.element)
  void workspace.start()
}

addEventListener('unhandledrejection', event => {
  if (!(event.reason instanceof CallError)) return
  event.preventDefault()
  workspace?.say(event.reason)
})

acceptDrops(openFiles)
const named = new URLSearchParams(location.search).get('model')
if (document.documentElement.dataset['served'] !== undefined) void openServed()
else if (named !== null && !isView) openAddress(named)
else fill(body, start())

/** Opens the model that `tfreeze view` serves beside the page. */
async function openServed(): Promise<void> {
  const base = new URL('./', location.href)
  const response = await fetch(new URL('model.json', base))
  const listing = (await response.json()) as Omit<ServedListing, 'base'> // written by the server of the same version
  await openModel({ served: { ...listing, base: new URL('model/', base).href } })
}
