/** Opens what the user dropped, picked, or gave to `tfreeze view`. */
import { type ByteSource, type Folder, fromBlob, fromFiles, type Input } from '../../../src/bytes/source.ts'
import { type Contents, contents, verdicts } from '../../../src/inspect/inspection.ts'
import { type OpenOptions, open } from '../../../src/models/index.ts'
import type { Model } from '../../../src/models/model.ts'
import { PASSES } from '../../../src/passes/index.ts'
import { readableFunction } from '../../../src/picture/bodies.ts'
import type { LocalFiles, Methods, Opened, OpenParams, ServedListing } from '../protocol.ts'
import { fromAddress } from './remote-source.ts'
import type { Session } from './session.ts'

export async function openModel(session: Session, params: OpenParams): Promise<Opened> {
  const { input, siblings, listed } = 'served' in params ? served(params.served) : local(params)
  const model = await open(input, { ...optionsFor(params), ...(siblings && { siblings }) })
  session.model = model
  return described(model, await contents(model), listed)
}

export async function verdictsOf(session: Session): Promise<Methods['verdicts']['result']> {
  const found = await verdicts(session.model)
  return { verdicts: found, notes: session.model.notes }
}

interface Given {
  readonly input: Input
  readonly siblings?: Folder
  readonly listed: readonly { readonly path: string; readonly bytes: number }[]
}

const optionsFor = ({ tags }: OpenParams): OpenOptions => (tags ? { tags } : {})

/** One file is the model; several are the folder it lies in. */
function local({ name, files }: LocalFiles): Given {
  const listed = files.map(({ path, file }) => ({ path, bytes: file.size }))
  const sources = new Map<string, ByteSource>(files.map(({ path, file }) => [path, fromBlob(file, baseName(path))]))
  const folder = fromFiles(sources, name)
  const main = files.length === 1 ? files[0]!.path : mainFile([...sources.keys()])
  if (main === undefined) return { input: folder, listed }
  return { input: sources.get(main)!, siblings: folder, listed }
}

/** Where no folder says what belongs together: a Keras configuration beside its weights, a graph beside others. */
function mainFile(paths: readonly string[]): string | undefined {
  if (paths.some(path => path.includes('/') || /^saved_model\.pb(txt)?$/.test(path))) return undefined
  return paths.find(path => path.endsWith('.weights.json')) ?? paths.find(path => path.endsWith('.meta'))
}

function served({ base, name, main, files }: ServedListing): Given {
  const listed = files.map(({ path, size }) => ({ path, bytes: size }))
  const sources = new Map(
    files.map(({ path, size }) => [
      path,
      fromAddress(base + path.split('/').map(encodeURIComponent).join('/'), baseName(path), size),
    ]),
  )
  const folder = fromFiles(sources, name)
  return main === undefined ? { input: folder, listed } : { input: sources.get(main)!, siblings: folder, listed }
}

const baseName = (path: string): string => path.slice(path.lastIndexOf('/') + 1)

function described(model: Model, found: Contents, listed: Given['listed']): Opened {
  const nodes = [...model.graph.nodes]
  return {
    contents: found,
    functions: [...model.graph.functions.values()].map(f => ({
      name: f.name,
      label: readableFunction(f.name),
      nodes: f.body.nodes.size,
    })),
    passes: PASSES.map(({ name, sentence, on }) => ({ name, sentence, isOn: on })),
    tables: [...nodes, ...[...model.graph.functions.values()].flatMap(f => [...f.body.nodes])]
      .filter(node => /HashTable/.test(node.op))
      .map(node => ({
        name: node.name,
        op: node.op,
        types: tableTypes(node.attr('key_dtype'), node.attr('value_dtype')),
      })),
    assets: listed.filter(({ path }) => /(^|\/)assets(\.extra)?\//.test(path)),
    inputs: nodes.filter(node => /^Placeholder/.test(node.op)).map(node => node.name),
  }
}

const tableTypes = (...attrs: readonly ({ kind: string; value?: unknown } | undefined)[]): string =>
  attrs.map(attr => (attr?.kind === 'type' ? String(attr.value) : '?')).join(' → ')
