import { cp, mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

import { newId } from '@mllab/kernel'
import { testFolder } from '@mllab/testkit/folder'
import { problemCode } from '@mllab/testkit/problem'
import { SHELL, writeShellImages } from '@mllab/testkit/shell-image'
import { startWorkspaceRig, type WorkspaceRig } from '@mllab/testkit/workspace-rig'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const ON_DEMAND = fileURLToPath(new URL('../../../../../images/workspace/on_demand.py', import.meta.url))
/** The shell's server, with an editor offered beside it. */
const MAIN = `import os, sys
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import on_demand
on_demand.offer(sys.argv[2], os.path.join(sys.argv[3], 'start'), os.getcwd())
exec(open(os.path.join(os.path.dirname(os.path.abspath(__file__)), 'serve.py')).read())
`
const EDITOR = `#!/usr/bin/python3
import socket, sys
listener = socket.socket(fileno=int(sys.argv[1]))
while True:
    connection, _ = listener.accept()
    line = connection.recv(65536).split(b"\\r\\n")[0]
    connection.sendall(b"HTTP/1.1 200 OK\\r\\nConnection: close\\r\\n\\r\\n" + line)
    connection.close()
`

let rig: WorkspaceRig
let images: string
beforeAll(async () => {
  images = await writeShellImages(await mkdtemp(path.join(testFolder(), 'tools-')))
  rig = await startWorkspaceRig('sqlite', { LAB_IMAGES_ROOT: images })
  await rig.make('older')
  await addEditor()
  await rig.becomes('older', ({ updateAvailable }) => expect(updateAvailable).toBe(true))
})
afterAll(() => rig.close())

/** A newer version of the image: an editor can be added to it. */
async function addEditor() {
  const folder = path.join(images, 'shell')
  const image = JSON.parse(await readFile(path.join(folder, 'image.json'), 'utf8')) as Record<string, unknown>
  const changed = {
    ...image,
    command: ['/usr/bin/python3', '{image}/main.py', '{socket:http}', '{socket:editor}', '{layer:editor}'],
    ports: [
      { name: 'http', port: 8888 },
      { name: 'editor', port: 8889 },
    ],
    layers: ['editor'],
  }
  await writeFile(path.join(folder, 'image.json'), JSON.stringify(changed))
  await writeFile(path.join(folder, 'main.py'), MAIN)
  await cp(ON_DEMAND, path.join(folder, 'on_demand.py'))
  await mkdir(path.join(images, 'editor'), { mode: 0o755 })
  const layer = {
    title: 'Editor',
    port: 'editor',
    packages: [],
    locks: [],
    without: [],
    files: { start: 'start' },
    links: {},
  }
  await writeFile(path.join(images, 'editor', 'layer.json'), JSON.stringify(layer))
  // Never built before, wherever this server keeps what it builds.
  await writeFile(path.join(images, 'editor', 'start'), `${EDITOR}# ${newId()}\n`, { mode: 0o755 })
}

const at = (workspace: string) => ({ params: { project: rig.project, workspace } })
const prepare = (workspace: string, tool = 'editor', who = rig.mara) =>
  who.api.workspaceTools.prepare({ params: { project: rig.project, workspace, tool } })
const editorOf = async (slug: string) => (await rig.get(slug)).tools.find(({ name }) => name === 'editor')

async function ask(workspaceId: string, rest: string) {
  const address = `${rig.server.url}/w/${workspaceId}/editor/${rest}`
  const response = await fetch(address, { headers: { authorization: `Bearer ${rig.mara.token}` } })
  return { status: response.status, text: await response.text() }
}

describe('tools of a workspace [WSP-05]', { timeout: 60_000 }, () => {
  it('are what its image is opened with; what is missing is fetched by asking, once, and answers at once', async () => {
    const { id, tools, ports } = await rig.make('desk')
    expect(tools).toEqual([
      { name: 'jupyterlab', title: 'JupyterLab', state: 'ready', detail: '', operation: null, url: expect.any(String) },
      { name: 'editor', title: 'Editor', state: 'missing', detail: '', operation: null, url: expect.any(String) },
    ])
    expect(ports).toEqual([])
    expect(await ask(id, '')).toMatchObject({ status: 503, text: expect.stringContaining('not on this machine yet') })

    const asked = await Promise.all([prepare('desk'), prepare('desk')])
    expect(new Set(asked.map(({ operation }) => operation).filter((one) => one !== null)).size).toBeLessThanOrEqual(1)
    await rig.becomes('desk', (workspace) =>
      expect(workspace.tools[1]).toMatchObject({ state: 'ready', operation: null }),
    )
    expect(await ask(id, 'files?a=1')).toEqual({ status: 200, text: 'GET /files?a=1 HTTP/1.1' })
    expect(await prepare('desk')).toMatchObject({ name: 'editor', state: 'ready' })
  })

  it('are there in a workspace that is older than they are, once it is updated', async () => {
    expect(await editorOf('older')).toBeUndefined()
    await rig.mara.api.workspaces.update(at('older'))
    const { id } = await rig.becomes('older', ({ state, tools }) =>
      expect([state.status, tools.map(({ name }) => name)]).toEqual(['running', ['jupyterlab', 'editor']]),
    )
    expect(await editorOf('older')).toMatchObject({ state: 'missing', url: '' })
    await prepare('older')
    await rig.becomes('older', ({ tools }) =>
      expect(tools[1]).toMatchObject({ state: 'ready', url: expect.stringContaining('/apps/open?app=older-') }),
    )
    await expect.poll(() => ask(id, ''), { timeout: 10_000 }).toEqual({ status: 200, text: 'GET / HTTP/1.1' })
  })

  it('keep their name: no port of a program takes it', async () => {
    await rig.make('named')
    const params = { project: rig.project, workspace: 'named', name: 'editor' }
    expect(await problemCode(rig.mara.api.workspaces.openPort({ params, body: { port: 9000 } }))).toBe('RESERVED_NAME')
  })

  it('are fetched by who may open the workspace, and by a name that it has', async () => {
    await rig.make('mine', { image: SHELL })
    expect(await problemCode(prepare('mine', 'editor', rig.jonas))).toBe('FORBIDDEN')
    expect(await problemCode(prepare('mine', 'other'))).toBe('NOT_FOUND')
  })
})
