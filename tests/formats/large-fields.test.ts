/** The table of fields that are left in files says what TensorFlow's descriptors say of the fields that are read. */
import { type DescField, type DescMessage, ScalarType } from '@bufbuild/protobuf'
import { expect, test } from 'vitest'
import { LARGE_FIELDS, LEFT } from '../../src/formats/protobuf/large-fields.ts'
import { descriptor } from '../../src/tensorflow/descriptors.ts'
import { readFields } from '../messages.ts'

const short = (name: string): string => name.replace('tensorflow.', '')

const isLeft = (field: DescField): boolean =>
  field.fieldKind === 'scalar' && field.scalar === ScalarType.BYTES && field.oneof === undefined

/** An entry of a map is a message inside the message that has the map: `NodeDef.AttrEntry`. */
const entryName = ({ parent, name }: DescField): string =>
  `${short(parent.typeName)}.${name.replace(/(?:^|_)(.)/g, (_, letter: string) => letter.toUpperCase())}Entry`

const TENSOR = descriptor('tensorflow.TensorProto')

/** The messages inside a message, itself included. */
function within(message: DescMessage, found = new Set<DescMessage>()): Set<DescMessage> {
  if (found.has(message)) return found
  found.add(message)
  for (const field of readFields(message)) if (field.message) within(field.message, found)
  return found
}

const leads = (field: DescField): boolean => field.message !== undefined && within(field.message).has(TENSOR)

test('the table is that of the descriptors', () => {
  const table: Record<string, Record<number, string>> = {}
  for (const message of within(descriptor('tensorflow.SavedModel'))) {
    const row: Record<number, string> = {}
    if (message === TENSOR) for (const field of message.fields.filter(isLeft)) row[field.number] = LEFT
    for (const field of message === TENSOR ? [] : readFields(message).filter(leads)) {
      const inner = short(field.message!.typeName)
      row[field.number] = field.fieldKind === 'map' ? entryName(field) : inner
      if (field.fieldKind === 'map') table[entryName(field)] = { 2: inner }
    }
    if (Object.keys(row).length > 0) table[short(message.typeName)] = row
  }
  expect(table).toEqual(LARGE_FIELDS)
})
