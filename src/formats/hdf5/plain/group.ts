/**
 * Members of a group that is a symbol table: a tree whose leaves are tables of links, and a heap of their names.
 *
 *     'TREE'  u8 type = 0, u8 level, u16 children, u64 left, u64 right, then key, child, key, child … key
 *     'SNOD'  u8 version, u8, u16 links, then each: u64 name, u64 object, u32 what, 4 bytes, 16 bytes
 *     'HEAP'  u8 version, 3 bytes, u64 size, u64 free, u64 address of the names
 *
 * Source: HDF5 file format specification 3.0, III.A.1, III.B and III.D.
 */
import type { Cursor } from '../../../bytes/cursor.ts'
import { text } from '../attribute.ts'
import { type Blocks, offset, unknown } from './blocks.ts'

/** Levels of a tree; a node has some 30 children. */
const MAX_LEVELS = 8
const MAX_MEMBERS = 1 << 20
const LINK_BYTES = 40
const SYMBOLIC_LINK = 2

/** The objects of a group by their names, in the order of the names: where the header of each lies. */
export async function membersOf(blocks: Blocks, tree: number, heap: number): Promise<Map<string, number>> {
  const nameAt = await namesIn(blocks, heap)
  const members = new Map<string, number>()
  for (const table of await tablesIn(blocks, tree, MAX_LEVELS)) {
    for (const { name, object } of await linksIn(blocks, table)) members.set(nameAt(name), object)
    if (members.size > MAX_MEMBERS) unknown('a group of too many members')
  }
  return members
}

function begins(cursor: Cursor, signature: string): void {
  if (String.fromCharCode(...cursor.take(4)) !== signature) unknown(`no ${signature} where one must be`)
}

async function namesIn(blocks: Blocks, at: number): Promise<(position: number) => string> {
  const header = await blocks.cursor(at, 32)
  begins(header, 'HEAP')
  header.take(4)
  const size = offset(header)
  header.take(8)
  const names = await blocks.read(offset(header), size)
  return position => {
    const end = names.indexOf(0, position)
    if (position >= size || end < 0) unknown('a name outside of its heap')
    const name = text(names.subarray(position, end))
    return name === '' || name.includes('/') ? unknown('a member without a proper name') : name
  }
}

/** The tables of links below a node of the tree, from the left. */
async function tablesIn(blocks: Blocks, at: number, levels: number): Promise<number[]> {
  const header = await blocks.cursor(at, 24)
  begins(header, 'TREE')
  const [type, level, count] = [header.u8(), header.u8(), header.u16()]
  if (type !== 0 || level >= levels) unknown('a tree that is no group')
  const cursor = await blocks.cursor(at + 24, 16 * count + 8)
  const children = Array.from({ length: count }, () => {
    cursor.take(8)
    return offset(cursor)
  })
  if (level === 0) return children
  const tables: number[] = []
  for (const child of children) {
    tables.push(...(await tablesIn(blocks, child, level)))
    if (tables.length > MAX_MEMBERS) unknown('a group of too many members')
  }
  return tables
}

async function linksIn(blocks: Blocks, at: number): Promise<{ name: number; object: number }[]> {
  const header = await blocks.cursor(at, 8)
  begins(header, 'SNOD')
  header.take(2)
  const count = header.u16()
  const cursor = await blocks.cursor(at + 8, LINK_BYTES * count)
  return Array.from({ length: count }, () => {
    const link = { name: offset(cursor), object: offset(cursor) }
    if (cursor.u32() === SYMBOLIC_LINK) unknown('a soft link')
    cursor.take(20)
    return link
  })
}
