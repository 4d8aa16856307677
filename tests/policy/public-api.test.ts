/** What the package exports, by name: a name that comes or goes is a decision. */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
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
      "EXPORTERS",
      "FreezeError",
      "INPUT_KINDS",
      "PASSES",
      "TARGETS",
      "exporterFor",
      "freeze",
      "fromBlob",
      "fromBytes",
      "fromFiles",
      "inspection",
      "isFreezeError",
      "manifest",
      "open",
      "optimize",
      "parsePasses",
      "readAhead",
      "targetNamed",
    ]
  `)
})

test('types of tfreeze', () => {
  expect(typesOf('src/index.ts')).toMatchInlineSnapshot(`
    [
      "ByteSource",
      "Drawing",
      "ErrorCode",
      "ErrorPlace",
      "ExportContext",
      "Exporter",
      "Folder",
      "FreezeOptions",
      "Frozen",
      "FrozenPort",
      "FrozenSource",
      "Input",
      "InputKind",
      "Inspection",
      "Manifest",
      "Model",
      "OpenOptions",
      "OptimizeOptions",
      "OptimizeReport",
      "Output",
      "OutputFile",
      "PassCall",
      "Requirements",
      "Signature",
      "SignatureTensor",
      "Target",
      "VariableInfo",
      "WrittenOutput",
    ]
  `)
})

test('values of tfreeze/node', () => {
  expect(Object.keys(node).sort()).toMatchInlineSnapshot(`
    [
      "Digest",
      "isPipe",
      "openFile",
      "openFolder",
      "openInput",
      "openPipe",
      "writeFile",
      "writeFiles",
      "writeFolder",
    ]
  `)
})

test('types of tfreeze/node', () => {
  expect(typesOf('src/node/index.ts')).toMatchInlineSnapshot(`[]`)
})
