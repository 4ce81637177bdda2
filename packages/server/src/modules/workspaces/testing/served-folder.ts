import { readFile } from 'node:fs/promises'
import http from 'node:http'
import path from 'node:path'

/** Files behind a password, as git's simplest protocol reads them. */
export interface ServedFolder {
  readonly url: string
  /** From now on nobody is asked. */
  open(): void
  close(): Promise<void>
}

export async function serveFolder(folder: string, password: string): Promise<ServedFolder> {
  let closed = true
  const server = http.createServer((request, response) => {
    const [, given = ''] = (request.headers.authorization ?? '').split(' ')
    if (closed && !Buffer.from(given, 'base64').toString().endsWith(`:${password}`)) {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end()
      return
    }
    const file = path.join(folder, path.normalize(new URL(request.url ?? '/', 'http://x').pathname))
    readFile(file).then(
      (bytes) => response.end(bytes),
      () => response.writeHead(404).end(),
    )
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : undefined
  return {
    url: `http://127.0.0.1:${port}`,
    open: () => void (closed = false),
    close: () => new Promise((resolve) => server.close(() => resolve())),
  }
}
