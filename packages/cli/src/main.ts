import os from 'node:os'

import { run } from './index.ts'
import { trustFile } from './trust-file.ts'

const interrupted = new AbortController()
process.once('SIGINT', () => interrupted.abort())
// Whoever read the output has seen enough.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1))

await trustFile(process.env['LAB_CA_FILE'])
process.exitCode = await run(process.argv.slice(2), {
  env: process.env,
  home: os.homedir(),
  hostname: os.hostname(),
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  signal: interrupted.signal,
})
