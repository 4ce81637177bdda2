import { startTestServer, type TestPerson, type TestServer } from '@mllab/testkit/server'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { WebSocket } from 'ws'

type Message = Readonly<Record<string, unknown>>

describe('/api/live', () => {
  let server: TestServer
  let mara: TestPerson
  let jonas: TestPerson
  const sockets: WebSocket[] = []

  beforeAll(async () => {
    server = await startTestServer()
    mara = await server.person('mara')
    jonas = await server.person('jonas')
  })
  afterAll(async () => {
    for (const socket of sockets) socket.terminate()
    await server.close()
  })

  const connect = async (headers: Record<string, string>) => {
    const socket = new WebSocket(`${server.url.replace('http', 'ws')}/api/live`, { headers })
    sockets.push(socket)
    const messages: Message[] = []
    let closed: number | undefined
    socket.on('message', (data: Buffer) => messages.push(JSON.parse(data.toString('utf8')) as Message)) // checked by what is expected of it
    socket.on('close', (status) => (closed = status))
    await new Promise<void>((resolve, reject) => {
      socket.once('open', () => resolve())
      socket.once('error', reject)
    })
    return { socket, messages, closed: () => closed }
  }
  const origin = () => new URL(server.url).origin

  it('tells members what changed within a second, and strangers nothing', async () => {
    const [hers, his] = [
      await connect({ cookie: mara.cookie, origin: origin() }),
      await connect({ authorization: `Bearer ${jonas.token}` }),
    ]
    const { id, slug } = await mara.api.projects.create({ body: { name: 'Live' } })
    // What she sees has grown: everything is to be fetched again.
    await vi.waitFor(() => expect(hers.messages).toContainEqual(expect.objectContaining({ type: 'resync' })), {
      timeout: 1000,
    })
    const change = (description: string) =>
      mara.api.projects.update({ params: { project: slug }, body: { description } })
    const told = expect.objectContaining({ type: 'change', topic: 'project', id, project: id })
    await change('for her')
    await vi.waitFor(() => expect(hers.messages).toContainEqual(told), { timeout: 1000 })
    expect(his.messages.filter((message) => message['project'] === id)).toEqual([])
    await mara.api.projects.setMember({ params: { project: slug, username: 'jonas' }, body: { role: 'viewer' } })
    await vi.waitFor(() => expect(his.messages).toContainEqual(expect.objectContaining({ type: 'resync' })), {
      timeout: 1000,
    })
    await change('for both')
    await vi.waitFor(() => expect(his.messages).toContainEqual(told), { timeout: 1000 })
  })

  it('sends what was missed after a lost connection', async () => {
    const first = await connect({ authorization: `Bearer ${mara.token}` })
    await vi.waitFor(() => expect(first.messages[0]).toMatchObject({ type: 'hello' }))
    const seq = Number(first.messages[0]?.['seq'])
    first.socket.close()
    const { id } = await mara.api.projects.create({ body: { name: 'Missed' } })
    const second = await connect({ authorization: `Bearer ${mara.token}` })
    second.socket.send(JSON.stringify({ type: 'resume', seq }))
    await vi.waitFor(() => expect(second.messages).toContainEqual(expect.objectContaining({ type: 'change', id })))
    second.socket.send(JSON.stringify({ type: 'resume', seq: 10 ** 9 }))
    await vi.waitFor(() => expect(second.messages).toContainEqual(expect.objectContaining({ type: 'resync' })))
  })

  it('closes within half a second when the credential is revoked', async () => {
    const { id, secret } = await mara.api.accounts.createToken({ body: { name: 'live', scopes: ['account:read'] } })
    const open = await connect({ authorization: `Bearer ${secret}` })
    await mara.api.accounts.revokeToken({ params: { id } })
    await vi.waitFor(() => expect(open.closed()).toBe(4401), { timeout: 500 })
  })

  it('refuses a websocket without a credential, of another origin, and survives nonsense', async () => {
    await expect(connect({})).rejects.toThrow('401')
    await expect(connect({ cookie: mara.cookie, origin: 'http://evil.localhost' })).rejects.toThrow('403')
    await expect(connect({ cookie: mara.cookie })).rejects.toThrow('401')
    const { socket, closed } = await connect({ authorization: `Bearer ${mara.token}` })
    socket.send('{"type":')
    socket.send(JSON.stringify({ type: 'shutdown' }))
    socket.send(JSON.stringify({ type: 'ping' }))
    await new Promise((resolve) => setImmediate(resolve))
    expect(closed()).toBeUndefined()
    socket.send('x'.repeat(10_000))
    await vi.waitFor(() => expect(closed()).toBe(1009))
  })
})
