/**
 * Functions of a TF2 program that are no signatures: `model.embed`, `model.__call__`. The SavedModel keeps the graph of
 * each call that was traced, and which objects' handles it captured; calling one of them is a signature like any other:
 *
 *     object 0 { children: embed → 3 }   object 3 { function: __inference_embed_12 }
 *     concrete_functions { __inference_embed_12: bound_inputs 1 }   object 1 { variable: "w" }
 *
 *     embed_x = Placeholder    embed = StatefulPartitionedCall(embed_x, w) {f: @__inference_embed_12}
 */
import { shape as shapeAttr } from '../graph/attr.ts'
import type { Graph, GraphFunction } from '../graph/graph.ts'
import { legalName } from '../graph/names.ts'
import type { Node, Value } from '../graph/node.ts'
import type { SavedObjectGraph } from '../tensorflow/generated/messages.ts'
import type { ObjectFunction, Signature, SignatureTensor } from './model.ts'
import { isVariable } from './state/resource.ts'

/** The functions of the program's root object, by name: those that were called in one way only, and capture only variables. */
export function objectFunctions(
  graph: Graph,
  objects: SavedObjectGraph | undefined,
): ReadonlyMap<string, ObjectFunction> {
  const found = new Map<string, ObjectFunction>()
  const makers = new Map([...graph.nodes].filter(isVariable).map(node => [sharedName(node), node.name]))
  for (const { localName: name, nodeId } of objects?.nodes[0]?.children ?? []) {
    const kind = objects?.nodes[nodeId]?.kind
    const [concrete, ...others] = kind?.$case === 'function' ? kind.value.concreteFunctions : []
    if (concrete === undefined || others.length > 0 || !graph.functions.has(concrete)) continue
    const captures = (objects?.concreteFunctions.get(concrete)?.boundInputs ?? []).map(id => {
      const bound = objects?.nodes[id]?.kind
      return bound?.$case === 'variable' ? makers.get(bound.value.name) : undefined
    })
    if (captures.every(name => name !== undefined)) found.set(name, { name, concrete, captures })
  }
  return found
}

const sharedName = (node: Node): string => (node.attr('shared_name') && node.str('shared_name')) || node.name

/** Calls the function in this graph, and describes the call as a signature: its arguments by their names, `output_0`, … */
export function callAsSignature(graph: Graph, { name, concrete, captures }: ObjectFunction): Signature {
  const called = graph.functions.get(concrete)!
  const own = called.body.inputs.slice(0, called.body.inputs.length - captures.length)
  const inputs = own.map(port => argument(graph, name, port.key, port.value.node))
  const handles = captures.map(capture => graph.node(capture)!.out())
  const Tout = called.body.outputs.flatMap(({ value }) => value.dtype ?? [])
  const args = [...inputs.map(({ value }) => value), ...handles]
  const f = { kind: 'func', value: { name: concrete, attrs: new Map() } } as const
  const call = graph.add('StatefulPartitionedCall', args, { Tout, f }, `${legalName(name)}/call`)
  const outputs = called.body.outputs.map((_, i) => result(called, i, call.out(i)))
  return { name, inputs, outputs, method: '' }
}

function argument(graph: Graph, name: string, key: string, node: Node): SignatureTensor {
  const dtype = node.type('T')
  const shapes = node.attrs.get('_output_shapes')
  const shape = shapes?.kind === 'list' && shapes.of === 'shape' ? (shapes.value[0] ?? null) : null
  const own = node.attrs.get('_user_specified_name')
  const known = own?.kind === 'string' && typeof own.value === 'string' ? own.value : key
  const placeholder = graph.add('Placeholder', [], { dtype, shape: shapeAttr(shape) }, legalName(`${name}_${known}`))
  return { key: known, value: placeholder.out(), dtype, shape }
}

const result = ({ body }: GraphFunction, i: number, value: Value): SignatureTensor => ({
  key: `output_${i}`,
  value,
  dtype: body.outputs[i]!.value.dtype ?? 'float32',
  shape: null,
})
