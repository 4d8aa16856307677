/** All there is to know of one box. */

import type { Value } from '../../../src/graph/node.ts'
import { printAttr } from '../../../src/graph/text/attrs.ts'
import { bodiesOf, type NodeBody, readableFunction } from '../../../src/picture/bodies.ts'
import type { Box, Instance, Item, Scope } from '../../../src/picture/box.ts'
import type { Scene } from '../../../src/picture/scene.ts'
import { typed } from '../../../src/picture/shapes.ts'
import type { DetailInput, DetailOutput, Details, Reference, Viewpoint } from '../protocol.ts'
import type { Session } from './session.ts'
import { weightOf } from './weights.ts'

/** Elements of a tensor attribute, and readers of an output, that are listed. */
const MAX_ELEMENTS = 24
const MAX_READERS = 40

export async function details(
  session: Session,
  params: Viewpoint & { readonly id: string },
): Promise<Details | undefined> {
  const scene = session.scene(params)
  const box = scene.box(params.id)
  if (!box) return undefined
  return box.kind === 'scope' ? scopeDetails(scene, box) : nodeDetails(session, params, scene, box)
}

const insideOf = ({ caller, prefix }: Instance): { inside?: string } =>
  caller ? { inside: readableFunction(bodyAt(caller, prefix)?.name ?? caller.label) } : {}

const bodyAt = ({ id, node, instance }: Item, prefix: string): NodeBody | undefined =>
  bodiesOf(node, instance.graph).find(({ attr }) => prefix === `${id}|${attr}|`)

function scopeDetails(scene: Scene, scope: Scope): Details {
  const counts = new Map<string, number>()
  const stack: Box[] = [scope]
  for (let box = stack.pop(); box; box = stack.pop()) {
    if (box.kind === 'node') counts.set(box.node.op, (counts.get(box.node.op) ?? 0) + 1)
    else stack.push(...scene.children(box))
  }
  return {
    id: scope.id,
    kind: 'scope',
    name: scope.role === 'run' ? scope.label : scope.id.replace(/\/$/, '').split('|').at(-1)! || scope.label,
    ...insideOf(scope.instance),
    attributes: [],
    inputs: [],
    controls: [],
    outputs: [],
    bodies: [],
    nodes: scope.size,
    ops: [...counts].sort(([, a], [, b]) => b - a),
  }
}

async function nodeDetails(session: Session, params: Viewpoint, scene: Scene, item: Item): Promise<Details> {
  const { node, instance } = item
  const weight = await weightOf(session, params, scene, item)
  return {
    id: item.id,
    kind: 'node',
    name: node.name,
    op: node.op,
    ...(node.device && { device: node.device }),
    ...insideOf(instance),
    attributes: [...node.attrs]
      .filter(([name]) => !(node.op === 'Const' && name === 'value'))
      .map(([name, attr]) => ({
        name,
        text: printAttr(attr, node.def?.attrs.find(a => a.name === name)?.type, MAX_ELEMENTS),
      }))
      .sort((a, b) => Number(a.name.startsWith('_')) - Number(b.name.startsWith('_'))),
    inputs: await Promise.all(node.inputs.map(value => input(session, params, scene, item, value))),
    controls: [...node.controls].map(before => ({ id: instance.prefix + before.name, name: before.name })),
    outputs: outputs(session, item),
    ...(weight && { weight }),
    bodies: bodiesOf(node, instance.graph).map(({ attr, name }) => ({ attr, name })),
  }
}

async function input(
  session: Session,
  params: Viewpoint,
  scene: Scene,
  reader: Item,
  value: Value,
): Promise<DetailInput> {
  const source = scene.source(reader.instance, value, () => true)
  const item = source?.item ?? reader.instance.items.get(value.node)
  const { dtype, shape } = session.facts(reader.instance).of(value)
  const weight = item?.isFolded ? await weightOf(session, params, scene, item) : undefined
  return {
    id: item?.id ?? '',
    name: String(source?.value ?? value),
    op: item?.node.op ?? value.node.op,
    type: dtype ? typed(dtype, shape) : '',
    ...(weight && { weight }),
  }
}

function outputs(session: Session, item: Item): DetailOutput[] {
  const { node, instance } = item
  const facts = session.facts(instance)
  const isReachable = reachable(instance)
  const count = Math.max(node.outputTypes?.length ?? 0, node.outputs.length)
  return Array.from({ length: count }, (_, index) => {
    const value = node.out(index)
    const { dtype, shape } = facts.of(value)
    const readers: Reference[] = [...value.uses.keys()]
      .slice(0, MAX_READERS)
      .map(reader => ({ id: instance.prefix + reader.name, name: reader.name }))
    const isData = dtype !== 'resource' && dtype !== 'variant'
    return {
      index,
      type: dtype ? typed(dtype, shape) : '',
      readers,
      results: instance.graph.outputs.filter(port => port.value === value).map(port => port.key),
      ...(isReachable && isData && { tensor: String(value) }),
    }
  })
}

/** Whether freezing can make a node of this body an output: what is inside a loop or a branch has no one value. */
function reachable(instance: Instance): boolean {
  for (let at: Instance | undefined = instance; at?.caller; at = at.caller.instance) if (!at.isInline) return false
  return true
}
