/** The graphs of docs/how-freezing-works.md are what the steps of freezing give. `npm run bless` writes them. */

import { readFileSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { freezingSteps, NAMED } from './freezing-steps.ts'

const PAGE = 'docs/how-freezing-works.md'
const GRAPH = /^```graph\n([\s\S]*?)\n```$/gm

/** Sections of the page: the first graph of each is a model, the others are what freezing makes of it. */
const sections = readFileSync(PAGE, 'utf8').split(/^(?=## )/m)
const graphsOf = (section: string): string[] => [...section.matchAll(GRAPH)].map(([, graph]) => graph!)
const models = sections.filter(section => graphsOf(section).length > 0)

test('the page has a model, a branch and a loop', () =>
  expect(models.map(section => graphsOf(section).length)).toEqual([7, 2, 2]))

for (const section of models) {
  test(section.split('\n')[0]!.slice('## '.length), async () => {
    const [model, ...shown] = graphsOf(section)
    const steps = await freezingSteps(model!)
    const expected = shown.length === 1 ? [steps[0], steps[NAMED]] : steps
    if (process.env['BLESS']) bless(section, expected.map(String))
    else expect([model, ...shown]).toEqual(expected)
  })
}

function bless(section: string, graphs: readonly string[]): void {
  let at = 0
  const written = section.replace(GRAPH, () => `\`\`\`graph\n${graphs[at++]}\n\`\`\``)
  writeFileSync(
    PAGE,
    readFileSync(PAGE, 'utf8').replace(section, () => written),
  )
}
