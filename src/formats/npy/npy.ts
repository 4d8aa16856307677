/**
 * NumPy's file of one array:
 *
 *     magic     93 'NUMPY', version major, minor
 *     length    of the header: u16, from version 2 on u32
 *     header    {'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }
 *     elements  in C order, or the first index fastest
 *
 * Source: numpy/lib/format.py, "Format Version 1.0" to "3.0".
 */
import { type ByteSource, readAll } from '../../bytes/source.ts'
import { FreezeError } from '../../errors.ts'
import { MAX_DATA_BYTES, MAX_RANK } from '../../limits.ts'
import { decode, encode } from '../../tensor/codec.ts'
import { elementCount, type Shape, type Tensor } from '../../tensor/tensor.ts'
import { bytesPerElement, type DType } from '../../tensorflow/dtype.ts'

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59]
const PREFIX_BYTES = 10

/** Types by NumPy's kind and bytes. Sub-types that NumPy lacks (bfloat16) come as raw bytes, `V2`. */
const BY_DESCR = new Map<string, DType>(
  Object.entries({
    f2: 'float16',
    f4: 'float32',
    f8: 'float64',
    i1: 'int8',
    i2: 'int16',
    i4: 'int32',
    i8: 'int64',
    u1: 'uint8',
    u2: 'uint16',
    u4: 'uint32',
    u8: 'uint64',
    b1: 'bool',
    V2: 'bfloat16',
  }),
)
const DESCRS = new Map<DType, string>([...BY_DESCR].map(([descr, dtype]) => [dtype, descr]))

/** Whether a source begins as a `.npy` file does. */
export async function isNpy(source: ByteSource): Promise<boolean> {
  if (source.size < PREFIX_BYTES) return false
  const head = await source.read(0, MAGIC.length)
  return MAGIC.every((byte, i) => head[i] === byte)
}

interface Header {
  readonly descr: string
  readonly isFortran: boolean
  readonly shape: Shape
  /** Where the elements begin. */
  readonly start: number
}

/** The array of a `.npy` file. Throws `corrupt`, `truncated`, `unsupported` for types that TensorFlow lacks, and `limit`. */
export async function readNpy(source: ByteSource): Promise<Tensor> {
  const bytes = await readAll(source, MAX_DATA_BYTES)
  const { descr, isFortran, shape, start } = headerOf(bytes, source.name)
  const [, order = '', kind = '', size = ''] = /^([<>|=]?)([a-zA-Z])(\d*)$/.exec(descr) ?? []
  const isBigEndian = order === '>'
  const count = elementCount(shape)
  if (kind === 'U' || kind === 'S') {
    const width = Number(size) * (kind === 'U' ? 4 : 1)
    const values = strings(bytesAt(source, bytes, start, count * width), count, width, kind, isBigEndian)
    const inOrder = isFortran ? cOrder(shape).map(at => values[at]!) : values
    return { dtype: 'string', shape, recipe: { kind: 'strings', values: inOrder } }
  }
  const dtype = BY_DESCR.get(kind + size)
  if (!dtype) throw unknownType(source.name, descr)
  const width = bytesPerElement(dtype)
  const own = bytesAt(source, bytes, start, count * width).slice()
  if (isBigEndian) swap(own, width)
  return { dtype, shape, recipe: { kind: 'memory', bytes: isFortran ? reordered(own, width, shape) : own } }
}

function unknownType(file: string, descr: string): FreezeError {
  const hint =
    descr === '|O'
      ? "Save strings with a fixed width: np.array(values, 'S') or 'U'."
      : 'Convert it with astype before saving.'
  return new FreezeError('unsupported', `its elements are of NumPy's type '${descr}', which is not supported`, {
    file,
    hint,
  })
}

function headerOf(bytes: Uint8Array, file: string): Header {
  const corrupt = (what: string): FreezeError =>
    new FreezeError('corrupt', what, { file, hint: 'Write the file again with numpy.save.' })
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (bytes.length < PREFIX_BYTES + 2 || MAGIC.some((byte, i) => bytes[i] !== byte))
    throw corrupt('this is not a .npy file')
  const isFirst = bytes[6] === 1
  const from = isFirst ? PREFIX_BYTES : PREFIX_BYTES + 2
  const start = from + (isFirst ? view.getUint16(8, true) : view.getUint32(8, true))
  if (start > bytes.length) throw corrupt(`its header ends at ${start}, and the file at ${bytes.length}`)
  const text = new TextDecoder('latin1').decode(bytes.subarray(from, start))
  const descr = /'descr'\s*:\s*'([^']*)'/.exec(text)?.[1]
  const order = /'fortran_order'\s*:\s*(True|False)/.exec(text)?.[1]
  const sizes = /'shape'\s*:\s*\(([\d,\s]*)\)/.exec(text)?.[1]
  if (descr === undefined || order === undefined || sizes === undefined) {
    if (/'descr'\s*:\s*\[/.test(text)) throw unknownType(file, 'record')
    throw corrupt('its header does not give type, order and shape')
  }
  const shape = sizes
    .split(',')
    .map(size => size.trim())
    .filter(Boolean)
    .map(Number)
  if (shape.length > MAX_RANK || !Number.isSafeInteger(elementCount(shape))) throw corrupt(`its shape is [${shape}]`)
  return { descr, isFortran: order === 'True', shape, start }
}

