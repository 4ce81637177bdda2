import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'

/** Answers nobody asks, in two processes of which one has left the session of the other. */
export const SLEEPER = 'mllab/sleeper'
/** Answers `GET /` with what it was given as `GREETING`, with its edition in a header. */
export const GREETER = 'mllab/greeter'

/** Of one instance, its wrapper included. */
export const processesOf: Readonly<Record<string, number>> = { [SLEEPER]: 3, [GREETER]: 2 }

const greeter = `
const http = require('node:http')
http.createServer((_, response) => response.setHeader('edition', process.env.EDITION).end(process.env.GREETING ?? 'nothing')).listen(process.argv[1])`

const images = {
  sleeper: {
    title: 'Sleeper',
    command: [
      '/bin/sh',
      '-c',
      'setsid sleep 86400 & exec "$@"',
      'sh',
      process.execPath,
      '-e',
      greeter,
      '{socket:http}',
    ],
    ports: [{ name: 'http', port: 8080 }],
  },
  greeter: {
    title: 'Greeter',
    command: [process.execPath, '-e', greeter, '{socket:http}'],
    ports: [{ name: 'http', port: 8080 }],
    health: { port: 'http', path: '/', intervalMs: 500, timeoutMs: 2000, startMs: 20_000 },
  },
}

/** A folder of images that start in milliseconds. With another `edition` they are other images under the same names. */
export async function writeImages(root: string, edition = 1): Promise<string> {
  for (const [name, image] of Object.entries(images)) {
    await mkdir(path.join(root, name), { recursive: true })
    await writeFile(
      path.join(root, name, 'image.json'),
      JSON.stringify({ ...image, env: { EDITION: String(edition) } }),
    )
  }
  return root
}
