/**
 * HighwayHash with 64 bits, by which Riegeli knows damaged bytes.
 * Source: github.com/google/highwayhash, c/highwayhash.c; arXiv:1612.06257.
 *
 * Each 64-bit lane is two 32-bit halves, low before high: `bigint` would be thirty times slower.
 */

/** Bytes that one step takes. */
const PACKET_BYTES = 32

// Where the four lanes of each part of the state begin.
const V0 = 0
const V1 = 8
const MUL0 = 16
const MUL1 = 24

/** Digits of pi, low halves before high. */
const INITIAL_MUL0 = [0xfe4cce2f, 0xdbe6d5d5, 0x299f31d0, 0xa4093822, 0x03707344, 0x13198a2e, 0x85a308d3, 0x243f6a88]
const INITIAL_MUL1 = [0xcb0ef593, 0x3bd39e10, 0xb5f18a8c, 0xc0acf169, 0x34e90c6c, 0xbe5466cf, 0x38d01377, 0x452821e6]

/** 'Riegeli/' 'records\n', twice, as little-endian halves. */
const KEY = [0x67656952, 0x2f696c65, 0x6f636572, 0x0a736472, 0x67656952, 0x2f696c65, 0x6f636572, 0x0a736472]

/** The hash of `bytes` with Riegeli's key. */
export function riegeliHash(bytes: Uint8Array): bigint {
  const state = initialState()
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const lanes = new Uint32Array(8)
  const whole = bytes.length - (bytes.length % PACKET_BYTES)
  for (let at = 0; at < whole; at += PACKET_BYTES) {
    for (let i = 0; i < 8; i++) lanes[i] = view.getUint32(at + 4 * i, true)
    update(state, lanes)
  }
  if (whole < bytes.length) updateRemainder(state, bytes.subarray(whole))
  for (let i = 0; i < 4; i++) update(state, permuted(state))
  const sum = [V0, V1, MUL0, MUL1].reduce((all, at) => all + lane(state, at), 0n)
  return BigInt.asUintN(64, sum)
}

function initialState(): Uint32Array {
  const state = new Uint32Array(32)
  for (let i = 0; i < 8; i++) {
    state[V0 + i] = INITIAL_MUL0[i]! ^ KEY[i]!
    state[V1 + i] = INITIAL_MUL1[i]! ^ KEY[i ^ 1]! // its halves change places
    state[MUL0 + i] = INITIAL_MUL0[i]!
    state[MUL1 + i] = INITIAL_MUL1[i]!
  }
  return state
}

const lane = (state: Uint32Array, at: number): bigint => (BigInt(state[at + 1]!) << 32n) | BigInt(state[at]!)

/** Adds a number of two halves to a lane. */
function add(state: Uint32Array, at: number, low: number, high: number): void {
  const sum = state[at]! + low
  state[at] = sum // modulo 2^32
  state[at + 1] = state[at + 1]! + high + (sum > 0xffffffff ? 1 : 0)
}

/** lane ^= a · b, of 32 bits each. */
function xorProduct(state: Uint32Array, at: number, a: number, b: number): void {
  const [a0, a1, b0, b1] = [a & 0xffff, a >>> 16, b & 0xffff, b >>> 16]
  const first = a1 * b0 + ((a0 * b0) >>> 16)
  const second = a0 * b1 + (first & 0xffff)
  state[at] = state[at]! ^ Math.imul(a, b)
  state[at + 1] = state[at + 1]! ^ (a1 * b1 + (first >>> 16) + (second >>> 16))
}

function update(state: Uint32Array, lanes: Uint32Array): void {
  for (let i = 0; i < 8; i += 2) {
    add(state, V1 + i, lanes[i]!, lanes[i + 1]!)
    add(state, V1 + i, state[MUL0 + i]!, state[MUL0 + i + 1]!)
    xorProduct(state, MUL0 + i, state[V1 + i]!, state[V0 + i + 1]!)
    add(state, V0 + i, state[MUL1 + i]!, state[MUL1 + i + 1]!)
    xorProduct(state, MUL1 + i, state[V0 + i]!, state[V1 + i + 1]!)
  }
  zipperMerge(state, V1, V0)
  zipperMerge(state, V1 + 4, V0 + 4)
  zipperMerge(state, V0, V1)
  zipperMerge(state, V0 + 4, V1 + 4)
}

const byte = (half: number, index: number): number => (half >>> (8 * index)) & 0xff
const half = (b0: number, b1: number, b2: number, b3: number): number =>
  (b0 | (b1 << 8) | (b2 << 16) | (b3 << 24)) >>> 0

/** Adds the bytes of two lanes at `from`, mixed, to the two at `to`. */
function zipperMerge(state: Uint32Array, from: number, to: number): void {
  const [a, b, c, d] = [state[from]!, state[from + 1]!, state[from + 2]!, state[from + 3]!]
  add(
    state,
    to,
    half(byte(a, 3), byte(d, 0), byte(a, 2), byte(b, 1)),
    half(byte(d, 2), byte(a, 1), byte(d, 3), byte(a, 0)),
  )
  add(
    state,
    to + 2,
    half(byte(c, 3), byte(b, 0), byte(c, 2), byte(d, 1)),
    half(byte(c, 1), byte(b, 2), byte(c, 0), byte(b, 3)),
  )
}

/** The last bytes, fewer than a packet. */
function updateRemainder(state: Uint32Array, rest: Uint8Array): void {
  const size = rest.length
  for (let i = 0; i < 8; i += 2) add(state, V0 + i, size, size)
  for (let i = 0; i < 8; i++) {
    const value = state[V1 + i]!
    state[V1 + i] = (value << size) | (value >>> (32 - size)) // rotates by size, which is 1 to 31
  }
  const packet = new Uint8Array(PACKET_BYTES)
  const words = size & ~3
  const tail = size & 3
  packet.set(rest.subarray(0, words))
  if (size & 16) packet.set(rest.subarray(size - 4), 28)
  else if (tail) packet.set([rest[words]!, rest[words + (tail >> 1)]!, rest[words + tail - 1]!], 16)
  const view = new DataView(packet.buffer)
  update(
    state,
    Uint32Array.from({ length: 8 }, (_, i) => view.getUint32(4 * i, true)),
  )
}

/** v0 with its two pairs of lanes exchanged, and the halves of each lane. */
const permuted = (state: Uint32Array): Uint32Array =>
  Uint32Array.from([5, 4, 7, 6, 1, 0, 3, 2], index => state[V0 + index]!)