function bytesAt(source: ByteSource, bytes: Uint8Array, start: number, length: number): Uint8Array {
  if (start + length <= bytes.length) return bytes.subarray(start, start + length)
  throw new FreezeError('truncated', `its elements take ${length} bytes, and ${bytes.length - start} are there`, {
    file: source.name,
    offset: start,
    hint: 'The file is cut short or was not copied whole: copy it again.',
  })
}

/** Fixed-width strings, without the zeros that fill them up; code points become UTF-8. */
function strings(bytes: Uint8Array, count: number, width: number, kind: string, isBigEndian: boolean): Uint8Array[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return Array.from({ length: count }, (_, i) => {
    if (kind === 'S') {
      const own = bytes.subarray(i * width, (i + 1) * width)
      let end = own.length
      while (end > 0 && own[end - 1] === 0) end--
      return own.slice(0, end)
    }
    const points: number[] = []
    for (let at = i * width; at < (i + 1) * width; at += 4) points.push(view.getUint32(at, !isBigEndian))
    while (points.at(-1) === 0) points.pop()
    return new TextEncoder().encode(points.map(p => (p <= 0x10ffff ? String.fromCodePoint(p) : '\ufffd')).join(''))
  })
}

function swap(bytes: Uint8Array, width: number): void {
  for (let at = 0; at < bytes.length; at += width) bytes.subarray(at, at + width).reverse()
}

/** For each element in C order, where it lies in a file whose first index is the fastest. */
function cOrder(shape: Shape): number[] {
  const strides = shape.map((_, axis) => elementCount(shape.slice(0, axis)))
  return Array.from({ length: elementCount(shape) }, (_, flat) => {
    let [rest, at] = [flat, 0]
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      at += (rest % shape[axis]!) * strides[axis]!
      rest = Math.floor(rest / shape[axis]!)
    }
    return at
  })
}

function reordered(bytes: Uint8Array, width: number, shape: Shape): Uint8Array {
  const out = new Uint8Array(bytes.length)
  for (const [to, from] of cOrder(shape).entries())
    out.set(bytes.subarray(from * width, (from + 1) * width), to * width)
  return out
}

/** An array as a `.npy` file. bfloat16, which NumPy lacks, is written as float32. Throws `unsupported` for other types. */
export function npyBytes({ dtype, shape, recipe }: Tensor): Uint8Array {
  if (recipe.kind === 'strings') return withHeader(...stringElements(recipe.values), shape)
  if (recipe.kind === 'memory' && dtype === 'bfloat16')
    return withHeader('<f4', encode('float32', decode(dtype, recipe.bytes)), shape)
  const descr = DESCRS.get(dtype)
  if (recipe.kind !== 'memory' || !descr)
    throw new FreezeError('unsupported', `NumPy has no type for ${dtype}`, { hint: 'Fetch another tensor.' })
  return withHeader(`${bytesPerElement(dtype) === 1 ? '|' : '<'}${descr}`, recipe.bytes, shape)
}

function stringElements(values: readonly Uint8Array[]): [descr: string, bytes: Uint8Array] {
  const width = Math.max(1, ...values.map(value => value.length))
  const bytes = new Uint8Array(width * values.length)
  for (const [i, value] of values.entries()) bytes.set(value, i * width)
  return [`|S${width}`, bytes]
}

/** The header is filled up with spaces so that the elements begin at a multiple of 64. */
function withHeader(descr: string, elements: Uint8Array, shape: Shape): Uint8Array {
  const sizes = shape.length === 1 ? `${shape[0]},` : shape.join(', ')
  const text = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${sizes}), }`
  const start = Math.ceil((PREFIX_BYTES + text.length + 1) / 64) * 64
  const bytes = new Uint8Array(start + elements.length)
  bytes.set([...MAGIC, 1, 0])
  new DataView(bytes.buffer).setUint16(8, start - PREFIX_BYTES, true)
  bytes.set(new TextEncoder().encode(`${text.padEnd(start - PREFIX_BYTES - 1)}\n`), PREFIX_BYTES)
  bytes.set(elements, start)
  return bytes
}
