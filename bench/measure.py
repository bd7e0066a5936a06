"""Runs a program and prints what it cost, its children included: seconds, processor seconds, most memory (bytes).

measure.py <program> [<argument> ...]    its output goes to stderr
"""
import json, os, resource, subprocess, sys, time

began = time.monotonic()
code = subprocess.run(sys.argv[1:], stdout=sys.stderr).returncode
seconds = time.monotonic() - began
used = resource.getrusage(resource.RUSAGE_CHILDREN)
unit = 1 if sys.platform == 'darwin' else 1024
print(json.dumps({'seconds': seconds, 'cpu': used.ru_utime + used.ru_stime, 'rss': used.ru_maxrss * unit}))
sys.exit(code)
