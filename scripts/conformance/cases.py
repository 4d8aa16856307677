"""Models on which faults were seen: runs the judge beside them, and compares what it says with the list of what is known.

usage: python cases.py FOLDER [--known FILE]
Prints the failures that are not listed, and those listed that hold now; ends with 1 where there is one.
"""

import argparse
import os
import subprocess
import sys

from judging import Count, arguments


def main():
    a = arguments(argparse.ArgumentParser())
    command = [sys.executable, os.path.join(a.root, 'check.py'), '--cli', a.cli]
    done = subprocess.run(command + (['--only', a.only] if a.only else []), capture_output=True, text=True)
    failed = {}
    for line in done.stdout.splitlines():
        if line.startswith('FAIL '):
            name = line.split()[1]
            failed[name] = line[len('FAIL ') + len(name) :].strip()
    ran = sorted(name for name in os.listdir(a.root) if os.path.exists(os.path.join(a.root, name, 'case.json')))
    if not done.stdout.strip():
        sys.exit(f'the judge said nothing: {done.stderr[-400:]}')
    count = Count(a.known)
    for name in ran:
        if a.only in name:
            count.take(name, failed.get(name, ''))
    count.end('cases hold')


if __name__ == '__main__':
    main()
