/** Detects the kind of an input by its content, never by names and extensions. */
import { checkedFolder } from '../bytes/folder.ts'
import { type ByteSource, type Folder, type Input, isFolder } from '../bytes/source.ts'
import { isFreezeError } from '../errors.ts'
import { isHdf5 } from '../formats/hdf5/signature.ts'
import { decodeMessage } from '../formats/protobuf/decode.ts'
import { scanMessage } from '../formats/protobuf/scan.ts'
import { type MessageSniff, sniffMessage } from '../formats/protobuf/sniff.ts'
import { isRiegeli } from '../formats/riegeli/signature.ts'
import { GraphDef, NodeDef } from '../tensorflow/generated/messages.ts'

/** Facts about an input that are known without reading it whole: found once, and handed to whatever opens the input. */
export interface Probe {
  readonly name: string
  /** The folder that was given, or the one around the file that was. */
  readonly folder?: Folder
  /** The file that was given. */
  readonly file?: ByteSource
  /** Its first bytes; empty for a folder. */
  readonly head: Uint8Array
  /** Whether the file holds HDF5, which may begin behind other bytes. */
  readonly isHdf5: boolean
  /** TensorFlow's message that the file seems to hold. */
  readonly message?: MessageSniff
  /** The files of the folder that was given; empty for a file. */
  readonly paths: readonly string[]
  /** The files of the archive that was given. */
  readonly archive?: Folder
}

const HEAD_BYTES = 1024

/** Probes an input. `siblings` is the folder that a file lies in, where the caller knows it. */
export async function probe(input: Input, siblings?: Folder): Promise<Probe> {
  const none = new Uint8Array(0)
  if (isFolder(input))
    return { name: input.name, folder: checkedFolder(input), head: none, isHdf5: false, paths: await input.paths() }
  const head = await input.read(0, Math.min(HEAD_BYTES, input.size))
  const found = {
    name: input.name,
    file: input,
    head,
    isHdf5: await isHdf5(input),
    paths: [],
    ...(siblings && { folder: checkedFolder(siblings) }),
  }
  if (found.isHdf5) return found
  if (isArchive(head)) {
    const { archiveFolder } = await import('../formats/archive.ts') // seldom needed
    const archive = await archiveFolder(input)
    return archive ? { ...found, archive } : found
  }
  const message = (await sniffMessage(input)) ?? (await decodedGraph(input))
  return message ? { ...found, message } : found
}

/** A graph that its first fields do not show: what decodes as nodes with ops is one. */
async function decodedGraph(input: ByteSource): Promise<MessageSniff | undefined> {
  try {
    const { message } = await scanMessage(input, GraphDef)
    const isNode = (bytes: Uint8Array): boolean => {
      const { name, op } = decodeMessage(NodeDef, bytes, { file: input.name })
      return name !== '' && op !== ''
    }
    const isGraph = message.node.length > 0 && message.node.every(isNode)
    return isGraph ? { message: 'GraphDef', form: 'binary' } : undefined
  } catch (error) {
    if (isFreezeError(error)) return undefined
    throw error
  }
}

const startsWith = (head: Uint8Array, bytes: readonly number[], at = 0): boolean =>
  bytes.every((byte, i) => head[at + i] === byte)
const ascii = (text: string): number[] => [...text].map(c => c.charCodeAt(0))

const isArchive = (head: Uint8Array): boolean =>
  startsWith(head, ascii('PK')) || startsWith(head, [0x1f, 0x8b]) || startsWith(head, ascii('ustar'), 257)

const text = (head: Uint8Array): string => new TextDecoder().decode(head)

/** A web page that was saved instead of the file it shows. */
export const isHtml = ({ head }: Probe): boolean => /^\s*<(!doctype|html|\?xml)/i.test(text(head))
/** The text that git leaves in place of a large file that was not fetched. */
export const isLfsPointer = ({ head }: Probe): boolean =>
  text(head).startsWith('version https://git-lfs.github.com/spec/')
/** A model's architecture as `to_json` gives it, or the index of sharded weights. */
export const isKerasJson = ({ head }: Probe): boolean =>
  /^\s*\{.*"(class_name|weight_map)"/s.test(text(head)) && !/"(modelTopology|weightsManifest)"/.test(text(head))
/** A SavedModel in chunks, which are in Riegeli's container. */
export const isChunked = ({ head }: Probe): boolean => isRiegeli(head)
/** TensorFlow Lite's flat buffer. */
export const isTfLite = ({ head }: Probe): boolean => startsWith(head, ascii('TFL3'), 4)

const TABLE_MAGIC = [0x57, 0xfb, 0x80, 0x8b, 0x24, 0x75, 0x47, 0xdb]

/** A sorted string table: the index of a checkpoint, or a V1 checkpoint itself. */
export async function isTable({ file }: Probe): Promise<boolean> {
  if (!file || file.size < TABLE_MAGIC.length) return false
  return startsWith(await file.read(file.size - TABLE_MAGIC.length, TABLE_MAGIC.length), TABLE_MAGIC)
}
