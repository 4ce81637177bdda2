import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'

import { delay } from '@mllab/kernel'

import { freePort, goProgram, keepRunning } from './go-program.ts'

/** A real S3 endpoint over a folder (Apache-2.0), from the Go module proxy. */
const PROGRAM = { module: 'github.com/versity/versitygw/cmd/versitygw', version: 'v1.8.0', takes: 'two minutes' }

export interface RunningGateway {
  readonly endpoint: string
  readonly accessKey: string
  readonly secretKey: string
  stop(): Promise<void>
}

/** Starts the gateway on a free port of the loopback over a fresh folder; builds it the first time (two minutes, 80 MB). */
export async function startVersitygw(): Promise<RunningGateway> {
  const binary = await goProgram(PROGRAM)
  const folder = await mkdtemp(path.join(tmpdir(), 'mllab-s3-'))
  const accessKey = 'test'
  const secretKey = 'test-secret'
  const port = await freePort()
  const args = [
    '--access',
    accessKey,
    '--secret',
    secretKey,
    '--port',
    `127.0.0.1:${port}`,
    '--keep-alive',
    '--quiet',
    'posix',
    folder,
  ]
  const child = keepRunning(binary, args)
  const stop = async () => {
    await child.stop()
    await rm(folder, { recursive: true, force: true })
  }
  try {
    await answering(port)
  } catch (error) {
    await stop()
    throw new Error(`versitygw did not start: ${child.complaint() || 'it said nothing'}`, { cause: error })
  }
  return { endpoint: `http://127.0.0.1:${port}`, accessKey, secretKey, stop }
}

async function answering(port: number): Promise<void> {
  const signal = AbortSignal.timeout(15_000)
  for (;;) {
    const answered = await fetch(`http://127.0.0.1:${port}/`, { signal }).then(
      () => true,
      () => false,
    )
    if (answered) return
    await delay(20, signal)
  }
}
