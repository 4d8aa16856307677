/** Parts of images, and images with borders. */
import type { Value } from '../../../graph/node.ts'
import type { FunctionCall, Operation } from './function-call.ts'
import { onImages } from './images.ts'

type Emit = Operation['emit']

/** Zeros around, by borders or to a size. */
export const padImages: Emit = f => {
  const { scope } = f
  return onImages(f, f.tensor('x'), images => {
    const sides = [0, 1].flatMap(i => border(f, images, i, (size, target, before) => target - before - size))
    return scope.pad(images, [
      [0, 0],
      [sides[0]!, sides[1]!],
      [sides[2]!, sides[3]!],
      [0, 0],
    ])
  })
}

/** Borders taken off, by their widths or to a size. */
export const cropImages: Emit = f =>
  onImages(f, f.tensor('x'), images => {
    const sides = [0, 1].flatMap(i => border(f, images, i, (size, target, before) => size - before - target))
    const end = (i: number): number | null => (sides[i] === 0 ? null : -sides[i]!)
    return f.scope.slice(images, [
      [null, null],
      [sides[0]!, end(1)],
      [sides[2]!, end(3)],
    ])
  })

/** The borders before and after along one axis, of which one may follow from a target size. */
function border(
  f: FunctionCall,
  images: Value,
  axis: number,
  rest: (size: number, target: number, known: number) => number,
): readonly [number, number] {
  const [first, second, goal] = axis === 0 ? ['top', 'bottom', 'height'] : ['left', 'right', 'width']
  if (f.has(first!) && f.has(second!)) return [f.int(first!), f.int(second!)]
  if (!f.has(goal!)) return [f.int(first!, 0), f.int(second!, 0)]
  const size = f.call.known(f.shape(images)[axis + 1], `the image's ${goal}`)
  if (f.has(first!)) return [f.int(first!), rest(size, f.int(goal!), f.int(first!))]
  if (f.has(second!)) return [rest(size, f.int(goal!), f.int(second!)), f.int(second!)]
  const both = rest(size, f.int(goal!), 0)
  return [Math.floor(both / 2), both - Math.floor(both / 2)]
}

/** To a size about the middle, cropped where larger and padded with zeros where smaller. */
export const resizeWithCropOrPad: Emit = f => {
  const { scope } = f
  return onImages(f, f.tensor('x'), images => {
    const goals = [f.int('height'), f.int('width')]
    const sizes = [1, 2].map(axis => f.call.known(f.shape(images)[axis], 'the size of the image'))
    const crops = sizes.map((size, i) => Math.max(0, Math.floor((size - goals[i]!) / 2)))
    const kept = sizes.map((size, i) => Math.min(size, goals[i]!))
    const part = scope.slice(images, [
      [null, null],
      [crops[0]!, crops[0]! + kept[0]!],
      [crops[1]!, crops[1]! + kept[1]!],
    ])
    const before = kept.map((size, i) => Math.floor((goals[i]! - size) / 2))
    const sides = kept.map((size, i) => [before[i]!, goals[i]! - size - before[i]!] as const)
    return scope.pad(part, [[0, 0], sides[0]!, sides[1]!, [0, 0]])
  })
}

/** The part of the given size at the given place. */
export const cropToBoundingBox: Emit = f =>
  onImages(f, f.tensor('x'), images =>
    f.scope.slice(images, [
      [null, null],
      [f.int('top'), f.int('top') + f.int('height')],
      [f.int('left'), f.int('left') + f.int('width')],
    ]),
  )

/** The image at a place in zeros of the given size. */
export const padToBoundingBox: Emit = f =>
  onImages(f, f.tensor('x'), images => {
    const sides = (['top', 'left'] as const).map((name, i) => {
      const size = f.call.known(f.shape(images)[i + 1], 'the size of the image')
      return [f.int(name), f.int(i === 0 ? 'height' : 'width') - f.int(name) - size] as const
    })
    return f.scope.pad(images, [[0, 0], sides[0]!, sides[1]!, [0, 0]])
  })

/** The middle part of each side. */
export const centralCrop: Emit = f =>
  onImages(f, f.tensor('x'), images => {
    const sizes = [1, 2].map(axis => f.call.known(f.shape(images)[axis], 'the size of the image'))
    const before = sizes.map(size => Math.trunc((size - size * f.number('fraction')) / 2))
    const ranges = sizes.map((size, i) => [before[i]!, size - before[i]!] as const)
    return f.scope.slice(images, [[null, null], ...ranges])
  })
