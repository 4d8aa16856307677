/**
 * What the package exports, by name: a name that comes or goes is a decision. That every
 * type of a public signature is exported is checked by `npm run docs:api`.
 */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import * as formats from '../../src/api/formats.ts'
import * as graph from '../../src/api/graph.ts'
import * as keras from '../../src/api/keras.ts'
import * as remote from '../../src/api/remote.ts'
import * as rewrite from '../../src/api/rewrite.ts'
import * as core from '../../src/index.ts'
import * as node from '../../src/node/index.ts'

/** The types that a module exports: they are not there at run time. */
const typesOf = (path: string): string[] =>
  [...readFileSync(path, 'utf8').matchAll(/\btype (\w+)|export type \{([^}]+)\}/g)]
    .flatMap(([, one, many]) => (one ? [one] : many!.split(',').map(name => name.trim())))
    .filter(name => name !== '')
    .sort()

test('values of tfreeze', () => {
  expect(Object.keys(core).sort()).toMatchInlineSnapshot(`
    [
      "DRAWINGS",
      "EXPORTERS",
      "FreezeError",
      "INPUT_KINDS",
      "OPTIONS",
      "PASSES",
      "TARGETS",
      "drawingFor",
      "embedded",
      "exporterFor",
      "freeze",
      "fromBlob",
      "fromBytes",
      "fromFiles",
      "inspection",
      "isFreezeError",
      "manifest",
      "merge",
      "normalization",
      "open",
      "optimize",
      "parsePasses",
      "readAhead",
      "readData",
      "run",
      "targetNamed",
      "verify",
    ]
  `)
})

test('types of tfreeze', () => {
  expect(typesOf('src/index.ts')).toMatchInlineSnapshot(`
    [
      "Arrays",
      "Bigints",
      "ByteSource",
      "CommandName",
      "Complex",
      "Data",
      "DataOptions",
      "Divergence",
      "DivergentInput",
      "Drawing",
      "Elements",
      "Engine",
      "ErrorCode",
      "ErrorPlace",
      "ExportContext",
      "Exporter",
      "Figures",
      "Folder",
      "FreezeOptions",
      "Frozen",
      "FrozenPort",
      "FrozenSource",
      "GivenValue",
      "GraphSummary",
      "Handle",
      "Inner",
      "InnerNode",
      "InnerTensor",
      "Input",
      "InputKind",
      "InspectedSignature",
      "InspectedTensor",
      "Inspection",
      "Leniency",
      "Literal",
      "Manifest",
      "ManifestPort",
      "MetaGraphSummary",
      "Model",
      "ModelKind",
      "NdArray",
      "Normalization",
      "Numbers",
      "ObjectFunction",
      "OpenOptions",
      "OpenSettings",
      "OptimizeOptions",
      "OptimizeReport",
      "OptionCommon",
      "OptionDef",
      "OptionKinds",
      "OptionTable",
      "OptionsIn",
      "OptionsOf",
      "Output",
      "OutputFile",
      "OutputNodes",
      "PassCall",
      "PassRun",
      "Photo",
      "Preferences",
      "Probe",
      "Progress",
      "Requirements",
      "Resolved",
      "RunOptions",
      "Runnable",
      "SettingsIn",
      "SettingsOf",
      "Signature",
      "SignatureTensor",
      "Stage",
      "Subject",
      "SubjectPort",
      "SyncByteSource",
      "Table",
      "TableContents",
      "Tables",
      "Target",
      "TargetReport",
      "TensorArray",
      "TensorList",
      "Tolerance",
      "Unreadable",
      "ValueOf",
      "VariableInfo",
      "Variables",
      "Verdicts",
      "Verification",
      "VerifiedOutput",
      "VerifiedSide",
      "VerifyOptions",
      "WorstElement",
      "WrittenOutput",
    ]
  `)
})

test('values of tfreeze/node', () => {
  expect(Object.keys(node).sort()).toMatchInlineSnapshot(`
    [
      "Digest",
      "isPipe",
      "onnxRuntime",
      "openFile",
      "openFolder",
      "openInput",
      "openPipe",
      "tensorflow",
      "writeFile",
      "writeFiles",
      "writeFolder",
    ]
  `)
})

test('types of tfreeze/node', () => {
  expect(typesOf('src/node/index.ts')).toMatchInlineSnapshot(`
    [
      "Chunks",
      "OnnxRuntimeEngine",
      "TensorFlowEngine",
      "Written",
    ]
  `)
})

test('values of tfreeze/graph', () => {
  expect(Object.keys(graph).sort()).toMatchInlineSnapshot(`
    [
      "DTYPES",
      "Facts",
      "Graph",
      "add",
      "bypass",
      "byteLength",
      "cast",
      "chunks",
      "concat",
      "div",
      "elementCount",
      "fromValues",
      "inOrder",
      "insertAfter",
      "int",
      "list",
      "moveReaders",
      "mul",
      "neg",
      "parse",
      "print",
      "readTensor",
      "replaceOp",
      "reshape",
      "scalar",
      "shape",
      "splat",
      "splice",
      "string",
      "strings",
      "stringsOf",
      "sub",
      "takePlace",
      "tensorNamed",
      "transpose",
      "type",
      "valuesOf",
      "vector",
      "verify",
      "violations",
    ]
  `)
})

test('values of tfreeze/rewrite', () => {
  expect(Object.keys(rewrite).sort()).toMatchInlineSnapshot(`
    [
      "ReportBuilder",
      "any",
      "anything",
      "as",
      "constant",
      "either",
      "once",
      "op",
      "pass",
      "rewrite",
      "rule",
      "rulePass",
      "where",
    ]
  `)
})

test('values of tfreeze/formats', () => {
  expect(Object.keys(formats).sort()).toMatchInlineSnapshot(`
    [
      "Bundle",
      "archiveFolder",
      "isHdf5",
      "openBundle",
      "openHdf5",
      "readGraph",
    ]
  `)
})

test('tfreeze/remote', () => {
  expect(Object.keys(remote).sort()).toEqual(['isRemote', 'openRemote', 'upload'])
})

test('tfreeze/keras has types alone', () => {
  expect(Object.keys(keras)).toEqual([])
})
