import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'

/** Does what is posted to it: `…/shell` runs it with a shell, `…/inside` in its own process. Answers `GET` with its own name. */
export const ACTOR = 'mllab/actor'
/** Waits for a file `go` in its folder and listens on a TCP port then, as programs do that know no unix sockets. */
export const LATECOMER = 'mllab/latecomer'

const actor = `import os, socketserver, subprocess, sys, threading, traceback
from http.server import BaseHTTPRequestHandler

class Handler(BaseHTTPRequestHandler):
    def address_string(self): return 'unix'
    def log_message(self, *args): pass
    def answer(self, body):
        self.send_response(200)
        self.send_header('content-length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def do_GET(self): self.answer(os.environ.get('NAME', 'actor').encode())
    def do_POST(self):
        text = self.rfile.read(int(self.headers['content-length'])).decode()
        if self.path.split('?')[0].rstrip('/').endswith('/inside'):
            threading.Thread(target=inside, args=(text,)).start()
            return self.answer(b'')
        done = subprocess.run(['/bin/sh', '-c', text], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.answer(done.stdout)

def inside(text):
    try:
        exec(text, {})
    except BaseException:
        traceback.print_exc()
        os._exit(1)

class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True
    request_queue_size = 64

Server(sys.argv[1], Handler).serve_forever()
`

const latecomer = `import os, sys, time
from http.server import BaseHTTPRequestHandler, HTTPServer

class Handler(BaseHTTPRequestHandler):
    def log_message(self, *args): pass
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b'latecomer')

while not os.path.exists('go'): time.sleep(0.05)
HTTPServer.allow_reuse_address = False
HTTPServer(('127.0.0.1', int(sys.argv[1])), Handler).serve_forever()
`

const health = { port: 'http', path: '/', intervalMs: 500, timeoutMs: 2000, startMs: 20_000 }
const images = {
  actor: { program: actor, argument: '{socket:http}' },
  latecomer: { program: latecomer, argument: '{port:http}' },
}

/** A folder of these two; every user of the machine can run them. */
export async function writeFaultImages(root: string): Promise<string> {
  for (const [name, { program, argument }] of Object.entries(images)) {
    await mkdir(path.join(root, name), { recursive: true, mode: 0o755 })
    await writeFile(path.join(root, name, 'main.py'), program)
    const image = {
      title: name,
      command: ['/usr/bin/python3', '-u', '{image}/main.py', argument],
      ports: [{ name: 'http', port: 8888 }],
      health,
    }
    await writeFile(path.join(root, name, 'image.json'), JSON.stringify(image))
  }
  return root
}
