/** The page before a model is open: what it is, and where to drop one. */
import { h } from './dom.ts'
import { dropped, picked } from './files.ts'
import type { LocalFiles } from './protocol.ts'

/** The events of the start page. */
export interface StartEvents {
  /** The user picked files. */
  open(files: LocalFiles): void
  /** The user gave an address; absent where the page may not connect to others. */
  openAddress?(address: string): void
}

/** Screens of a phone, as the style sheet has them. */
const PHONE = '(max-width: 640px)'
const DOCUMENTATION = 'https://www.npmjs.com/package/tfreeze'

/** The start page. */
export function startPage({ open, openAddress }: StartEvents): HTMLElement {
  const file = h('input', {
    type: 'file',
    multiple: true,
    id: 'pick-files',
    class: 'unseen',
    tabindex: -1,
    onchange: () => take(file),
  })
  const folder = h('input', {
    type: 'file',
    webkitdirectory: true,
    id: 'pick-folder',
    class: 'unseen',
    tabindex: -1,
    onchange: () => take(folder),
  })
  const take = (input: HTMLInputElement): void => {
    const files = picked(input.files ?? [])
    if (files) open(files)
  }
  file.setAttribute('aria-label', 'Model files')
  folder.setAttribute('aria-label', 'Model folder')
  const button = (text: string, isFirst: boolean, act: () => void): HTMLElement =>
    h('button', { type: 'button', ...(isFirst && { class: 'primary' }), onclick: act }, text)
  // A phone has no folders to choose, and nothing to drop.
  const isPhone = matchMedia(PHONE).matches
  const ways = [
    button('Choose a folder', !isPhone, () => folder.click()),
    button('Choose files', isPhone, () => file.click()),
    button('Try a sample', false, () => void sample().then(open)),
  ]
  return h(
    'main',
    { class: 'start' },
    h('h1', {}, 'Look into a model and freeze it'),
    h(
      'p',
      { class: 'lead' },
      'TensorFlow SavedModels, Keras files and graphs become one self-contained file. Everything happens in this page: nothing is uploaded.',
    ),
    h(
      'p',
      {},
      'A frozen graph holds the computation and its weights in one file. Programs such as OpenCV, OpenVINO and those that use the C, Java or Go library of TensorFlow read it. ',
      h('a', { href: DOCUMENTATION, target: '_blank', rel: 'noopener' }, 'Documentation'),
    ),
    h(
      'div',
      { class: 'drop' },
      h('p', {}, isPhone ? 'Choose a model' : 'Drop a model here'),
      h(
        'p',
        { class: 'where' },
        isPhone
          ? '.zip or .tar.gz of a SavedModel, .h5, .keras, .pb, .pbtxt, the files of a TF.js model or checkpoint'
          : 'a SavedModel folder, .zip or .tar.gz, .h5, .keras, .pb, .pbtxt, the files of a TF.js model or checkpoint',
      ),
      h('div', { class: 'actions' }, isPhone ? ways.slice(1) : ways),
      file,
      folder,
    ),
    openAddress && addressForm(openAddress),
  )
}

/** Asks for the address of a model on a web server. */
function addressForm(open: (address: string) => void): HTMLElement {
  const input = h('input', {
    type: 'url',
    id: 'address',
    required: true,
    pattern: 'https?://.+',
    placeholder: 'https://example.com/model.keras',
  })
  const form = h(
    'form',
    { class: 'address' },
    h('label', { for: 'address' }, 'Or open one from a web server'),
    h('div', { class: 'actions' }, input, h('button', { type: 'submit' }, 'Open')),
    h(
      'p',
      { class: 'where' },
      'A file, or a folder that holds saved_model.pb or model.json. Only the parts that are needed are read; the server must let other pages read it (CORS).',
    ),
  )
  form.addEventListener('submit', event => {
    event.preventDefault()
    open(input.value.trim())
  })
  return form
}

/** A small network that tells digits apart, which lies beside the page. */
async function sample(): Promise<LocalFiles> {
  const answer = await fetch('./digits.zip')
  const file = new File([await answer.blob()], 'digits.zip')
  return { name: file.name, files: [{ path: file.name, file }] }
}

/** Lets models be dropped anywhere on the page. */
export function acceptDrops(open: (files: LocalFiles) => void): void {
  let depth = 0
  const mark = (by: number): void => {
    depth = Math.max(0, depth + by)
    document.body.classList.toggle('dropping', depth > 0)
  }
  addEventListener('dragenter', () => mark(1))
  addEventListener('dragleave', () => mark(-1))
  addEventListener('dragover', event => event.preventDefault())
  addEventListener('drop', event => {
    event.preventDefault()
    mark(-depth)
    if (!event.dataTransfer) return
    void dropped(event.dataTransfer).then(files => files && files.files.length > 0 && open(files))
  })
}
