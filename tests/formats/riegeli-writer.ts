/** Writes Riegeli/records: what `src/formats/riegeli` reads. */
import { brotliCompressSync } from 'node:zlib'
import { riegeliHash } from '../../src/formats/riegeli/highway-hash.ts'

const BLOCK = 65536
/** The header of the first block, which the format gives. */
const FIRST_BLOCK = Buffer.from('83af70d10d884a3f00000000000000004000000000000000', 'hex')

/** Records in chunks of `perChunk`. Returns the file and where each record is. */
export function writeRecords(records: readonly Uint8Array[], { perChunk = 1, brotli = false } = {}) {
  const file: number[] = []
  const positions: number[] = []
  writeChunk(file, 's', 0, 0, Buffer.alloc(0))
  for (let at = 0; at < records.length; at += perChunk) {
    const some = records.slice(at, at + perChunk)
    for (const index of some.keys()) positions.push(file.length + index)
    const values = Buffer.concat(some)
    const packed = [Buffer.concat(some.map(record => varint(record.length))), values].map(part =>
      brotli ? Buffer.concat([varint(part.length), brotliCompressSync(part)]) : part,
    ) as [Buffer, Buffer]
    const data = [Buffer.from([brotli ? 0x62 : 0]), varint(packed[0].length), ...packed]
    writeChunk(file, 'r', some.length, values.length, Buffer.concat(data))
  }
  return { bytes: Uint8Array.from(file), positions }
}

function writeChunk(file: number[], type: string, records: number, decoded: number, data: Buffer): void {
  const begin = file.length
  const header = Buffer.alloc(40)
  header.writeBigUInt64LE(BigInt(data.length), 8)
  header.writeBigUInt64LE(riegeliHash(data), 16)
  header.writeUInt8(type.charCodeAt(0), 24)
  header.writeUIntLE(records, 25, 6)
  header.writeBigUInt64LE(BigInt(decoded), 32)
  header.writeBigUInt64LE(riegeliHash(header.subarray(8)), 0)
  for (const byte of [...header, ...data]) {
    if (file.length === 0) file.push(...FIRST_BLOCK)
    else if (file.length % BLOCK === 0) file.push(...new Uint8Array(24)) // for those who begin in the middle
    file.push(byte)
  }
  while (file.length - begin < records || (file.length % BLOCK > 0 && file.length % BLOCK <= 24)) file.push(0)
}

function varint(value: number): Buffer {
  const bytes: number[] = []
  for (; value > 127; value = Math.floor(value / 128)) bytes.push((value % 128) | 128)
  return Buffer.from([...bytes, value])
}
