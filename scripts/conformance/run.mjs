// npm run conformance [-- --full] [-- --only SUBSTR]
// Lets real TensorFlow, OpenCV, OpenVINO, ONNX Runtime and TF.js judge the built command: a fixed sample (what CI runs) or everything.
// Its Python is set up when a step first needs it (scripts/oracle.sh); what it builds is kept under the user's cache folder.
// A step that needs public models is skipped, with a word, where the folder of them is absent.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { built, cache, chromium, network, python, run, shared } from '../networks.mjs'

const full = process.argv.includes('--full')
const only = process.argv.includes('--only') ? process.argv[process.argv.indexOf('--only') + 1] : ''
const here = 'scripts/conformance'
const cli = `${process.execPath} dist/cli/main.js`
const models = `${shared}/models`
const graphs = `${models}/dl4j-tfgraphs/examples`

/** The networks that every consumer loads, in each form that they come in. */
const NETWORKS = [
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

/** Networks whose outputs depend on their inputs, as those do that were trained. */
const TRAINED = [
  'mltiny-kws_ref_model',
  'kotlindl-mnist1-saved_model',
  'basic-pitch-icassp_2022/nmp',
  'zoo-saved-model-resource',
  'tract-jupyter-keras-tf2/my_model',
]

/** Prints where TensorFlow is, without loading it. */
const FIND_TENSORFLOW = "import importlib.util as i; print(i.find_spec('tensorflow').submodule_search_locations[0])"

/** Runs a judge; resolves with what it prints. */
const judge = (script, ...args) => run(python(), [`${here}/${script}`, ...args])
const known = file => ['--known', `${here}/known/${file}`]
/** Lets the embedded engine run what was recorded. */
const embedded = (...args) => run(process.execPath, [`${here}/embedded.mjs`, ...args])
/** In the sample, each `every`th case only. */
const sampled = every => (full ? [] : ['--every', String(every)])
/** How many must hold when all are judged. */
const least = count => (full ? ['--least', String(count)] : [])
const kerasCases = (every, options) => () =>
  judge('keras_cases.py', `${shared}/keras`, `--args=${options}`, ...known('keras.txt'), ...sampled(every))

/** What is judged. `needs`: a folder without which the step is skipped. `isLong`: minutes, so not in the sample. */
const STEPS = [
  {
    name: 'own models',
    judge: async () => judge('own_models.py', await built('own-models', `${here}/models.py`, [])),
  },
  { name: 'shapes of ops', judge: () => shapes(['--ops']) },
  {
    name: 'layers in OpenCV',
    isLong: true,
    judge: () => judge('target_layers.py', 'opencv', ...known('target-opencv.txt')),
  },
  {
    name: 'layers in OpenVINO',
    isLong: true,
    judge: () => judge('target_layers.py', 'openvino', ...known('target-openvino.txt')),
  },
  { name: 'networks', isLong: true, judge: networks },
  {
    name: 'model explorer',
    needs: chromium() ?? 'chromium',
    judge: () =>
      run(process.execPath, [
        `${here}/model_explorer.mjs`,
        chromium(),
        'fixtures/digits',
        'fixtures/keras/nested.k3.keras',
      ]),
  },
  {
    name: 'savedmodels',
    needs: models,
    judge: () => judge('saved_models.py', models, ...known('refused-signatures.txt')),
  },
  {
    name: 'hostile input',
    needs: `${shared}/hostile`,
    judge: () => run(python(), [`${shared}/hostile/check.py`, '--cli', cli]),
  },
  {
    name: 'embedded engine, graphs',
    needs: models,
    judge: () => embedded('graphs', graphs, '--known', `${here}/known/embedded.txt`, ...sampled(10)),
  },
  {
    name: 'embedded engine, keras cases',
    needs: `${shared}/keras`,
    judge: () => embedded('keras', `${shared}/keras`, ...sampled(15)),
  },
  {
    name: 'verify',
    judge: async () => {
      const own = await built('own-models', `${here}/models.py`, [])
      const folders = [own, ...(existsSync(models) ? [models] : [])]
      return run(process.execPath, [`${here}/verify.mjs`, python(), ...folders, ...known('verify.txt'), ...sampled(8)])
    },
  },
  {
    name: 'changed networks',
    needs: models,
    isLong: true,
    judge: () => {
      const library = execFileSync(python(), ['-c', FIND_TENSORFLOW], { encoding: 'utf8' }).trim()
      return run(process.execPath, [`${here}/tampered.mjs`, library, ...TRAINED.map(path => `${models}/${path}`)])
    },
  },
  {
    name: 'interrupted',
    isLong: true,
    judge: async () => {
      const [folder] = await network('MobileNetV2')
      return run(process.execPath, [`${here}/interrupted.mjs`, `${folder}/saved_model`])
    },
  },
  {
    name: 'cases',
    needs: `${shared}/cases`,
    judge: () => judge('cases.py', `${shared}/cases`, ...known('cases.txt')),
  },
  { name: 'checkpoints', needs: models, judge: () => judge('checkpoints.py', models, ...known('checkpoints.txt')) },
  { name: 'graphs', needs: models, judge: () => judge('frozen_graphs.py', graphs, ...sampled(10)) },
  {
    name: 'graphs, no outputs named',
    needs: models,
    judge: () => judge('frozen_graphs.py', graphs, '--unnamed', ...sampled(12)),
  },
  {
    name: 'keras cases, unrolled',
    needs: `${shared}/keras`,
    judge: kerasCases(19, '--rnn unroll'),
  },
  { name: 'keras cases, unrolled and optimised', needs: `${shared}/keras`, judge: kerasCases(11, '--rnn unroll -O') },
  { name: 'keras cases, as loops', needs: `${shared}/keras`, judge: kerasCases(17, '--rnn loop') },
  { name: 'keras cases, as loops and optimised', needs: `${shared}/keras`, judge: kerasCases(13, '--rnn loop -O') },
  { name: 'onnx, ops', judge: onnxOps },
  { name: 'onnx, networks', isLong: true, judge: onnxNetworks },
  {
    name: 'onnx, recurrent layers',
    isLong: true,
    judge: async () => judge('onnx_recurrent.py', await built('recurrent', `${here}/recurrent.py`, [])),
  },
  {
    name: 'onnx, keras cases',
    needs: `${shared}/keras`,
    judge: () => judge('onnx_models.py', 'keras', `${shared}/keras`, ...least(635), ...sampled(15)),
  },
  {
    name: 'onnx, graphs',
    needs: models,
    judge: () => judge('onnx_models.py', 'graphs', graphs, ...least(700), ...sampled(10)),
  },
  {
    name: 'onnx, signatures',
    isLong: true,
    needs: models,
    judge: () => judge('onnx_models.py', 'signatures', models, '--least', '45'),
  },
  {
    name: 'tfjs, keras cases',
    needs: `${shared}/keras`,
    judge: () => judge('tfjs_models.py', 'keras', `${shared}/keras`, ...least(630), ...sampled(15)),
  },
  {
    name: 'tfjs, graphs',
    needs: models,
    judge: () => judge('tfjs_models.py', 'graphs', graphs, ...known('tfjs.txt'), ...least(560), ...sampled(10)),
  },
  {
    name: 'chunked',
    isLong: true,
    judge: async () => judge('chunked.py', 'fixtures/digits', await built('own-models', `${here}/models.py`, [])),
  },
  { name: 'batch, killed', isLong: true, judge: () => run(process.execPath, [`${here}/batch_kills.mjs`]) },
  { name: 'batch, manifests', isLong: true, judge: () => judge('manifests.py', cache) },
  { name: 'batch, slurm', isLong: true, judge: () => judge('slurm.py') },
  { name: 'batch, s3', isLong: true, judge: () => run(process.execPath, [`${here}/s3.mjs`]) },
  { name: 'past 2 GiB', isLong: true, judge: () => judge('large_models.py', '3', '6') },
  { name: 'onnx, past 2 GiB', isLong: true, judge: () => judge('onnx_large.py', '3') },
  { name: 'tfjs, networks', isLong: true, judge: tfjsNetworks },
  {
    name: 'tfjs, read again',
    needs: `${shared}/keras`,
    judge: () => judge('tfjs_models.py', 'keras', `${shared}/keras`, '--read-again', ...least(630), ...sampled(20)),
  },
  {
    name: 'tfjs, layers models',
    needs: `${shared}/keras`,
    judge: () => judge('tfjs_layers.py', `${shared}/keras`, ...known('tfjs-layers.txt'), ...least(180), ...sampled(20)),
  },
  {
    name: 'keras models',
    needs: models,
    judge: () => judge('keras_models.py', models, ...known('keras-models.txt'), ...sampled(5)),
  },
  {
    name: 'shapes in graphs',
    needs: models,
    isLong: true,
    judge: () => shapes([models, '--keras', `${shared}/keras`]),
  },
]

/** The folders of all networks, made where they are not yet. */
async function networkFolders() {
  const folders = []
  for (const name of NETWORKS) folders.push(...(await network(name)))
  return folders
}

/** Freezes each network from its SavedModel and from its Keras files, optimises it, and lets every consumer load it. */
async function networks() {
  return judge('networks.py', ...(await networkFolders()), ...known('networks.txt'))
}

/** Writes each network for TF.js, from each of its forms, and runs it on two backends. */
async function tfjsNetworks() {
  const [first, ...more] = await networkFolders()
  const lines = []
  for (const backend of ['cpu', 'wasm'])
    lines.push(await judge('tfjs_models.py', 'networks', first, '--backend', backend, '--more', ...more))
  return lines.join('')
}

/** Writes each network as ONNX, from each of its forms, lets every program that reads it run it, and counts nodes. */
async function onnxNetworks() {
  const folders = await networkFolders()
  return (await judge('onnx_networks.py', ...folders)) + (await judge('tf2onnx_networks.py', ...folders))
}

/** Writes each recorded case of an op as ONNX, and lets ONNX Runtime run it. */
async function onnxOps() {
  const folder = mkdtempSync(join(tmpdir(), 'onnx-ops-'))
  try {
    await run(process.execPath, [`${here}/onnx_ops.mjs`, folder])
    return await judge('onnx_ops.py', folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Compares what is inferred of every tensor with what TensorFlow knows of it. */
async function shapes(sources) {
  const folder = mkdtempSync(join(tmpdir(), 'shapes-'))
  try {
    await judge('facts.py', folder, ...sources)
    return await run(process.execPath, [`${here}/facts.mjs`, folder])
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Runs a step and says in a line how it went: `holds`, `fails` or `skipped`. */
async function take({ name, needs, judge: work }) {
  if (needs && !existsSync(needs)) {
    console.log(`\n== ${name}: skipped, because ${needs} is not there`)
    return 'skipped'
  }
  const start = Date.now()
  const seconds = () => `${Math.round((Date.now() - start) / 1000)} s`
  try {
    const lines = (await work()).trim().split('\n')
    console.log(`\n== ${name}: holds (${seconds()})\n${lines.slice(full ? -8 : -2).join('\n')}`)
    return 'holds'
  } catch (error) {
    console.log(`\n== ${name}: FAILS (${seconds()})\n${error.message.trim()}`)
    return 'fails'
  }
}

if (!existsSync('dist/cli/main.js')) execFileSync('npm', ['run', 'build'], { stdio: 'inherit' })

const queue = STEPS.filter(step => step.name.includes(only) && (full || only || !step.isLong))
const results = []
async function worker() {
  for (let step = queue.shift(); step; step = queue.shift()) results.push(await take(step))
}
await Promise.all([worker(), worker()])

const count = result => results.filter(r => r === result).length
const failed = count('fails') > 0 || results.length === 0
console.log(
  `\n${failed ? 'conformance FAILS' : 'conformance holds'} (${full ? 'everything' : 'the sample; -- --full runs everything'}): ` +
    `${count('holds')} steps hold, ${count('fails')} fail, ${count('skipped')} skipped`,
)
process.exit(failed ? 1 : 0)
