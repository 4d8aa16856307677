import { describe, expect, it } from 'vitest'
import { passesDocument } from '../../src/optimize/describe.ts'
import { parsePasses } from '../../src/optimize/parse.ts'
import { defaultPasses, PASSES, passNamed } from '../../src/passes/index.ts'

describe('the registry', () => {
  it('gives every name and alias to one pass', () => {
    const names = PASSES.flatMap(p => [...new Set([p.name, ...p.aliases].map(n => n.replaceAll('_', '-')))])
    expect(names).toEqual([...new Set(names)])
  })

  it('runs what a pass needs before it', () => {
    const order = PASSES.map(p => p.name)
    for (const pass of PASSES) {
      for (const needed of pass.requires) {
        expect(order.indexOf(needed), `${pass.name} needs ${needed}`).toBeGreaterThanOrEqual(0)
        expect(order.indexOf(needed), `${pass.name} needs ${needed}`).toBeLessThan(order.indexOf(pass.name))
      }
    }
  })

  it('optimises by what helps everywhere', () => {
    expect(defaultPasses().map(c => c.pass.name)).toMatchInlineSnapshot(`
      [
        "strip-unused",
        "remove-device",
        "use-placeholder-defaults",
        "remove-identity",
        "resolve-conditionals",
        "remove-debug-ops",
        "remove-control-edges",
        "materialize-shapes",
        "fold-constants",
        "remove-dropout",
        "simplify-arithmetic",
        "simplify-reshapes",
        "simplify-transposes",
        "fold-padding",
        "fold-batch-norm",
        "split-batch-norm",
        "fold-scale",
        "merge-additions",
        "simplify-concats",
        "remove-dead-outputs",
        "merge-duplicates",
        "sort-by-execution-order",
      ]
    `)
  })

  it("knows the Graph Transform Tool's transforms by their names", () => {
    const transforms =
      'add_default_attributes backport_concatv2 backport_tensor_array_v3 flatten_atrous_conv fold_batch_norms fold_constants fold_old_batch_norms freeze_requantization_ranges fuse_convolutions insert_logging merge_duplicate_nodes obfuscate_names obsfucate_names quantize_nodes quantize_weights remove_attribute remove_control_dependencies remove_device remove_nodes rename_attribute rename_node rename_op round_weights set_device sort_by_execution_order sparsify_gather strip_unused_nodes'
    expect(transforms.split(' ').filter(name => !passNamed(name))).toEqual([])
  })

  it('describes every pass, option and target', () => {
    const text = passesDocument()
    for (const pass of PASSES) expect(text).toContain(`| \`${pass.name}\` |`)
    expect(text).toContain(
      '| `round-weights(num_steps=…)` | `256` | Number of levels between the smallest and the largest weight of a tensor. |',
    )
  })
})

describe('--passes', () => {
  const shown = (text: string): string[] =>
    parsePasses(text).map(({ pass, options }) => `${pass.name} ${JSON.stringify(options)}`)

  for (const [text, calls] of [
    [
      'fold-constants',
      ['fold-constants {"growth":1024,"exclude_op":[],"max_constant_size_in_bytes":0,"clear_output_shapes":false}'],
    ],
    [
      'fold_constants(growth=0), remove_device',
      [
        'fold-constants {"growth":0,"exclude_op":[],"max_constant_size_in_bytes":0,"clear_output_shapes":false}',
        'remove-device {}',
      ],
    ],
    ['fold-padding(explicit=True)', ['fold-padding {"explicit":true}']],
    [
      'remove_nodes(op=Identity, op="Abs") obfuscate_names',
      ['remove-nodes {"op":["Identity","Abs"],"max_inputs":1}', 'obfuscate-names {}'],
    ],
    [
      'fold_constants(ignore_errors=true)',
      ['fold-constants {"growth":1024,"exclude_op":[],"max_constant_size_in_bytes":0,"clear_output_shapes":false}'],
    ],
    [
      'insert_logging(message="a, b", op=Neg)',
      [
        'insert-logging {"op":["Neg"],"prefix":[],"message":"a, b","show_op":false,"show_name":false,"first_n":-1,"summarize":1024}',
      ],
    ],
    ['rename-op(old-op-name=A,new_op_name=B)', ['rename-op {"old_op_name":"A","new_op_name":"B"}']],
  ] as const) {
    it(text, () => expect(shown(text)).toEqual(calls))
  }

  for (const [text, message] of [
    ['', '--passes: no pass is named.'],
    [
      'fold',
      "--passes: no pass is called 'fold'. Nearest: fold-constants, fold-padding, fold-batch-norm; tfreeze help passes lists all.",
    ],
    ['Fold_Scales', /^--passes: no pass is called 'Fold_Scales'\. Nearest: fold-scale[,;] /],
    ['fuse_resize_pad_conv', /^--passes: no pass is called 'fuse_resize_pad_conv'\. Nearest: fuse-convolutions[,;] /],
    ['fold-constants(', "--passes: 'fold-constants(' is not a pass, written as name(argument=value)."],
    ['fold-constants(0)', "--passes: '0' in fold-constants(…) has no '='. Write it as argument=value."],
    [
      'fold-constants(size=0)',
      "--passes: the pass fold-constants has no option 'size'. It has growth, exclude_op, max_constant_size_in_bytes, clear_output_shapes.",
    ],
    [
      'rename-op(new_name=X)',
      "--passes: the pass rename-op has no option 'new_name'. It has new_op_name, old_op_name.",
    ],
    [
      'freeze-requantization-ranges(min_max_log_file=a.log)',
      "--passes › freeze-requantization-ranges(min_max_log_file): the file 'a.log' cannot be read here. Give parsePasses a function that reads files.",
    ],
    ['remove-device(x=1)', "--passes: the pass remove-device has no option 'x'. It has none: leave it out."],
    ['fold-constants(growth=much)', "--passes › fold-constants(growth): 'much' is not a number."],
    ['fold-padding(explicit=1)', "--passes › fold-padding(explicit): '1' is not true or false."],
    ['quantize_nodes(input_min=0)', '--passes › quantize-nodes: give both input_min and input_max, or neither.'],
  ] as const) {
    it(`refuses '${text}'`, () => expect(() => parsePasses(text)).toThrow(message))
  }
})
