/** Inputs that failed once, by fuzzing or at users', do not fail again. */
import { afterAll, expect, test } from 'vitest'
import { kept } from './corpus.ts'
import { faultOf } from './faults.ts'
import { samples } from './samples.ts'
import { watchdog } from './watchdog.ts'

const dog = watchdog()
afterAll(dog.stop)

test('what is kept in corpus/ is refused or written in order', async () => {
  const all = await samples()
  for (const input of kept()) {
    const sample = all.find(({ name }) => name === input.sample)
    expect(sample, `${input.sample} is no sample any more: remove the inputs made of it`).toBeDefined()
    dog.watch(`${input.sample} ${input.name}`)
    expect(await faultOf(sample!, input.bytes), `${input.sample} ${input.name}`).toBeUndefined()
  }
})
