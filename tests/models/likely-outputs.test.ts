/** Which values a graph without signatures seems to be for. */
import { expect, test } from 'vitest'
import { parse } from '../../src/graph/text/index.ts'
import { likelyOutputs } from '../../src/models/likely-outputs.ts'

for (const [what, text, expected] of [
  [
    'names of results before other sinks',
    'in x: float32[2]\na = Neg(x)\nlogits = Neg(x)\np = Softmax(logits)',
    ['p: nothing reads it, it is a Softmax', 'a: nothing reads it'],
  ],
  [
    'a result that a summary and a check read',
    'in x: float32[2]\nprobs = Softmax(x)\nt = Const string[] ["t"]\ns = HistogramSummary(t, probs)\nc = CheckNumerics(probs) {message: ""}',
    ['probs: nothing reads it, it is named as an output, it is a Softmax'],
  ],
  [
    'not what feeds variables, saves, or trains',
    'in x: float32[2]\nv = VariableV2() {dtype: float32, shape: [2]}\ni = Neg(x)\na = Assign(v, i)\nr = Identity(v)\n"gradients/g" = Neg(x)\n"save/c" = Const float32[] [1]\nout_y = Abs(x)',
    ['out_y: nothing reads it'],
  ],
  [
    'every output of a node',
    'in x: float32[4]\na = Const int32[] [0]\nsplit = Split(a, x) {num_split: 2}',
    ['split: nothing reads it', 'split:1: nothing reads it'],
  ],
  [
    'a scatter into a tensor of its own, and rows of a variable',
    'in i: int32[2,1]\nin u: float32[2]\ns = Const int32[1] [4]\ny = ScatterNd(i, u, s)\nv = VarHandleOp() {dtype: float32, shape: [4]}\nr = ReadVariableOp(v) {dtype: float32}\ng = ResourceGather(v, i) {dtype: float32}',
    ['y: nothing reads it', 'g: nothing reads it'],
  ],
  [
    'not what is inside a branch, whatever its name',
    'in x: float32[2]\nin p: bool[]\ns = Switch(x, p)\na = Neg(s:1)\nlogits = Abs(s:1)\nm = Merge(s, a)\ny = Relu(m)',
    ['y: nothing reads it'],
  ],
  [
    'not the condition of a branch, nor averages that training moves',
    'in x: float32[2]\nin training: bool[]\npred_id = Identity(training)\nv = VariableV2() {dtype: float32, shape: [2]}\nmean = AssignSub(v, x)\nmoved = Neg(mean)\ny = Abs(x)',
    ['y: nothing reads it'],
  ],
  [
    'an input under another name, where there is nothing else',
    'in x: float32[2]\ny = Identity(x)',
    ['y: nothing reads it, it is an Identity'],
  ],
  [
    'a gradient, where there is nothing else',
    'in x: float32[2]\n"gradients/g" = Neg(x)',
    ['gradients/g: nothing reads it'],
  ],
] as const) {
  test(what, () => {
    expect(likelyOutputs(parse(text)).map(o => `${o.value}: ${o.reason}`)).toEqual(expected)
  })
}
