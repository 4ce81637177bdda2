import { cp, mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'

import { createProbe, until, type Probe } from '@mllab/testkit/contracts/runtime.helpers'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import type { Endpoint, ImageDescription, Runtime } from '../../../../ports/runtime.ts'
import { IMAGES_ROOT, newFolder, openRuntime, removeFolders } from '../testing/fixtures.ts'
import { getFrom } from '../testing/get-from.ts'
import { editorLayer, npmRegistry, type NpmRegistry } from '../testing/npm-registry.ts'

/** Begins as JupyterLab's start does, and waits. */
const HOST = `
import sys, time
import on_demand
on_demand.offer(sys.argv[1], sys.argv[2] + "/start", sys.argv[3])
time.sleep(600)
`
/** Answers on the socket it is given, with its process; \`/end\` ends it. */
const EDITOR = `#!/usr/bin/env python3
import os, socket, sys
listener = socket.socket(fileno=int(sys.argv[1]))
while True:
    connection, _ = listener.accept()
    asked = connection.recv(65536)
    answer = b"%d in %s" % (os.getpid(), os.getcwd().encode())
    connection.sendall(b"HTTP/1.1 200 OK\\r\\nConnection: close\\r\\n\\r\\n" + answer)
    connection.close()
    if b"GET /end " in asked:
        sys.exit(0)
`
const quietly = () => ({ onProgress: () => undefined, signal: AbortSignal.timeout(20_000) })

let registry: NpmRegistry
let runtime: Runtime
let probe: Probe
let image: ImageDescription
afterEach(async () => {
  await probe.cleanUp()
  await runtime.close()
  await registry.close()
  await removeFolders()
})

/** An image with an editor that can be added to it, and no Python environment. */
async function open(editor: string) {
  registry = await npmRegistry()
  const [imagesRoot, root] = [await newFolder(), await newFolder()]
  const folder = path.join(imagesRoot, 'tiny')
  await mkdir(folder)
  await cp(await editorLayer(registry), path.join(imagesRoot, 'editor'), { recursive: true })
  await writeFile(path.join(imagesRoot, 'editor', 'start'), editor, { mode: 0o755 })
  await cp(path.join(IMAGES_ROOT, 'workspace', 'on_demand.py'), path.join(folder, 'on_demand.py'))
  await writeFile(path.join(folder, 'host.py'), HOST)
  const command = ['python3', '{image}/host.py', '{socket:editor}', '{layer:editor}', '{workDir}']
  const file = { title: 'Tiny', command, ports: [{ name: 'editor', port: 8080 }], layers: ['editor'] }
  await writeFile(path.join(folder, 'image.json'), JSON.stringify(file))
  runtime = await openRuntime({
    root: path.join(root, 'runtime'),
    imagesRoot,
    network: { npm_config_registry: registry.url },
  })
  image = await runtime.images.ensure({ ref: 'mllab/tiny' }, quietly())
  probe = createProbe({ runtime, image, reopen: async () => undefined })
}

async function start() {
  const { command: _command, ...spec } = probe.spec('', { image, ports: image.ports })
  await runtime.instances.apply(spec)
  return { spec, endpoint: await until(() => runtime.instances.endpoint(spec, 'editor')) }
}

const build = () => runtime.images.ensureLayer(image, 'editor', quietly())
const answers = (endpoint: Endpoint) =>
  until(async () => {
    const answer = await getFrom(endpoint, '/').catch(() => undefined)
    return answer?.status === 200 ? answer.text : undefined
  })

describe('a program that starts on demand [WSP-05]', () => {
  beforeEach(() => open(EDITOR))

  it('is there once it is built, in what runs already too; before, the socket says so', async () => {
    const about = { name: 'editor', title: 'Editor', port: 'editor', detail: '' }
    expect(await runtime.images.layers(image)).toEqual([{ ...about, state: 'missing' }])
    const { endpoint } = await start()
    expect(await getFrom(endpoint, '/')).toEqual({
      status: 503,
      text: expect.stringContaining('It is not on this machine yet.'),
    })
    await build()
    expect(await runtime.images.layers(image)).toEqual([{ ...about, state: 'ready' }])
    expect((await getFrom(endpoint, '/')).text).toMatch(/^\d+ in .+\/scratch$/)
  })

  it('takes over whoever waits, runs once for all, and anew after its end', async () => {
    await build()
    const { spec, endpoint } = await start()
    const first = await Promise.all([getFrom(endpoint, '/'), getFrom(endpoint, '/'), getFrom(endpoint, '/')])
    expect(new Set(first.map(({ text }) => text)).size).toBe(1)
    await getFrom(endpoint, '/end')
    expect(await answers(endpoint)).not.toBe(first[0]?.text)
    await runtime.instances.remove(spec)
    await expect(getFrom(endpoint, '/')).rejects.toThrow(/ENOENT|ECONNREFUSED/)
  })

  it('is asked for by a name that the image has', async () => {
    await expect(runtime.images.ensureLayer(image, 'other', quietly())).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })
})

describe('a program that ends as soon as it starts', () => {
  beforeEach(() => open('#!/bin/sh\necho "it cannot" >&2\nexit 3\n'))

  it('is not started again and again: who waits is told, and the log says why', async () => {
    await build()
    const { spec, endpoint } = await start()
    expect(await getFrom(endpoint, '/')).toEqual({
      status: 503,
      text: expect.stringContaining('It ended as soon as it had started'),
    })
    await probe.logged(spec, 'it cannot')
  })
})
