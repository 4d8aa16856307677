// node strict.mjs MESSAGES.ts: makes ts-proto's decoders refuse damaged bytes that they would misread without a word.
// Each change must be found in the text, so that a new version of ts-proto does not bring the old leniency back.
import { readFileSync, writeFileSync } from 'node:fs'

const [path] = process.argv.slice(2)
let text = readFileSync(path, 'utf8')

/** Replaces every place, of which there must be one. */
function replace(pattern, by) {
  let places = 0
  text = text.replace(pattern, (...found) => {
    places++
    return by(...found)
  })
  if (places === 0) throw new Error(`${path} has nothing like ${pattern}`)
}

const refuse = what => `throw new globalThis.Error("${what}");`

// A zero byte or the end of a group that nobody began ends a message, and the rest is taken for the message around it.
replace(
  /if \(\(tag & 7\) === 4 \|\| tag === 0\) \{\s*break;\s*\}/g,
  () => `if (tag < 8) { ${refuse('field number 0')} }`,
)
// The number tells whether the end of a group is that of its beginning.
replace(/reader\.skip\(tag & 7\)/g, () => 'reader.skip(tag & 7, tag >>> 3)')
// A field may be longer than the message around it, and swallow what comes after.
replace(
  /return message;\n {4}\} finally/g,
  () =>
    `if (reader.pos !== end) { ${refuse('a field is longer than the message around it')} }\n      return message;\n    } finally`,
)
replace(
  /while \(reader\.pos < (end\d+)\) \{[^}]*\}/g,
  (loop, end) => `${loop}\nif (reader.pos !== ${end}) { ${refuse('a number is longer than the list around it')} }`,
)
// Of a message that comes twice the second counts alone, where protobuf merges them.
replace(
  /(message\.\w+)( = [A-Z]\w*\.decode\(reader, reader\.uint32\(\)\);)/g,
  (_, field, rest) => `if (${field} !== undefined) { ${refuse('a message comes twice')} }\n            ${field}${rest}`,
)
replace(
  /(message\.\w+)( = \{ \$case: ("\w+"), value: [A-Z]\w*\.decode\(reader, reader\.uint32\(\)\) \};)/g,
  (_, field, rest, name) =>
    `if (${field}?.$case === ${name}) { ${refuse('a message comes twice')} }\n            ${field}${rest}`,
)
// An entry of a map that has no value is left out, where protobuf takes the empty message.
const valueTypes = new Map(
  [...text.matchAll(/export interface (\w+Entry) \{\n\s*key: [^;]*;\n\s*value: (\w+) \| undefined;/g)].map(m => [
    m[1],
    m[2],
  ]),
)
replace(
  /(const (entry\d+) = (\w+Entry)\.decode\(reader, reader\.uint32\(\)\);)\s*if \(\2\.value !== undefined\) \{\s*(message\.\w+\.set\(\2\.key, \2\.value)\);\s*\}/g,
  (_, decode, _entry, type, set) =>
    `${decode}\n            ${set}${valueTypes.has(type) ? ` ?? ${valueTypes.get(type)}.decode(new Uint8Array(0))` : ''});`,
)

writeFileSync(path, text)
