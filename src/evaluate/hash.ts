/** The hashes that TensorFlow puts strings into buckets with. */

const MASK = (1n << 64n) - 1n
const K0 = 0xc3a5c85c97cb3127n
const K1 = 0xb492b66fbe98f273n
const K2 = 0x9ae16a3b2f90404fn

const wrap = (x: bigint): bigint => x & MASK
const rotateRight = (x: bigint, by: bigint): bigint => wrap((x >> by) | (x << (64n - by)))
const shiftMix = (x: bigint): bigint => x ^ (x >> 47n)

function hash16(u: bigint, v: bigint, mul: bigint): bigint {
  const a = shiftMix(wrap((u ^ v) * mul))
  return wrap(shiftMix(wrap((v ^ a) * mul)) * mul)
}

/**
 * FarmHash's Fingerprint64, which StringToHashBucketFast takes modulo the
 * number of buckets. Source: farmhash.cc, namespace farmhashna.
 */
export function fingerprint64(bytes: Uint8Array): bigint {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const word = (at: number): bigint => view.getBigUint64(at, true)
  const length = bytes.length
  if (length <= 16) return short(bytes, view)
  const mul = K2 + BigInt(length) * 2n
  if (length <= 32) {
    const [a, b] = [wrap(word(0) * K1), word(8)]
    const [c, d] = [wrap(word(length - 8) * mul), wrap(word(length - 16) * K2)]
    return hash16(sum(a, b, c, d), wrap(a + rotateRight(wrap(b + K2), 18n) + c), mul)
  }
  if (length <= 64) return medium(word, length, mul)
  return long(word, length)
}

const sum = (a: bigint, b: bigint, c: bigint, d: bigint): bigint =>
  wrap(rotateRight(wrap(a + b), 43n) + rotateRight(c, 30n) + d)

function short(bytes: Uint8Array, view: DataView): bigint {
  const length = bytes.length
  const mul = K2 + BigInt(length) * 2n
  if (length >= 8) {
    const a = wrap(view.getBigUint64(0, true) + K2)
    const b = view.getBigUint64(length - 8, true)
    const c = wrap(rotateRight(b, 37n) * mul + a)
    return hash16(c, wrap((rotateRight(a, 25n) + b) * mul), mul)
  }
  if (length >= 4) {
    const a = BigInt(view.getUint32(0, true))
    return hash16(BigInt(length) + (a << 3n), BigInt(view.getUint32(length - 4, true)), mul)
  }
  if (length === 0) return K2
  const y = BigInt(bytes[0]! + (bytes[length >> 1]! << 8))
  const z = BigInt(length + (bytes[length - 1]! << 2))
  return wrap(shiftMix(wrap(y * K2) ^ wrap(z * K0)) * K2)
}

type Word = (at: number) => bigint

function medium(word: Word, length: number, mul: bigint): bigint {
  const [a, b] = [wrap(word(0) * K2), word(8)]
  const [c, d] = [wrap(word(length - 8) * mul), wrap(word(length - 16) * K2)]
  const y = sum(a, b, c, d)
  const z = hash16(y, wrap(a + rotateRight(wrap(b + K2), 18n) + c), mul)
  const [e, f] = [wrap(word(16) * mul), word(24)]
  const g = wrap((y + word(length - 32)) * mul)
  const h = wrap((z + word(length - 24)) * mul)
  return hash16(sum(e, f, g, h), wrap(e + rotateRight(wrap(f + a), 18n) + g), mul)
}

type Pair = [bigint, bigint]

/** 32 bytes from `at`, mixed with two seeds. */
function weak(word: Word, at: number, seedA: bigint, seedB: bigint): Pair {
  let a = wrap(seedA + word(at))
  let b = rotateRight(wrap(seedB + a + word(at + 24)), 21n)
  const c = a
  a = wrap(a + word(at + 8) + word(at + 16))
  b = wrap(b + rotateRight(a, 44n))
  return [wrap(a + word(at + 24)), wrap(b + c)]
}

interface State {
  x: bigint
  y: bigint
  z: bigint
  v: Pair
  w: Pair
}

