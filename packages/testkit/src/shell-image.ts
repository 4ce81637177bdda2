import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'

import type { TestPerson, TestServer } from './server.ts'

/** Runs what is posted to it with a shell, as the workload it is, and answers what that printed. Starts in a moment. */
export const SHELL = 'mllab/shell'
/** The same, for a second choice. */
export const OTHER_SHELL = 'mllab/other-shell'

const server = `import os, socketserver, subprocess, sys
from http.server import BaseHTTPRequestHandler

class Handler(BaseHTTPRequestHandler):
    def address_string(self): return 'unix'
    def log_message(self, *args): pass
    def answer(self, body, kind='text/plain'):
        self.send_response(200)
        self.send_header('content-type', kind)
        self.send_header('content-length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def do_GET(self):
        known = os.path.join('answers', self.path.split('?')[0].rstrip('/').split('/')[-1])
        self.answer(open(known, 'rb').read(), 'application/json') if os.path.isfile(known) else self.answer(b'ready')
    def do_POST(self):
        script = self.rfile.read(int(self.headers['content-length']))
        done = subprocess.run(['/bin/sh', '-c', script], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.answer(done.stdout)

class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True

Server(sys.argv[1], Handler).serve_forever()
`

/** A folder of images with these two in it. What lies in `answers/<name>` of the home is answered to `GET …/<name>`. */
export async function writeShellImages(root: string): Promise<string> {
  for (const name of ['shell', 'other-shell']) {
    await mkdir(path.join(root, name), { recursive: true, mode: 0o755 })
    await writeFile(path.join(root, name, 'serve.py'), server)
    await writeFile(
      path.join(root, name, 'image.json'),
      JSON.stringify({
        title: name,
        command: ['/usr/bin/python3', '{image}/serve.py', '{socket:http}'],
        ports: [{ name: 'http', port: 8888 }],
        health: { port: 'http', path: '/', intervalMs: 500, timeoutMs: 2000, startMs: 20_000 },
      }),
    )
  }
  return root
}

/** What a script prints inside a workspace of this image, for somebody who may enter it; the status if he may not. */
export async function runInside(
  server: TestServer,
  person: TestPerson,
  workspaceId: string,
  script: string,
): Promise<string | number> {
  const response = await fetch(`${server.url}/w/${workspaceId}/run`, {
    method: 'POST',
    headers: { authorization: `Bearer ${person.token}` },
    body: script,
  })
  const text = await response.text()
  return response.status === 200 ? text.trimEnd() : response.status
}
