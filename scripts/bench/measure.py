"""Runs a command and prints what it took: seconds of wall time, and the peak resident set in MB, as the system says at its end.

usage: python measure.py COMMAND [ARGUMENT ...]

Looking at the process while it runs would cost it a fifth of its time on two cores.
"""

import json
import os
import subprocess
import sys
import time

start = time.perf_counter()
process = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
_, status, usage = os.wait4(process.pid, 0)
seconds = time.perf_counter() - start
code = os.waitstatus_to_exitcode(status)
if code:
    sys.exit(f'{" ".join(sys.argv[1:])} ends with {code}')
print(json.dumps({'seconds': seconds, 'peak': usage.ru_maxrss * 1024 / 1e6}))
