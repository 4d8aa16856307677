/** Attributes that TF.js reads otherwise than TensorFlow, or not at all. */
import { type Attr, defaultAttr, sameAttr } from '../graph/attr.ts'
import type { Node } from '../graph/node.ts'
import { attributesRead } from './operators.ts'

/** Attributes that say nothing about the numbers of a frozen graph. */
const SAY_NOTHING = new Set(
  `N Tlen Tlabels Tmultiples Tpaddings Tperm Tshape Tdim Tparams Tindices Tkeys Tvalues Tin Tout Tcond Tblock_shape
  Tcrops TI index_type out_type out_idx output_type num_split_type use_cudnn_on_gpu parallel_iterations output_shapes
  shared_name container use_node_name_sharing validate_indices validate_shape swap_memory message summarize name
  tensor_array_name bad_indices_policy exponential_avg_factor grad_x grad_y shape value dtype is_constant
  is_initialized config experimental_debug_info U T lower_bound element_dtype shape_type element_shape key_dtype
  value_dtype seed seed2 colocate_with incompatible_shape_error num num_split element_shape_except0`.split(/\s+/),
)

/** Attributes that the condition of their op judges (`conditions/`). */
const JUDGED = new Set(['is_training'])

/** Attributes that are text: TF.js makes lower case of them. */
const TEXT = new Set(['pattern', 'rewrite', 'separator', 'left_pad', 'right_pad', 'equation'])

/** Why TF.js would not see what an attribute of the node says. */
export function attributeRefusal(node: Node): string | undefined {
  const read = attributesRead(node.op)!
  for (const def of node.def?.attrs ?? []) {
    const attr = node.attr(def.name)
    if (!attr || def.type === 'type' || def.type === 'list(type)') continue
    if (read.has(def.name)) {
      const reason = misread(def.name, attr)
      if (reason) return reason
    } else if (!SAY_NOTHING.has(def.name) && !JUDGED.has(def.name)) {
      const byDefault = defaultAttr(def)
      if (!byDefault || !sameAttr(attr, byDefault)) return `TF.js does not read the attribute ${def.name} of ${node.op}`
    }
  }
  return undefined
}

function misread(name: string, attr: Attr): string | undefined {
  if (attr.kind === 'float' && !Number.isFinite(attr.value)) return `TF.js cannot read ${attr.value} as ${name}`
  if (attr.kind !== 'string' || !TEXT.has(name)) return undefined
  const text = typeof attr.value === 'string' ? attr.value : new TextDecoder().decode(attr.value)
  if (/[^\p{ASCII}]/u.test(text)) return `TF.js misreads ${name}, which is not ASCII`
  return text === text.toLowerCase() ? undefined : `TF.js makes lower case of ${name}`
}