/** One round over 64 bytes. `nine` is 9 in the last round. */
function round(word: Word, at: number, s: State, mul: bigint, nine: bigint): void {
  s.x = wrap(rotateRight(wrap(s.x + s.y + s.v[0] + word(at + 8)), 37n) * mul)
  s.y = wrap(rotateRight(wrap(s.y + s.v[1] + word(at + 48)), 42n) * mul)
  s.x ^= wrap(s.w[1] * nine)
  s.y = wrap(s.y + s.v[0] * nine + word(at + 40))
  s.z = wrap(rotateRight(wrap(s.z + s.w[0]), 33n) * mul)
  s.v = weak(word, at, wrap(s.v[1] * mul), wrap(s.x + s.w[0]))
  s.w = weak(word, at + 32, wrap(s.z + s.w[1]), wrap(s.y + word(at + 16)))
  const x = s.x
  s.x = s.z
  s.z = x
}

function long(word: Word, length: number): bigint {
  const seed = 81n
  const y = wrap(seed * K1 + 113n)
  const z = wrap(shiftMix(wrap(y * K2 + 113n)) * K2)
  const s: State = { x: wrap(seed * K2 + word(0)), y, z, v: [0n, 0n], w: [0n, 0n] }
  const end = Math.floor((length - 1) / 64) * 64
  for (let at = 0; at < end; at += 64) round(word, at, s, K1, 1n)
  const mul = wrap(K1 + ((s.z & 0xffn) << 1n))
  s.w[0] = wrap(s.w[0] + BigInt((length - 1) & 63))
  s.v[0] = wrap(s.v[0] + s.w[0])
  s.w[0] = wrap(s.w[0] + s.v[0])
  round(word, length - 64, s, mul, 9n)
  const left = wrap(hash16(s.v[0], s.w[0], mul) + shiftMix(s.y) * K0 + s.z)
  return hash16(left, wrap(hash16(s.v[1], s.w[1], mul) + s.x), mul)
}

/** SipHash-2-4, which StringToHashBucketStrong uses. Source: Aumasson & Bernstein 2012. */
export function sipHash(bytes: Uint8Array, key0: bigint, key1: bigint): bigint {
  const [k0, k1] = [wrap(key0), wrap(key1)]
  const v = [k0 ^ 0x736f6d6570736575n, k1 ^ 0x646f72616e646f6dn, k0 ^ 0x6c7967656e657261n, k1 ^ 0x7465646279746573n]
  const tail = bytes.length % 8
  const padded = new Uint8Array(bytes.length - tail + 8)
  padded.set(bytes)
  padded[padded.length - 1] = bytes.length & 0xff
  const view = new DataView(padded.buffer)
  for (let at = 0; at < padded.length; at += 8) {
    const m = view.getBigUint64(at, true)
    v[3]! ^= m
    sipRounds(v, 2)
    v[0]! ^= m
  }
  v[2]! ^= 0xffn
  sipRounds(v, 4)
  return v[0]! ^ v[1]! ^ v[2]! ^ v[3]!
}

function sipRounds(v: bigint[], count: number): void {
  const mix = (a: number, b: number, by: bigint): void => {
    v[a] = wrap(v[a]! + v[b]!)
    v[b] = rotateRight(v[b]!, 64n - by) ^ v[a]!
  }
  for (let i = 0; i < count; i++) {
    mix(0, 1, 13n)
    v[0] = rotateRight(v[0]!, 32n)
    mix(2, 3, 16n)
    mix(0, 3, 21n)
    mix(2, 1, 17n)
    v[2] = rotateRight(v[2]!, 32n)
  }
}

const MURMUR = 0xc6a4a7935bd1e995n
const MURMUR_SEED = 0xdecafcaffen

/** MurmurHash64A, which StringToHashBucket of TensorFlow 1 takes. Source: tsl/platform/hash.cc, Hash64. */
export function hash64(bytes: Uint8Array): bigint {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const whole = bytes.length - (bytes.length % 8)
  const mixed = (h: bigint): bigint => h ^ (h >> 47n)
  let hash = MURMUR_SEED ^ wrap(BigInt(bytes.length) * MURMUR)
  for (let at = 0; at < whole; at += 8)
    hash = wrap((hash ^ wrap(mixed(wrap(view.getBigUint64(at, true) * MURMUR)) * MURMUR)) * MURMUR)
  const rest = bytes.subarray(whole)
  if (rest.length > 0) hash = wrap((hash ^ rest.reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n)) * MURMUR)
  return mixed(wrap(mixed(hash) * MURMUR))
}
