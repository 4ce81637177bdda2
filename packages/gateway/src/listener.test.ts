import http, { type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

import { expect, it } from 'vitest'

import type { Gateway } from './gateway.ts'
import { createListener } from './listener.ts'

it('is closed as soon as the last answer is out, though clients keep their connections', async () => {
  const answers: (() => void)[] = []
  const handle = (_: IncomingMessage, res: ServerResponse) => void answers.push(() => res.end('done'))
  const upgrade: Gateway['upgrade'] = (_req, socket) => void socket.destroy()
  const listener = createListener({ gateway: { handle, upgrade } })
  const { port } = (await listener.listen({ host: '127.0.0.1', port: 0 })) as AddressInfo // of a TCP server
  const agent = new http.Agent({ keepAlive: true })
  const statuses = [1, 2].map(
    () =>
      new Promise<number | undefined>((resolve, reject) => {
        http
          .get({ port, host: '127.0.0.1', agent }, (response) => {
            response.resume().once('end', () => resolve(response.statusCode))
          })
          .once('error', reject)
      }),
  )
  await expect.poll(() => answers.length).toBe(2)

  const begin = performance.now()
  const closed = listener.close(30_000)
  for (const answer of answers) answer()
  expect(await Promise.all(statuses)).toEqual([200, 200])
  await closed
  expect(performance.now() - begin).toBeLessThan(2000)
  agent.destroy()
})
