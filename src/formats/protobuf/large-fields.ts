/**
 * Where weights are in a message, so that a walk finds them without reading what is around them: from the whole down
 * to the elements of a tensor. What a tensor's own variants hold comes whole.
 */

/** A field whose bytes may be left in the file. */
export const LEFT = 'left'

/** By message and field number: the message to go on in, or LEFT. An entry of a map is a message, whose value is field 2. */
export const LARGE_FIELDS: Readonly<Record<string, Readonly<Record<number, string>>>> = {
  SavedModel: { 2: 'MetaGraphDef' },
  MetaGraphDef: { 1: 'MetaGraphDef.MetaInfoDef', 2: 'GraphDef' },
  'MetaGraphDef.MetaInfoDef': { 2: 'OpList' },
  OpList: { 1: 'OpDef' },
  OpDef: { 4: 'OpDef.AttrDef' },
  'OpDef.AttrDef': { 3: 'AttrValue' },
  GraphDef: { 1: 'NodeDef', 2: 'FunctionDefLibrary' },
  FunctionDefLibrary: { 1: 'FunctionDef' },
  FunctionDef: { 1: 'OpDef', 3: 'NodeDef', 5: 'FunctionDef.AttrEntry', 7: 'FunctionDef.ArgAttrEntry' },
  'FunctionDef.AttrEntry': { 2: 'AttrValue' },
  'FunctionDef.ArgAttrEntry': { 2: 'FunctionDef.ArgAttrs' },
  'FunctionDef.ArgAttrs': { 1: 'FunctionDef.ArgAttrs.AttrEntry' },
  'FunctionDef.ArgAttrs.AttrEntry': { 2: 'AttrValue' },
  NodeDef: { 5: 'NodeDef.AttrEntry' },
  'NodeDef.AttrEntry': { 2: 'AttrValue' },
  AttrValue: { 1: 'AttrValue.ListValue', 8: 'TensorProto', 10: 'NameAttrList' },
  'AttrValue.ListValue': { 8: 'TensorProto', 9: 'NameAttrList' },
  NameAttrList: { 2: 'NameAttrList.AttrEntry' },
  'NameAttrList.AttrEntry': { 2: 'AttrValue' },
  TensorProto: { 4: LEFT, 18: LEFT },
}
