/**
 * Which nodes mean the same variable or table. TensorFlow keeps resources by
 * container and shared name, or by the node's name where that is empty: two nodes
 * with one shared name read and write the same memory.
 */
import type { Node } from '../../graph/node.ts'
import { type LocatedNode, pathOf } from './frames.ts'

/** Whether the node makes a variable. */
export const isVariable = (node: Node): boolean => node.is('variable')
/** Whether the node makes a lookup table. */
export const isTable = (node: Node): boolean => node.is('table')
/** Whether a table is filled once and cannot be changed after. */
export const isStaticTable = ({ role }: Node): boolean => role?.kind === 'table' && role.isStatic

/** The shared name that TensorFlow gives to a VarHandleOp that shares with nobody. */
const ANONYMOUS = 'cd2c89b7-88b7-44c8-ad83-06c2a9158347'

/** The name under which TensorFlow shares the resource; undefined where that is the node's own. */
export function sharedName(node: Node): string | undefined {
  const attr = node.attr('shared_name')
  const name = attr?.kind === 'string' ? node.str('shared_name') : ''
  return name === '' || name === ANONYMOUS ? undefined : name
}

/**
 * Equal for nodes that mean the same resource, unequal for others. `path` is
 * what the resource is called where it has no shared name: the node's name, with
 * the names of the calls that it lies in.
 */
export function resourceKey(node: Node, path = node.name): string {
  const container = node.attr('container')?.kind === 'string' ? node.str('container') : ''
  const kind = isVariable(node) ? `variable ${node.type('dtype')}` : 'table'
  return JSON.stringify([kind, container, sharedName(node) ?? path])
}

/** The same for a node that may lie in a function. */
export const locatedResourceKey = (at: LocatedNode): string => resourceKey(at.node, pathOf(at))

/**
 * The entry for the resource that a node makes. A node without a shared name
 * that was copied out of a function is found by its own name, if just one of
 * the resources made in functions ends in it.
 */
export function entryFor<T>(entries: ReadonlyMap<string, T>, node: Node): T | undefined {
  const exact = entries.get(resourceKey(node))
  if (exact !== undefined || sharedName(node) !== undefined) return exact
  const tail = JSON.stringify([`/${node.name}`]).slice(2) // what such a key ends in
  const inner = [...entries].filter(([key]) => key.endsWith(tail))
  return inner.length === 1 ? inner[0]![1] : undefined
}
