/** TensorFlow's data types, one row each. Source: tensorflow/core/framework/types.proto. */

interface Row {
  /** The number in DataType. A reference type (`float32_ref`) is 100 more. */
  readonly id: number
  /** Bytes of one element; 0 where elements have no fixed size. Types under one byte take a whole one. */
  readonly bytes: number
  /** Bytes of the unit that endianness swaps: a complex number is two floats. */
  readonly word: number
}

const TABLE = {
  float32: { id: 1, bytes: 4, word: 4 },
  float64: { id: 2, bytes: 8, word: 8 },
  int32: { id: 3, bytes: 4, word: 4 },
  uint8: { id: 4, bytes: 1, word: 1 },
  int16: { id: 5, bytes: 2, word: 2 },
  int8: { id: 6, bytes: 1, word: 1 },
  string: { id: 7, bytes: 0, word: 0 },
  complex64: { id: 8, bytes: 8, word: 4 },
  int64: { id: 9, bytes: 8, word: 8 },
  bool: { id: 10, bytes: 1, word: 1 },
  qint8: { id: 11, bytes: 1, word: 1 },
  quint8: { id: 12, bytes: 1, word: 1 },
  qint32: { id: 13, bytes: 4, word: 4 },
  bfloat16: { id: 14, bytes: 2, word: 2 },
  qint16: { id: 15, bytes: 2, word: 2 },
  quint16: { id: 16, bytes: 2, word: 2 },
  uint16: { id: 17, bytes: 2, word: 2 },
  complex128: { id: 18, bytes: 16, word: 8 },
  float16: { id: 19, bytes: 2, word: 2 },
  resource: { id: 20, bytes: 0, word: 0 },
  variant: { id: 21, bytes: 0, word: 0 },
  uint32: { id: 22, bytes: 4, word: 4 },
  uint64: { id: 23, bytes: 8, word: 8 },
  float8_e5m2: { id: 24, bytes: 1, word: 1 },
  float8_e4m3fn: { id: 25, bytes: 1, word: 1 },
  float8_e4m3fnuz: { id: 26, bytes: 1, word: 1 },
  float8_e4m3b11fnuz: { id: 27, bytes: 1, word: 1 },
  float8_e5m2fnuz: { id: 28, bytes: 1, word: 1 },
  int4: { id: 29, bytes: 1, word: 1 },
  uint4: { id: 30, bytes: 1, word: 1 },
  int2: { id: 31, bytes: 1, word: 1 },
  uint2: { id: 32, bytes: 1, word: 1 },
  float4_e2m1fn: { id: 33, bytes: 1, word: 1 },
} as const satisfies Record<string, Row>

/** A data type by the name that TensorFlow's Python prints. */
export type DType = keyof typeof TABLE

const BY_ID = new Map<number, DType>(Object.entries(TABLE).map(([name, row]) => [row.id, name as DType]))
const REF = 100

/** The type with this number in DataType, a reference taken for what it refers to; undefined for none. */
export const dtypeOfId = (id: number): DType | undefined => BY_ID.get(id > REF ? id - REF : id)
/** The number of DataType. */
export const dtypeId = (dtype: DType): number => TABLE[dtype].id
/** Bytes of one element; 0 for string, resource and variant. */
export const bytesPerElement = (dtype: DType): number => TABLE[dtype].bytes
/** Bytes of the unit that a byte order applies to. */
export const bytesPerWord = (dtype: DType): number => TABLE[dtype].word
export const isDType = (name: string): name is DType => Object.hasOwn(TABLE, name)
/** The names of C++ that differ from Python's. */
const CPP_NAMES: Readonly<Record<string, DType>> = { half: 'float16', float: 'float32', double: 'float64' }
/** A type by its name in Python, C++ or a message: `float32`, `float`, `DT_FLOAT`; undefined for none. */
export function dtypeNamed(text: string): DType | undefined {
  const name = text.toLowerCase().replace(/^dt_/, '')
  return isDType(name) ? name : Object.hasOwn(CPP_NAMES, name) ? CPP_NAMES[name] : undefined
}
/** Every type, in the order of their numbers. */
export const DTYPES = Object.keys(TABLE) as readonly DType[]

const INTEGERS = new Set<DType>(['int8', 'int16', 'int32', 'int64', 'uint8', 'uint16', 'uint32', 'uint64'])
const FLOATS = new Set<DType>(['float16', 'bfloat16', 'float32', 'float64'])
export const isInteger = (dtype: DType): boolean => INTEGERS.has(dtype)
export const isFloat = (dtype: DType): boolean => FLOATS.has(dtype)
