/**
 * What workloads do to others, as programs. Each is bounded by itself too, so that a limit that does not hold fails a test and not the
 * machine: so many processes, so many bytes, and an end after half a minute.
 */
const LIFE_SECONDS = 30

/** Runs a Python program beside the one that answers; the shell returns at once. */
export function inBackground(program: string): string {
  return `cat >deed-$$.py <<'DEED'\n${program}\nDEED\nsetsid /usr/bin/python3 deed-$$.py >deed.out 2>&1 &`
}

/** Every process starts more, for ever; in all `tries` starts succeed at most. */
export function forkBomb(tries: number): string {
  return `import os, signal, time
read, write = os.pipe()
os.set_blocking(read, False)
os.write(write, b'.' * ${tries})
signal.alarm(${LIFE_SECONDS})
while True:
    try:
        if not os.read(read, 1): break
    except BlockingIOError:
        break
    try:
        if os.fork() == 0: signal.alarm(${LIFE_SECONDS})
    except OSError:
        os.write(write, b'.')
        time.sleep(0.02)
while True: signal.pause()`
}

/** Opens files until it is refused, and keeps them. */
export const openFiles = `import os, signal
signal.alarm(${LIFE_SECONDS})
files = []
try:
    while len(files) < 100000: files.append(os.open('/dev/null', os.O_RDONLY))
except OSError: pass
while True: signal.pause()`

/** The same without a thought for the end of them. */
export const openFilesCarelessly = `import os
files = [os.open('/dev/null', os.O_RDONLY) for _ in range(100000)]`

/** Takes memory piece by piece, `mebibytes` at most. */
export function takeMemory(mebibytes: number): string {
  return `kept = [b'x' * (16 << 20) for _ in range(${Math.ceil(mebibytes / 16)})]
import time
time.sleep(${LIFE_SECONDS})`
}

/** Writes into the log of the workload, past the program that answers. */
export function floodLog(mebibytes: number): string {
  return `head -c ${mebibytes}M /dev/zero | tr '\\0' x >>/proc/$PPID/fd/1`
}

/** Writes a file until it has so much, and waits for room when there is none. At the pace of a disk: the cache of a machine would take the whole of a small one between two looks. */
export function fillDisk(file: string, mebibytes: number): string {
  return `import time
with open('${file}', 'wb', buffering=0) as file:
    for _ in range(${mebibytes}):
        time.sleep(0.005)
        try: file.write(b'x' * (1 << 20))
        except OSError: pass
time.sleep(${LIFE_SECONDS})`
}

/** Leaves its parents, its session and its environment, as a daemon does, and looks busy. */
export function daemonize(word: string): string {
  return `import os, signal
if os.fork(): os._exit(0)
os.setsid()
if os.fork(): os._exit(0)
os.execve('/bin/sh', ['${word}', '-c', 'trap "" HUP INT TERM; i=0; while [ $i -lt ${LIFE_SECONDS}0 ]; do sleep 0.1; i=$((i+1)); done', '${word}'], {})`
}

/** Takes a port of the machine and answers everybody on it. */
export function squat(port: number): string {
  return `from http.server import BaseHTTPRequestHandler, HTTPServer
class Handler(BaseHTTPRequestHandler):
    def log_message(self, *args): pass
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b'stolen')
HTTPServer(('127.0.0.1', ${port}), Handler).serve_forever()`
}
