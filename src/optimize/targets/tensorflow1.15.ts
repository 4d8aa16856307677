import type { Facts } from '../../facts/facts.ts'
import { defaultAttr, sameAttr } from '../../graph/attr.ts'
import type { Node } from '../../graph/node.ts'
import type { ReportBuilder } from '../report.ts'
import { addV2, batchMatMul, batchMatMulV3, fusedBatchNorm } from './older-ops.ts'
import type { Target } from './target.ts'
import { NEWER_ATTRS, NEWER_OPS } from './tensorflow1.15-registry.ts'

const newerOps = new Set(NEWER_OPS.split(/\s+/))
const newerAttrs = new Map(
  NEWER_ATTRS.trim()
    .split('\n')
    .map(line => {
      const [op, ...attrs] = line.split(' ')
      return [op!, attrs] as const
    }),
)

/** Leaves out attributes that 1.15 does not know, where they have the default that says what 1.15 does. */
function adjust(node: Node, report: ReportBuilder): void {
  for (const name of newerAttrs.get(node.op) ?? []) {
    if (!node.attrs.has(name) || !hasDefault(node, name)) continue
    node.deleteAttr(name)
    report.apply(node.name)
  }
}

function hasDefault(node: Node, name: string): boolean {
  const def = node.def?.attrs.find(a => a.name === name)
  const byDefault = def && defaultAttr(def)
  return byDefault !== undefined && sameAttr(node.attrs.get(name)!, byDefault) // asked for by the callers
}

/** Values of attributes that 1.15 does not know, though it has the attributes. */
const isNewFormat = (node: Node): boolean => node.op === 'FusedBatchNorm' && node.str('data_format').length === 5

function refuses(node: Node, _: Facts): string | undefined {
  if (newerOps.has(node.op)) return `TensorFlow 1.15 has no ${node.op}`
  if (isNewFormat(node)) return `TensorFlow 1.15 does not normalise ${node.str('data_format')}`
  const attr = newerAttrs.get(node.op)?.find(name => node.attrs.has(name))
  return attr && `TensorFlow 1.15 does not know the attribute ${attr} of ${node.op}`
}

/** The last of TensorFlow 1, which much deployed software still runs. */
export const tensorflow115: Target = {
  name: 'tensorflow1.15',
  description: 'TensorFlow 1.15, and tools that read what it wrote.',
  rules: [addV2, fusedBatchNorm, batchMatMulV3, batchMatMul],
  adjust,
  refuses,
}
