import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import path from 'node:path'

import { describe, expect, it } from 'vitest'

const root = path.resolve(import.meta.dirname, '..')

function mllab(...args: string[]): Promise<{ code: unknown; out: string; err: string }> {
  const file = path.join(root, 'bin/mllab.mjs')
  return new Promise((resolve) => {
    execFile(process.execPath, [file, ...args], (error, out, err) => resolve({ code: error?.code ?? 0, out, err }))
  })
}

describe('the command mllab', () => {
  it('is the server for what the server does, and the client for the rest', async () => {
    const { version } = JSON.parse(await readFile(path.join(root, 'packages/server/package.json'), 'utf8')) as {
      version: string
    } // our own file
    await mllab('version') // which may have to build the server first
    expect(await mllab('version')).toEqual({ code: 0, out: `${version}\n`, err: '' })
    expect((await mllab('config')).out).toContain('LAB_PORT')
    expect((await mllab('up', '--help')).out).toContain('start it, with everything it needs')
    expect(await mllab('projects', 'create')).toEqual({ code: 2, out: '', err: expect.stringContaining('--name') })
  })
})
