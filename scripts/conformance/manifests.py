"""Judges the manifests in docs/batch.md: Kubernetes' by its schema, strictly; the others by what reads their form.

usage: python manifests.py CACHE
kubernetes-validate, from PyPI, is installed below CACHE when it is not there yet.
"""

import json
import os
import re
import subprocess
import sys

PACKAGE = 'kubernetes-validate'
DOCUMENT = 'docs/batch.md'


def installed(cache):
    """The module, from a folder of its own."""
    folder = os.path.join(cache, PACKAGE)
    if not os.path.isdir(folder):
        pip = [sys.executable, '-m', 'pip', 'install', '--quiet', '--target', folder, PACKAGE, 'pyyaml']
        subprocess.run(pip, check=True)
    sys.path.insert(0, folder)
    import kubernetes_validate
    import yaml

    return kubernetes_validate, yaml


def blocks():
    """The code below each heading of the third level."""
    text = open(DOCUMENT).read()
    return {title: code for title, code in re.findall(r'^### (.+?)\n+```\w*\n(.*?)^```', text, re.M | re.S)}


def shell(code):
    """What bash says of a script that it does not run."""
    done = subprocess.run(['bash', '-n'], input=code, capture_output=True, text=True)
    return done.stderr.strip()


def main():
    kubernetes_validate, yaml = installed(sys.argv[1])
    found, wrong = blocks(), []
    expected = {'Kubernetes', 'Slurm', 'AWS Batch', 'GNU parallel', 'Argo Workflows'}
    if set(found) != expected:
        wrong.append(f'{DOCUMENT} has {sorted(found)}, expected {sorted(expected)}')
    version = kubernetes_validate.latest_version()
    job = yaml.safe_load(found.get('Kubernetes', '{}'))
    try:
        kubernetes_validate.validate(job, version, strict=True)
    except Exception as e:
        wrong.append(f'Kubernetes {version}: {e}')
    if (job.get('apiVersion'), job.get('spec', {}).get('completionMode')) != ('batch/v1', 'Indexed'):
        wrong.append('the Kubernetes manifest is not an Indexed Job of batch/v1')
    if yaml.safe_load(found.get('Argo Workflows', '{}')).get('kind') != 'Workflow':
        wrong.append('the Argo manifest is not a Workflow')
    if 'arrayProperties' not in json.loads(found.get('AWS Batch', '{}')):
        wrong.append('the definition for AWS Batch is not of an array')
    wrong += [f'{title}: {said}' for title in ('Slurm', 'GNU parallel') if (said := shell(found.get(title, '')))]
    print(
        '\n'.join(wrong) or f'{len(found)} manifests are well formed; the Job fits the schema of Kubernetes {version}'
    )
    sys.exit(bool(wrong))


if __name__ == '__main__':
    main()
