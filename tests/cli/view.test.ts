/** `tfreeze view --export`: a picture and a collection, without a browser; and what is refused. */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { copyFixture, inFolder } from './folder.ts'
import { tfreeze } from './run.ts'

inFolder()

test('writes a picture that needs nothing else', async () => {
  copyFixture('digits', 'digits')
  expect(await tfreeze('view', 'digits', '--export', 'graph.svg')).toMatchObject({ status: 0, stderr: '' })
  const text = readFileSync('graph.svg', 'utf8')
  expect(text).toMatch(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg"/)
  expect(text).toContain('output output_0')
  expect(text.match(/https?:\/\//g)).toHaveLength(1)
})

test('writes a collection for Model Explorer', async () => {
  copyFixture('digits', 'digits')
  expect(await tfreeze('view', 'digits', '--export', 'graph.json')).toMatchObject({ status: 0, stderr: '' })
  // Its reader takes an object that has a label and graphs, else arrays of graphs or of collections, nothing else.
  const collection = JSON.parse(readFileSync('graph.json', 'utf8'))
  expect(Object.keys(collection)).toEqual(['label', 'graphs'])
  expect(collection.label).toBe('digits')
  expect(collection.graphs.length).toBe(6)
  for (const { id, nodes } of collection.graphs) {
    expect(typeof id).toBe('string')
    const ids = new Set(nodes.map((node: { id: string }) => node.id))
    expect(ids.size).toBe(nodes.length)
    for (const { incomingEdges } of nodes)
      for (const { sourceNodeId } of incomingEdges) expect(ids.has(sourceNodeId)).toBe(true)
  }
})

test('another ending is wrong usage', async () => {
  copyFixture('digits', 'digits')
  const { status } = await tfreeze('view', 'digits', '--export', 'graph.png')
  expect(status).toBe(2)
})

test('what is no model is refused before anything is served', async () => {
  const { status, stderr } = await tfreeze('view', 'nothing')
  expect([status, stderr]).toEqual([1, 'nothing: there is no such file or folder. Check the path.\n'])
})
