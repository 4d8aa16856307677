"""Prints src/onnx/generated/operators.ts: ONNX's operators, their versions, and the types that ONNX and ONNX Runtime share.

usage: python scripts/tables/onnx_operators.py > src/onnx/generated/operators.ts
The versions and signatures are those of the `onnx` package, the types those for which ONNX Runtime's CPU provider has a
kernel as well; float16 is taken from ONNX alone, as ONNX Runtime computes it in float32 where it has no kernel.
"""

import re
from collections import defaultdict

from onnxruntime.capi import onnxruntime_pybind11_state as runtime

import onnx
from onnx import defs, helper

FIRST, LAST = 13, 23
DOMAINS = {'': LAST, 'ai.onnx.ml': 3}
LETTERS = {
    'float': 'f',
    'double': 'd',
    'float16': 'h',
    'bfloat16': 'e',
    'int8': 'c',
    'int16': 's',
    'int32': 'i',
    'int64': 'l',
    'uint8': 'C',
    'uint16': 'S',
    'uint32': 'I',
    'uint64': 'L',
    'bool': 'b',
    'string': 'z',
    'complex64': 'x',
    'complex128': 'y',
}
HALF = {'h'}


def letter(type_name):
    match = re.fullmatch(r'tensor\((\w+)\)', type_name)
    return LETTERS.get(match.group(1)) if match else None


def letters(types):
    return {found for found in map(letter, types) if found}


kernels = defaultdict(list)
for kernel in runtime.get_all_opkernel_def():
    if kernel.provider == 'CPUExecutionProvider':
        kernels[kernel.domain, kernel.op_name].append(kernel)


def has_kernel(schema, opset, variable):
    """The letters of the types for which ONNX Runtime has a kernel; None where it does not restrict the variable."""
    found = set()
    for kernel in kernels[schema.domain, schema.name]:
        if kernel.version_range[0] <= opset <= kernel.version_range[1]:
            if variable not in kernel.type_constraints:
                return None
            found |= letters(kernel.type_constraints[variable])
    return found


def signature(schema):
    """`00>1`: one sign an operand; a digit is a type variable, a letter a type, `_` anything else; `*` repeats."""
    variables = []

    def sign(formal):
        constrained = formal.type_str in {c.type_param_str for c in schema.type_constraints}
        found = letters(formal.types)
        if constrained and len(found) == 1 and len(formal.types) == 1:
            mark = found.pop()
        elif constrained and found:
            if formal.type_str not in variables:
                variables.append(formal.type_str)
            mark = str(variables.index(formal.type_str))
        else:
            mark = letter(formal.type_str) or '_'
        return mark + ('*' if formal.option == defs.OpSchema.FormalParameterOption.Variadic else '')

    text = f'{"".join(map(sign, schema.inputs))}>{"".join(map(sign, schema.outputs))}'
    return text, variables


def types_of(schema, opset, variable):
    constraint = next(c for c in schema.type_constraints if c.type_param_str == variable)
    allowed = letters(constraint.allowed_type_strs)
    runnable = has_kernel(schema, opset, variable)
    if runnable is not None:
        allowed &= runnable | HALF
    return ''.join(sorted(allowed, key=list(LETTERS.values()).index))


def row(domain, name, versions):
    newest = max(v for v in versions if v <= DOMAINS[domain])
    schema = versions[newest]
    text, variables = signature(schema)
    parts = [name, ','.join(str(v) for v in sorted(versions) if v <= DOMAINS[domain]), text]
    for index, variable in enumerate(variables):
        changes = []
        for opset in range(FIRST, LAST + 1) if domain == '' else [DOMAINS[domain]]:
            known = [v for v in versions if v <= opset]
            if not known:
                continue
            at = versions[max(known)]
            if variable not in {c.type_param_str for c in at.type_constraints}:
                continue
            found = types_of(at, opset, variable)
            if not changes or changes[-1][1] != found:
                changes.append((opset, found))
        parts.append(
            f'{index}=' + ','.join(f'{opset}:{found}' if i else found for i, (opset, found) in enumerate(changes))
        )
    return ' '.join(parts)


by_name = defaultdict(dict)
for schema in defs.get_all_schemas_with_history():
    if schema.domain in DOMAINS and not schema.deprecated and schema.since_version <= DOMAINS[schema.domain]:
        by_name[schema.domain, schema.name][schema.since_version] = schema
gone = {(s.domain, s.name) for s in defs.get_all_schemas() if s.deprecated}
ir_versions = {entry[2]: entry[1] for entry in helper.VERSION_TABLE if FIRST <= entry[2] <= LAST}

print('/**')
print(
    f' * The operators of ONNX {onnx.__version__}, one a line: name, versions, signature, types by variable (and from'
)
print(' * which opset on). Made by scripts/tables/onnx_operators.py; the notation is explained in ../operators.ts.')
print(' */')
for domain, constant in [('', 'OPERATORS'), ('ai.onnx.ml', 'ML_OPERATORS')]:
    rows = [row(d, n, versions) for (d, n), versions in sorted(by_name.items()) if d == domain and (d, n) not in gone]
    print(f'export const {constant} = `' + '\n'.join(rows) + '`\n')
print('/** The version of the file format that came with each opset. */')
print('export const IR_VERSIONS: Readonly<Record<number, number>> = {')
for opset, ir in sorted(ir_versions.items()):
    print(f'  {opset}: {ir},')
print('}')
