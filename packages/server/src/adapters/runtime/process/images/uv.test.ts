import { execFile } from 'node:child_process'
import { mkdir, readdir, readFile } from 'node:fs/promises'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { promisify } from 'node:util'

import { silentLog } from '@mllab/kernel'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'

import { networkVariables } from '../instances/variables.ts'
import { newFolder, removeFolders, testCache } from '../testing/fixtures.ts'
import { createPythons, usualPythons } from './python.ts'
import { findUv, UV_VERSION } from './uv.ts'

const run = promisify(execFile)
const pythons = createPythons(() => usualPythons(process.env['PATH'] ?? ''))
const closers: (() => void)[] = []

let wheel: { name: string; bytes: Buffer }
beforeAll(async () => {
  wheel = await downloadedWheel()
}, 120_000)
afterEach(() => {
  for (const close of closers.splice(0)) close()
})
afterAll(removeFolders)

describe('uv', () => {
  it.each(['json', 'html'] as const)(
    'is taken from a package index that speaks %s, with its credentials',
    async (format) => {
      const { url, requests } = await serveIndex(wheel.bytes, format)
      const tools = await newFolder()
      const steps: string[] = []
      const uv = await find(tools, { indexUrl: url.replace('//', '//user:p%40ss@'), steps })
      expect((await run(uv, ['--version'])).stdout).toContain(`uv ${UV_VERSION}`)
      expect(steps).toEqual(['Fetching uv, the installer of Python packages'])
      expect(new Set(requests)).toEqual(new Set([`Basic ${Buffer.from('user:p@ss').toString('base64')}`]))
      expect(await find(tools, { indexUrl: 'http://127.0.0.1:9', steps })).toBe(uv)
      expect(steps.length).toBe(1)
    },
  )

  it('is refused when it is not the one that we know', async () => {
    const changed = Buffer.from(wheel.bytes)
    changed[1000] = (changed[1000] ?? 0) ^ 1
    const { url } = await serveIndex(changed, 'json')
    const tools = await newFolder()
    await expect(find(tools, { indexUrl: url })).rejects.toMatchObject({ code: 'CORRUPT' })
    expect(await readdir(tools)).toEqual([])
  })

  it('that was named is taken or refused', async () => {
    await expect(find(await newFolder(), { uvPath: '/bin/false' })).rejects.toThrow('LAB_UV names /bin/false')
  })
})

describe('Python', () => {
  it('is an interpreter itself and no shim, open to everybody if there is one', async () => {
    const { interpreter } = await pythons.choose()
    expect(interpreter.version).toMatch(/^3\.1[0-3]\.\d+$/)
    expect((await readFile(interpreter.path)).subarray(0, 4).toString('latin1')).toBe('\x7fELF')
  })

  it('that nobody has is said plainly', async () => {
    const none = createPythons(async () => ['/nowhere/python3'])
    await expect(none.choose()).rejects.toThrow('Python 3.10 to 3.13 is needed, and no Python was found')
  })

  it.each(['3.9.18', '3.14.0'])('%s does not fit, and is named with what to do', async (version) => {
    const ask = async (file: string) => ({
      path: file,
      version,
      minor: Number(version.split('.')[1]),
      libc: 'glibc 2.36',
      open: true,
    })
    const unfit = createPythons(async () => ['/bin/sh'], { ask })
    await expect(unfit.choose()).rejects.toThrow(`Python 3.10 to 3.13 is needed, found ${version} at /`)
    await expect(unfit.choose()).rejects.toThrow('Install one, or name one in LAB_PYTHON.')
  })

  it('nearest to the one asked for is taken, and that is said', async () => {
    const { interpreter } = await pythons.choose()
    const one = createPythons(async () => [interpreter.path])
    const other = `3.${interpreter.minor === 13 ? 10 : interpreter.minor + 1}`
    expect(await one.choose(`3.${interpreter.minor}`)).toEqual({ interpreter })
    expect((await one.choose(other)).notice).toContain(`Python ${other} was asked for`)
  })
})

function find(tools: string, options: { indexUrl?: string; uvPath?: string; steps?: string[] }): Promise<string> {
  const { indexUrl = '', uvPath, steps = [] } = options
  const input = { uvPath, searchPath: '', tools, indexUrl, env: {}, pythons, log: silentLog }
  return findUv(input, (step) => steps.push(step), AbortSignal.timeout(30_000))
}

/** Fetched once by pip, as this machine has it set up. */
async function downloadedWheel() {
  const folder = path.join(await testCache(), 'wheels')
  await mkdir(folder, { recursive: true })
  const known = async () => (await readdir(folder)).find((name) => name.startsWith(`uv-${UV_VERSION}-`))
  if (!(await known())) {
    const { interpreter } = await pythons.choose()
    const args = ['-m', 'pip', 'download', '--quiet', '--no-deps', '--dest', folder, `uv==${UV_VERSION}`]
    await run(interpreter.path, args, {
      env: { ...networkVariables(process.env), PATH: '/usr/bin:/bin', HOME: folder },
    })
  }
  const name = (await known()) ?? ''
  return { name, bytes: await readFile(path.join(folder, name)) }
}

async function serveIndex(bytes: Buffer, format: 'json' | 'html') {
  const requests: (string | undefined)[] = []
  const page = {
    json: JSON.stringify({
      files: [
        { filename: 'other.whl', url: 'x' },
        { filename: wheel.name, url: `../../files/${wheel.name}` },
      ],
    }),
    html: `<a href="../../files/other.whl">o</a><a href="../../files/${wheel.name}#sha256=0">${wheel.name}</a>`,
  }[format]
  const server = http.createServer((request, response) => {
    requests.push(request.headers.authorization)
    if (request.url === '/simple/uv/') response.end(page)
    else if (request.url === `/files/${wheel.name}`) response.end(bytes)
    else response.writeHead(404).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closers.push(() => server.close())
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/simple`, requests }
}
