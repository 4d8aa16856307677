/**
 * `tfreeze/graph`: the graph, its values, attributes and text form, and tensors as
 * recipes, for programs that look into a graph or change one.
 *
 * ```ts
 * import { freeze, open } from 'tfreeze'
 * import { print } from 'tfreeze/graph'
 * import { openInput } from 'tfreeze/node'
 *
 * const { graph } = await freeze(await open(openInput('my_model')))
 * for (const node of graph.nodes) if (node.op === 'MatMul') console.log(node.name, String(node.inputs[1]))
 * console.log(print(graph))
 * ```
 *
 * @module tfreeze/graph
 */

export type { Contents, Element, Fact } from '../facts/fact.ts'
export { type Call, Facts, type NodeFacts } from '../facts/facts.ts'
export type { Dim } from '../facts/shape.ts'
export {
  type Attr,
  type AttrKind,
  type FuncRef,
  int,
  type Kinds,
  type ListAttr,
  list,
  type PartialShape,
  type PlainAttr,
  type ScalarAttr,
  shape,
  string,
  type,
} from '../graph/attr.ts'
export { bypass, insertAfter, moveReaders, type OtherOp, replaceOp, splice, takePlace } from '../graph/edit.ts'
export { inOrder } from '../graph/flow.ts'
export { Graph, type GraphFunction, type Parameter, type Port, type Versions } from '../graph/graph.ts'
export { tensorNamed } from '../graph/names.ts'
export type { Node, Value } from '../graph/node.ts'
export { parse, print } from '../graph/text/index.ts'
export type { PrintOptions } from '../graph/text/print.ts'
export type { Uses } from '../graph/uses.ts'
export { verify, violations } from '../graph/verify.ts'
export {
  add,
  cast,
  concat,
  div,
  fromValues,
  mul,
  neg,
  reshape,
  scalar,
  splat,
  strings,
  stringsOf,
  sub,
  transpose,
  type Values,
  valuesOf,
  vector,
} from '../tensor/make.ts'
export { chunks, readTensor } from '../tensor/read.ts'
export type { TensorReader } from '../tensor/reader.ts'
export {
  type BinaryName,
  type Block,
  byteLength,
  type Computation,
  elementCount,
  type Recipe,
  type Shape,
  type Tensor,
  type UnaryName,
} from '../tensor/tensor.ts'
export { DTYPES, type DType } from '../tensorflow/dtype.ts'
export type { ArgDef, AttrDef, AttrType, OpDef } from '../tensorflow/ops.ts'
export type {
  BranchRole,
  CallRole,
  CheckpointRole,
  DebugRole,
  FillsRole,
  ForwardsRole,
  LookupRole,
  LoopRole,
  NormalisesRole,
  PlaceholderRole,
  PlainRole,
  RandomRole,
  ReadsRole,
  Role,
  SwitchRole,
  TableRole,
  VariableRole,
  WritesRole,
} from '../tensorflow/roles.ts'
