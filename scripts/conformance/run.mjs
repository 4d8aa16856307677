// npm run conformance [-- --full] [-- --only SUBSTR]
// Lets real TensorFlow, OpenCV and OpenVINO judge the built command: a fixed sample (what CI runs) or everything.
// Sets up its own Python (scripts/oracle.sh) and keeps what it builds under the user's cache folder.
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { built, network, python, run, shared } from '../networks.mjs'

const full = process.argv.includes('--full')
const only = process.argv.includes('--only') ? process.argv[process.argv.indexOf('--only') + 1] : ''
const cli = `${process.execPath} dist/cli/main.js`
const known = 'scripts/conformance/known'

/** The networks that a consumer loads, each in the forms it comes in. */
const NETWORKS = full
  ? [
      'MobileNetV2',
      'ResNet50',
      'VGG16',
      'DenseNet121',
      'InceptionV3',
      'NASNetMobile',
      'EfficientNetB0',
      'MobileNetV3Small',
      'Xception',
      'EfficientNetV2B0',
      'ConvNeXtTiny',
      'ResNet50V2',
    ]
  : ['MobileNetV2', 'ResNet50']

const oracle = (script, ...args) => run(python, [`${shared}/oracle/${script}`, ...args])
const graphs = `${shared}/models/dl4j-tfgraphs/examples`

/** name, whether it reads ../shared, and what to run; the last line of what it prints is its result. */
const STEPS = [
  [
    'own models',
    false,
    async () =>
      run(python, [
        'scripts/conformance/judge.py',
        await built('own-models', 'scripts/conformance/models.py', []),
        '--cli',
        cli,
      ]),
  ],
  [
    'savedmodels',
    true,
    () =>
      oracle('check_savedmodels.py', `${shared}/models`, '--cli', cli, '--refused', `${known}/refused-signatures.txt`),
  ],
  [
    'checkpoints',
    true,
    () =>
      run(python, [
        'scripts/conformance/checkpoints.py',
        `${shared}/models`,
        '--cli',
        cli,
        '--known',
        `${known}/checkpoints.txt`,
      ]),
  ],
  ...(full ? [['networks', true, networks]] : []), // minutes a network: not in the sample
  ['graphs', true, () => oracle('check_graphs.py', graphs, '--cli', cli, ...sampled(10))],
  ['keras cases, unrolled', true, () => keras(19, '--rnn unroll')],
  ['keras cases, unrolled and optimised', true, () => keras(11, '--rnn unroll -O')],
  ['keras cases, as loops', true, () => keras(17, '--rnn loop')],
  ['keras cases, as loops and optimised', true, () => keras(13, '--rnn loop -O')],
  ['keras models', true, () => kerasModels()],
]

/** In the sample, each `every`th case only. */
const sampled = every => (full ? [] : ['--every', String(every)])

/** The Keras cases, frozen with some options. */
const keras = (every, options) =>
  oracle(
    'check_keras.py',
    `${shared}/keras`,
    '--cli',
    cli,
    `--args=${options}`,
    '--known',
    `${known}/keras.txt`,
    ...sampled(every),
  )

/** Public Keras files, against recorded predictions and what Keras computes. */
const kerasModels = () =>
  run(python, [
    'scripts/conformance/keras_models.py',
    `${shared}/models`,
    '--known',
    `${known}/keras-models.txt`,
    ...sampled(5),
  ])

/** Freezes each network from its SavedModel and from its Keras files, optimises it, and lets every consumer load it. */
async function networks() {
  const folders = []
  for (const name of NETWORKS) folders.push(...(await network(name)))
  return run(python, [
    'scripts/conformance/networks.py',
    ...folders,
    '--consumers',
    `${shared}/oracle/check_consumers.py`,
    '--known',
    `${known}/networks.txt`,
  ])
}

if (!existsSync('dist/cli/main.js')) execFileSync('npm', ['run', 'build'], { stdio: 'inherit' })

const queue = STEPS.filter(([name]) => name.includes(only))
let failures = 0
async function worker() {
  for (let step = queue.shift(); step; step = queue.shift()) {
    const [name, needsShared, work] = step
    const start = Date.now()
    if (needsShared && !existsSync(shared)) {
      console.log(`\n== ${name}: skipped, because ${shared} is not there`)
      if (process.env.CI === 'true') failures++
      continue
    }
    try {
      const lines = (await work()).trim().split('\n')
      console.log(
        `\n== ${name}: holds (${Math.round((Date.now() - start) / 1000)} s)\n${lines.slice(full ? -8 : -2).join('\n')}`,
      )
    } catch (error) {
      failures++
      console.log(`\n== ${name}: FAILS (${Math.round((Date.now() - start) / 1000)} s)\n${error.message.trim()}`)
    }
  }
}
await Promise.all([worker(), worker()])
console.log(
  `\n${failures ? `${failures} steps fail` : 'conformance holds'} (${full ? 'everything' : 'the sample; -- --full runs everything'})`,
)
process.exit(failures ? 1 : 0)
