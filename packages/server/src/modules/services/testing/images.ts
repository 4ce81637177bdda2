import { mkdir, mkdtemp, writeFile } from 'node:fs/promises'
import path from 'node:path'

import { testFolder } from '@mllab/testkit/folder'

/**
 * Images of several makings, for `LAB_IMAGES_ROOT`: `mllab/odd` (Node; two ports, 1234 among them, variables with values of its own, a health
 * check that fails when told to), `mllab/shell` (a shell that prints), `mllab/java`.
 */
export async function servingImages(): Promise<string> {
  const root = await mkdtemp(path.join(testFolder(), 'serving-'))
  const odd = {
    title: 'Odd',
    command: [process.execPath, '-e', ODD, '{port:http}', '{port:admin}'],
    ports: [
      { name: 'http', port: 1234 },
      { name: 'admin', port: 5678 },
    ],
    env: { EXAMPLE: 'of the image', OTHER: 'as it is', _RESOURCE_PATH: '/internal' },
    health: { port: 'http', path: '/health', intervalMs: 100, timeoutMs: 1000, startMs: 10_000 },
  }
  const java = {
    title: 'Java',
    command: ['java', '{image}/Serve.java', '{port:http}'],
    ports: [{ name: 'http', port: 8080 }],
    env: {},
  }
  const shell = {
    title: 'Shell',
    // A shell has no sockets: the listener is a program it starts for each line.
    command: ['/bin/sh', '{image}/serve.sh', '{port:http}', process.execPath],
    ports: [{ name: 'http', port: 8080 }],
    env: {},
  }
  const files = { 'odd/image.json': JSON.stringify(odd), 'java/image.json': JSON.stringify(java), 'java/Serve.java': JAVA, 'shell/image.json': JSON.stringify(shell), 'shell/serve.sh': SHELL } // prettier-ignore
  for (const [name, content] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(root, name)), { recursive: true })
    await writeFile(path.join(root, name), content)
  }
  return root
}

const ODD = `
const http = require('node:http'), fs = require('node:fs'), path = require('node:path'), crypto = require('node:crypto')
const [port, admin] = process.argv.slice(1)
let well = true
const server = http.createServer((req, res) => {
  const asked = req.url.split('?')[0]
  const file = path.join(process.env.LAB_DATA || '.', 'kept')
  if (asked === '/health') return res.writeHead(well ? 200 : 500).end()
  if (asked === '/sick') { well = false; return res.end() }
  if (asked === '/cure') { well = true; return res.end() }
  if (asked === '/keep') { fs.writeFileSync(file, 'kept'); return res.end() }
  if (asked === '/kept') return res.end(fs.existsSync(file) ? fs.readFileSync(file) : 'nothing')
  if (asked === '/say') { console.log('said ' + req.url.split('?')[1]); return res.end() }
  const { EXAMPLE, OTHER } = process.env
  res.end(JSON.stringify({ port: 1234, EXAMPLE, OTHER }))
})
server.on('upgrade', (req, socket) => {
  const key = req.headers['sec-websocket-key'] + '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'
  const accept = crypto.createHash('sha1').update(key).digest('base64')
  socket.on('error', () => socket.destroy())
  socket.write('HTTP/1.1 101 Switching Protocols\\r\\nUpgrade: websocket\\r\\nConnection: Upgrade\\r\\nSec-WebSocket-Accept: ' + accept + '\\r\\n\\r\\n')
  socket.write(Buffer.concat([Buffer.from([0x81, 5]), Buffer.from('hello')]))
})
server.listen(Number(port), '127.0.0.1')
http.createServer((req, res) => res.end('admin')).listen(Number(admin), '127.0.0.1')
`

const SHELL = `port=$1 node=$2
echo "the shell serves"
exec "$node" -e "require('node:http').createServer((q, r) => r.end(require('node:child_process').execFileSync('/bin/sh', ['-c', 'echo from a shell']))).listen($port, '127.0.0.1')"
`

const JAVA = `import com.sun.net.httpserver.HttpServer;
import java.net.InetSocketAddress;

public class Serve {
  public static void main(String[] arguments) throws Exception {
    var server = HttpServer.create(new InetSocketAddress("127.0.0.1", Integer.parseInt(arguments[0])), 0);
    server.createContext("/", exchange -> {
      var answer = "from Java".getBytes();
      exchange.sendResponseHeaders(200, answer.length);
      exchange.getResponseBody().write(answer);
      exchange.close();
    });
    server.start();
  }
}
`
