/** Constants and variables: what they are, and where their bytes lie. */
import { isFreezeError } from '../../../src/errors.ts'
import type { Item } from '../../../src/picture/box.ts'
import { foldedOrigin } from '../../../src/picture/folded.ts'
import type { Scene } from '../../../src/picture/scene.ts'
import { typed } from '../../../src/picture/shapes.ts'
import { describe } from '../../../src/tensor/make.ts'
import { byteLength, type Tensor } from '../../../src/tensor/tensor.ts'
import { bytesPerElement } from '../../../src/tensorflow/dtype.ts'
import type { Viewpoint, Weight } from '../protocol.ts'
import type { Session } from './session.ts'

/** The tensor that a node is or reads: a constant's, or a variable's from the model's files; undefined for any other. */
export async function tensorOf(
  session: Session,
  { document }: Viewpoint,
  scene: Scene,
  item: Item,
): Promise<Tensor | undefined> {
  const origin = originOf(scene, item)
  if (!origin) return undefined
  const constant = origin.node.op === 'Const' ? origin.node.out().tensor : undefined
  if (constant) return constant
  if (!origin.node.is('variable') || document !== 'model' || origin.instance.caller !== undefined) return undefined
  return (await session.model.variables.resolve(origin.node)).value
}

/** Behind what only reads, and through the arguments of functions. */
function originOf(scene: Scene, item: Item): Item | undefined {
  const origin = item.instance.items.get(foldedOrigin(item.node))
  if (origin?.node.op !== '_Arg') return origin
  const source = scene.source(origin.instance, origin.node.out(), () => true)
  const outer = source?.item
  return outer && outer !== origin ? originOf(scene, outer) : origin
}

/** The description of a constant or a variable; undefined for other nodes. */
export async function weightOf(
  session: Session,
  params: Viewpoint,
  scene: Scene,
  item: Item,
): Promise<Weight | undefined> {
  try {
    const tensor = await tensorOf(session, params, scene, item)
    return tensor && described(tensor)
  } catch (error) {
    if (!isFreezeError(error)) throw error
    return { type: '', bytes: 0, where: error.message, canRead: false }
  }
}

/** Its kind and where its bytes lie. */
export const described = (tensor: Tensor): Weight => ({
  type: typed(tensor.dtype, tensor.shape),
  bytes: byteLength(tensor),
  where: where(tensor),
  canRead: tensor.recipe.kind === 'strings' || (tensor.recipe.kind !== 'opaque' && bytesPerElement(tensor.dtype) > 0),
})

function where(tensor: Tensor): string {
  const { recipe } = tensor
  if (recipe.kind === 'memory') return 'in the graph itself'
  if (recipe.kind !== 'range') return describe(tensor)
  return `bytes ${recipe.offset}–${recipe.offset + byteLength(tensor)} of ${recipe.source.name}`
}
