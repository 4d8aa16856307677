/** Describes an input that cannot be opened as one model: what it seems to be, and what to do. */
import { FreezeError } from '../errors.ts'
import { listed } from '../graph/names.ts'
import { isHtml, isLfsPointer, type Probe } from './detect.ts'
import { foreignFormat, signsOf } from './foreign.ts'
import { GRAPH_FILES } from './saved-model.ts'

/** The inputs that can be given, in a line; the whole list is in the help of each command. */
const EXPECTED =
  'Give a SavedModel folder, a Keras .h5 or .keras file, a frozen graph (.pb, .pbtxt), a TensorFlow 1 checkpoint, a TF.js model.json, or an archive of one of these.'

/** The refusal of an input that is nothing that is known. */
export async function unknownInput(probe: Probe): Promise<FreezeError> {
  const foreign = foreignFormat(await signsOf(probe))
  const [what, hint] = foreign
    ? [`this is ${foreign.what}, which tfreeze does not read`, foreign.hint]
    : probe.file && !probe.archive
      ? describeFile(probe, probe.file.size)
      : describeFolder(probe, (await probe.archive?.paths()) ?? probe.paths)
  return new FreezeError('unsupported', what, { file: probe.name, hint })
}

/** Whether an archive is another program's, or holds several models: then what is in it is not looked at further. */
export async function isRefusedArchive(probe: Probe): Promise<boolean> {
  const signs = await signsOf(probe)
  const isNested = signs.paths.every(path => path.includes('/') && !/^\d+\//.test(path))
  return foreignFormat(signs) !== undefined || (isNested && innerModels(signs.paths).length > 1)
}

function describeFile(probe: Probe, size: number): [string, string] {
  if (size === 0) return ['the file is empty', 'It was not copied whole: copy or export it again.']
  if (isHtml(probe)) return ['this is a web page, not a model', 'Download the file itself, not the page that shows it.']
  if (isLfsPointer(probe))
    return ["this is git's pointer to a large file, not the file", 'Fetch it with: git lfs pull.']
  return [`this ${isText(probe) ? 'text file' : 'file'} is not a model that tfreeze knows`, EXPECTED]
}

/** Whether the first bytes are what an editor would show. */
const isText = ({ head }: Probe): boolean => !/[\u{fffd}\0]/u.test(new TextDecoder().decode(head, { stream: true }))

function describeFolder({ name, archive }: Probe, paths: readonly string[]): [string, string] {
  const it = archive ? 'the archive' : 'the folder'
  if (paths.length === 0) return [`${it} is empty`, EXPECTED]
  const models = innerModels(paths)
  const [first, ...others] = models
  if (first === undefined) return [`${it} does not hold a model, only ${listed(paths)}`, EXPECTED]
  const place = archive ? 'Unpack it and give' : 'Give'
  const path = (inner: string): string => (archive ? inner : `${name}/${inner}`)
  if (others.length === 0) return [`${it} is not a model, but ${first} inside it is`, `${place} ${path(first)}.`]
  return [`${it} holds ${models.length} models: ${listed(models)}`, `${place} one of them, for example ${path(first)}.`]
}

/** The models further down, each by its folder or file. */
function innerModels(paths: readonly string[]): string[] {
  const folders = paths.flatMap(path => {
    const [, folder, file = ''] = /^(.+)\/([^/]+)$/.exec(path) ?? []
    return folder !== undefined && GRAPH_FILES.some(name => name === file) ? [folder] : []
  })
  const files = paths.filter(path => /\.(h5|hdf5|keras|pb|pbtxt|meta)$/i.test(path))
  const isInside = (path: string): boolean => folders.some(folder => path.startsWith(`${folder}/`))
  return [...new Set([...folders, ...files.filter(path => !isInside(path))])]
}
