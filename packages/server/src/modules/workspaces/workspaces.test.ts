import { problemCode } from '@mllab/testkit/problem'
import { startTestServer, type TestPerson, type TestServer } from '@mllab/testkit/server'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { WebSocket } from 'ws'

/** The environment may have to be built first: packages are downloaded then. */
const START_MS = 240_000

describe('workspaces', () => {
  let server: TestServer
  let mara: TestPerson
  let jonas: TestPerson
  const project = 'notebooks'

  beforeAll(async () => {
    server = await startTestServer()
    mara = await server.person('mara')
    jonas = await server.person('jonas')
    await mara.api.projects.create({ body: { name: 'Notebooks' } })
    await mara.api.projects.setMember({ params: { project, username: 'jonas' }, body: { role: 'editor' } })
  })
  afterAll(async () => {
    for (const { slug } of (await mara.api.workspaces.list({ params: { project }, query: {} })).items)
      await mara.api.workspaces.remove({ params: { project, workspace: slug } })
    await vi.waitFor(async () => expect(await server.platform.running()).toEqual([]), { timeout: 30_000 })
    await server.close()
  })

  const get = (workspace: string) => mara.api.workspaces.get({ params: { project, workspace } })
  const becomes = (workspace: string, status: string) =>
    vi.waitFor(
      async () => {
        const { state } = await get(workspace)
        if (state.status === 'failed') throw new Error(JSON.stringify(state.reason))
        expect(state.status).toBe(status)
      },
      { timeout: START_MS, interval: 200 },
    )
  const inside = (id: string, route: string, init: RequestInit = {}) =>
    fetch(`${server.url}/w/${id}/${route}`, {
      ...init,
      headers: { authorization: `Bearer ${mara.token}`, ...init.headers },
    })

  it(
    'opens real JupyterLab for its owner and nobody else, runs a kernel, and keeps files over stop and start [WSP-02, WSP-04, WSP-14, WSP-36]',
    async () => {
      const created = await mara.api.workspaces.create({ params: { project }, body: { name: 'First' } })
      expect(created).toMatchObject({
        slug: 'first',
        owner: { username: 'mara' },
        state: { status: 'starting' },
        can: expect.arrayContaining(['open', 'stop']),
      })
      await becomes('first', 'running')
      const { id, state } = await get('first')
      expect(state.steps.map((step) => [step.name, step.status])).toEqual([
        ['place', 'done'],
        ['volume', 'done'],
        ['image', 'done'],
        ['process', 'done'],
        ['ready', 'done'],
      ])

      expect(await (await inside(id, 'lab')).text()).toContain('JupyterLab')
      for (const stranger of [jonas, server.admin])
        expect(
          (await fetch(`${server.url}/w/${id}/lab`, { headers: { authorization: `Bearer ${stranger.token}` } })).status,
        ).toBe(404)
      expect((await fetch(`${server.url}/w/${id}/lab`)).status).toBe(401)

      const output = await runInKernel(
        server.url,
        id,
        mara.token,
        'import os, numpy, pandas, sklearn, matplotlib, mlflow; open("kept.txt", "w").write("still here")\n' +
          'print(os.environ["LAB_PROJECT"], os.environ["MLFLOW_TRACKING_URI"], os.environ["LAB_API_TOKEN"][:4])',
      )
      expect(output.trim()).toBe(`${project} ${server.url}/mlflow/${project} mlp_`)

      await mara.api.workspaces.stop({ params: { project, workspace: 'first' } })
      await becomes('first', 'stopped')
      expect((await inside(id, 'lab')).status).toBe(503)
      await mara.api.workspaces.start({ params: { project, workspace: 'first' } })
      await becomes('first', 'running')
      expect(await (await inside(id, 'files/kept.txt')).text()).toBe('still here')
    },
    START_MS,
  )

  it('is stopped and deleted by owners of the project, and by nobody else', async () => {
    await jonas.api.workspaces.create({ params: { project }, body: { name: 'Second' } })
    const third = await server.person('third')
    await mara.api.projects.setMember({ params: { project, username: 'third' }, body: { role: 'editor' } })
    await expect(problemCode(third.api.workspaces.stop({ params: { project, workspace: 'second' } }))).resolves.toBe(
      'FORBIDDEN',
    )
    await expect(problemCode(mara.api.workspaces.start({ params: { project, workspace: 'second' } }))).resolves.toBe(
      'FORBIDDEN',
    )
    await mara.api.workspaces.remove({ params: { project, workspace: 'second' } })
    await expect(problemCode(get('second'))).resolves.toBe('NOT_FOUND')
  })

  it('gives a workspace without a name one that is free, and refuses a taken slug and an unknown image', async () => {
    const first = await mara.api.workspaces.create({ params: { project }, body: {} })
    const second = await mara.api.workspaces.create({ params: { project }, body: {} })
    expect([first.slug, second.slug]).toEqual(['mara', 'mara-2'])
    await expect(
      problemCode(mara.api.workspaces.create({ params: { project }, body: { slug: 'mara' } })),
    ).resolves.toBe('NAME_TAKEN')
    await expect(
      problemCode(mara.api.workspaces.create({ params: { project }, body: { image: 'nobody/nothing' } })),
    ).resolves.toBe('IMAGE_UNKNOWN')
    for (const workspace of ['mara', 'mara-2']) await mara.api.workspaces.remove({ params: { project, workspace } })
  })
})

/** Runs code over the kernel's websocket, through the gateway, and answers what it printed. */
async function runInKernel(url: string, id: string, token: string, source: string): Promise<string> {
  const headers = { authorization: `Bearer ${token}` }
  const started = await fetch(`${url}/w/${id}/api/kernels`, { method: 'POST', headers })
  const kernel = (await started.json()) as { id: string } // Jupyter's API
  const socket = new WebSocket(`${url.replace('http', 'ws')}/w/${id}/api/kernels/${kernel.id}/channels`, { headers })
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject))
  const header = {
    msg_id: 'one',
    session: 'test',
    username: 'test',
    msg_type: 'execute_request',
    version: '5.3',
    date: new Date().toISOString(),
  }
  const done = new Promise<string>((resolve, reject) => {
    let text = ''
    socket.on('message', (data: Buffer) => {
      const message = JSON.parse(data.toString('utf8')) as {
        msg_type: string
        parent_header: { msg_id?: string }
        content: { text?: string; evalue?: string; execution_state?: string }
      } // Jupyter's protocol
      if (message.parent_header.msg_id !== 'one') return
      if (message.msg_type === 'stream') text += message.content.text ?? ''
      if (message.msg_type === 'error') reject(new Error(message.content.evalue))
      if (message.msg_type === 'status' && message.content.execution_state === 'idle') resolve(text)
    })
  })
  socket.send(
    JSON.stringify({
      header,
      parent_header: {},
      metadata: {},
      channel: 'shell',
      content: { code: source, silent: false, store_history: false, user_expressions: {}, allow_stdin: false },
    }),
  )
  try {
    return await done
  } finally {
    socket.close()
  }
}
