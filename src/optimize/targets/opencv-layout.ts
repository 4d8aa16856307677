/**
 * The order of axes that OpenCV's importer assumes. Images come with their channels first (`blobFromImage`), whatever
 * the graph says, and the importer moves the axes of slices, joins and shapes where it knows that the graph means NHWC:
 * from the attribute `data_format` of a node before. Where no node says it, it reads the graph's axes as they are, which
 * is wrong for an image.
 */
import type { Node, Value } from '../../graph/node.ts'
import { valuesOf } from '../../tensor/make.ts'

/** Values that do not have the order of axes of what they are made of. */
const ENDS = new Set(['Reshape', 'MatMul', 'Flatten', 'Squeeze', 'Placeholder', 'Const'])

/** Ops that mean NHWC where they do not say otherwise. */
const CONVOLUTIONS = ['Conv2D', 'DepthwiseConv2dNative']

const says = (node: Node): boolean => CONVOLUTIONS.includes(node.op) || node.attrs.has('data_format')

/** The nodes that decide on the order of a value's axes: the nearest that say it, and those where the way ends. */
function origins(value: Value): Node[] {
  const found: Node[] = []
  const seen = new Set<Node>()
  const stack = [value.node]
  for (let node = stack.pop(); node; node = stack.pop()) {
    if (seen.has(node)) continue
    seen.add(node)
    if (says(node) || ENDS.has(node.op)) found.push(node)
    else stack.push(...node.inputs.map(input => input.node))
  }
  return found.filter(node => node.op !== 'Const')
}

/** Whether a node before says that a value of rank 4 is NHWC. */
export const isStated = (value: Value): boolean =>
  origins(value).some(node => says(node) && node.str('data_format') === 'NHWC')

/** Whether a value is an image that comes from inputs, and no node says how its axes are ordered. */
export const isImageInput = (value: Value): boolean =>
  !isChannelsFirst(value) && origins(value).every(node => node.op === 'Placeholder')

const order = (node: Node): string | undefined =>
  node.op === 'Transpose' && node.input(1).tensor ? valuesOf(node.input(1).tensor!)?.join() : undefined

/** Whether a value is NCHW: by a Transpose before it, or by a Reshape of planes. */
export function isChannelsFirst(value: Value): boolean {
  for (let { node } = value; ; node = node.input(0).node) {
    if (node.op === 'Transpose') return order(node) === '0,3,1,2'
    if (node.op === 'Reshape') return order(node.input(0).node) === '0,2,1'
    if (node.inputs.length !== 1) return false
  }
}
