import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'

import { newFolder } from './fixtures.ts'

/** A registry of npm with archives made on the spot, that counts what was asked for. */
export async function npmRegistry() {
  const archives = new Map<string, Buffer>()
  const asked: string[] = []
  const server = http.createServer((request, response) => {
    const bytes = archives.get(request.url ?? '')
    asked.push(request.url ?? '')
    response.writeHead(bytes ? 200 : 404, bytes && { 'content-length': bytes.byteLength })
    response.end(bytes)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))

  return {
    asked,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    /** Publishes a package with these files and returns its digest. */
    publish: async (name: string, version: string, files: Readonly<Record<string, string>>): Promise<string> => {
      const folder = await newFolder()
      for (const [file, content] of Object.entries(files)) {
        await mkdir(path.dirname(path.join(folder, 'package', file)), { recursive: true })
        await writeFile(path.join(folder, 'package', file), content)
      }
      const archive = path.join(folder, 'archive.tgz')
      execFileSync('tar', ['-czf', archive, '-C', folder, 'package'])
      const bytes = await readFile(archive)
      archives.set(`/${name}/-/${path.basename(name)}-${version}.tgz`, bytes)
      return `sha512-${createHash('sha512').update(bytes).digest('base64')}`
    },
    /** From now on this is what one gets for it. */
    replace: (pathname: string, bytes: Buffer) => void archives.set(pathname, bytes),
    close: () => new Promise((resolve) => server.close(resolve)),
  }
}

export type NpmRegistry = Awaited<ReturnType<typeof npmRegistry>>

/** A folder with the description of a layer: an editor, the library it locks, and a file of ours in place of one of its own. */
export async function editorLayer(registry: NpmRegistry): Promise<string> {
  const library = await registry.publish('@team/library', '1.0.0', { 'index.js': 'theirs', 'native.cc': 'compile me' })
  const lock = (name: string, rest: object) => ({
    resolved: `https://elsewhere/${name}/-/x.tgz`,
    integrity: library,
    ...rest,
  })
  const packages = {
    '': { name: 'editor' },
    'node_modules/@team/library': lock('library', { resolved: 'https://elsewhere/@team/library/-/library-1.0.0.tgz' }),
    'node_modules/for-tests': lock('for-tests', { dev: true }),
    'node_modules/for-windows': lock('for-windows', { os: ['win32'] }),
    'node_modules/not-here': lock('not-here', { os: ['!linux'] }),
    'node_modules/for-musl': lock('for-musl', { libc: ['musl'] }),
    'node_modules/left-out': lock('left-out', {}),
  }
  const integrity = await registry.publish('editor', '2.0.0', {
    'server/npm-shrinkwrap.json': JSON.stringify({ lockfileVersion: 3, packages }),
    'server/main.js': 'main',
    'docs/manual.txt': 'long',
  })
  const source = await newFolder()
  const layer = {
    title: 'Editor',
    port: 'editor',
    packages: [{ name: 'editor', version: '2.0.0', integrity, into: '.' }],
    locks: ['server'],
    without: ['docs', 'server/node_modules/left-out', 'server/node_modules/@team/library/native.cc'],
    files: { 'library.js': 'server/node_modules/@team/library/index.js', start: 'start' },
    links: { 'lib/main': '../server/main.js' },
  }
  await writeFile(path.join(source, 'layer.json'), JSON.stringify(layer))
  await writeFile(path.join(source, 'library.js'), 'ours')
  await writeFile(path.join(source, 'start'), '#!/bin/sh\n', { mode: 0o755 })
  return source
}
