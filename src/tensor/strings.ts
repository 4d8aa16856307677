/** Elements of constants of dtype string, which are at hand. */
import { invariant } from '../errors.ts'
import { elementCount, type Tensor } from './tensor.ts'

export function stringsIn({ recipe, shape }: Tensor): readonly Uint8Array[] {
  if (recipe.kind === 'strings') return recipe.values
  if (recipe.kind === 'splat') return Array<Uint8Array>(elementCount(shape)).fill(recipe.bytes)
  if (recipe.kind === 'computed' && recipe.by.op === 'reshape') return stringsIn(recipe.by.of[0])
  return invariant(false, `strings come as they are, not as ${recipe.kind}`) as never // TypeScript does not see that it throws
}
