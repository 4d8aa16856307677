"""Judges `tfreeze batch` under a real Slurm on this machine: an array of 8 tasks, one of which is killed and submitted again.

usage: python slurm.py
Needs slurmctld, slurmd, sbatch and munged; as root on Debian they are installed where they are not there. Where they
cannot be had the last line says so, and nothing is judged.
"""

import contextlib
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

PROGRAMS = ('munged', 'slurmctld', 'slurmd', 'sbatch')
PACKAGES = ('slurmctld', 'slurmd', 'slurm-client', 'munge')
MODELS = 200
TASKS = 8
KILLED = TASKS - 1
SECONDS = 300

CONFIGURATION = """
ClusterName=conformance
SlurmctldHost={host}(127.0.0.1)
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/munge.sock
SlurmctldPort={controller}
SlurmdPort={daemon}
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
AccountingStorageType=accounting_storage/none
JobAcctGatherType=jobacct_gather/none
ReturnToService=2
NodeName={host} NodeAddr=127.0.0.1 CPUs={cpus} State=UNKNOWN
PartitionName=main Nodes={host} Default=YES MaxTime=INFINITE State=UP
"""

# As docs/batch.md has it; the number of the task's process is written down, so that it can be killed.
SCRIPT = """#!/bin/bash
#SBATCH --job-name=freeze
#SBATCH --output={folder}/log-%a.txt
echo $$ > {folder}/pid-$SLURM_ARRAY_TASK_ID
exec {node} {command} batch {folder}/models -o {folder}/frozen -O --shard /{tasks} --jobs 1
"""


def installed():
    """Whether Slurm is there, if need be after installing it."""
    if not all(map(shutil.which, PROGRAMS)) and os.geteuid() == 0 and shutil.which('apt-get'):
        words = ['apt-get', 'install', '--yes', '--no-install-recommends', *PACKAGES]
        subprocess.run(words, capture_output=True, check=False)
    return os.geteuid() == 0 and all(map(shutil.which, PROGRAMS))


def free_port():
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        return s.getsockname()[1]


def said(*words):
    return subprocess.run(words, capture_output=True, text=True, check=False).stdout.strip()


def wait_for(what, holds):
    end = time.time() + SECONDS
    while not holds():
        if time.time() > end:
            sys.exit(f'{what} takes more than {SECONDS} s')
        time.sleep(0.2)


@contextlib.contextmanager
def cluster(folder):
    """A cluster of this machine, for as long as it is used."""
    for name in ('state', 'spool'):
        os.mkdir(os.path.join(folder, name))
    ports = {'controller': free_port(), 'daemon': free_port()}
    host = socket.gethostname().split('.')[0]
    configuration = CONFIGURATION.format(folder=folder, host=host, cpus=os.cpu_count(), **ports)
    path = os.path.join(folder, 'slurm.conf')
    open(path, 'w').write(configuration)
    os.environ['SLURM_CONF'] = path
    key = os.path.join(folder, 'munge.key')
    with open(os.open(key, os.O_CREAT | os.O_WRONLY, 0o400), 'wb') as out:
        out.write(secrets.token_bytes(1024))
    files = [
        f'--{name}={folder}/munge.{end}'
        for name, end in (('socket', 'sock'), ('pid-file', 'pid'), ('log-file', 'log'), ('seed-file', 'seed'))
    ]
    commands = (
        ['munged', '--foreground', '--force', f'--key-file={key}', *files],
        ['slurmctld', '-D'],
        ['slurmd', '-D'],
    )
    log = open(os.path.join(folder, 'daemons.log'), 'w')
    running = []
    try:
        for command in commands:
            running.append(subprocess.Popen(command, stdout=log, stderr=log))
            if command[0] == 'munged':
                wait_for('munge', lambda: os.path.exists(f'{folder}/munge.sock'))
        wait_for('Slurm', lambda: 'idle' in said('sinfo', '--noheader', '--format=%T'))
        yield
    finally:
        for process in reversed(running):
            process.terminate()
            process.wait()


def submit(script, tasks):
    job = said('sbatch', '--parsable', f'--array={tasks}', script)
    return job or sys.exit('sbatch gives no job')


def main():
    if not installed():
        print('skipped: Slurm is not there, and its packages cannot be had')
        return
    folder = tempfile.mkdtemp(prefix='slurm-')
    try:
        os.mkdir(os.path.join(folder, 'models'))
        for i in range(MODELS):
            shutil.copy('fixtures/keras/k1_lstm.h5', os.path.join(folder, 'models', f'model_{i}.h5'))
        script = os.path.join(folder, 'freeze.sh')
        command = os.path.abspath('dist/cli/main.js')
        open(script, 'w').write(SCRIPT.format(folder=folder, node=shutil.which('node'), command=command, tasks=TASKS))
        with cluster(folder):
            job = submit(script, f'0-{TASKS - 1}')
            pid = os.path.join(folder, f'pid-{KILLED}')
            report = os.path.join(folder, 'frozen', f'report-{KILLED:04}-of-{TASKS:04}.jsonl')
            wait_for('the last task', lambda: os.path.exists(report) and os.path.getsize(report) > 0)
            os.kill(int(open(pid).read()), signal.SIGKILL)
            wait_for('the array', lambda: said('squeue', '--noheader', f'--jobs={job}') == '')
            done = sum(1 for line in open(report) if line.endswith('\n'))
            submit(script, str(KILLED))
            wait_for('the task', lambda: said('squeue', '--noheader') == '')
        words = [shutil.which('node'), command, 'batch', '--merge', f'{folder}/frozen', '--quiet']
        merged = subprocess.run(words, capture_output=True, text=True, check=False)
        if merged.returncode:
            logs = [open(os.path.join(folder, name)).read() for name in os.listdir(folder) if name.startswith('log-')]
            sys.exit(f'the reports cannot be merged: {merged.stderr.strip()} {"".join(logs).strip()[-300:]}')
        lines = [json.loads(line) for line in open(os.path.join(folder, 'frozen', 'report.jsonl'))]
        whole = [line for line in lines if os.path.getsize(line['output']) > 0]
        skipped = sum(line['status'] == 'skipped' for line in lines)
        share = MODELS // TASKS
        holds = len(whole) == MODELS and done <= skipped < share
        print(
            f'{len(whole)} of {MODELS} models in an array of {TASKS} tasks; the killed one had done {done} of {share}, '
            f'and skipped {skipped} when it ran again'
        )
        sys.exit(not holds)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == '__main__':
    main()
