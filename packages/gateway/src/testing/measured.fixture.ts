/** A gateway in a process of its own, so that its memory can be looked at: `node measured.fixture.ts <port of the app>`. Prints its port. */
import { silentLog, systemClock } from '@mllab/kernel'

import { createGateway } from '../gateway.ts'
import { createListener } from '../listener.ts'
import { MEASURED_LABEL, MEASURED_SECRET } from './limits.ts'

const endpoint = { kind: 'tcp', host: '127.0.0.1', port: Number(process.argv[2]) } as const
const gateway = createGateway({
  config: {
    publicOrigin: 'http://localhost',
    basePath: '',
    mainHosts: [],
    appsHost: 'localhost',
    instanceTag: '1',
    trustedProxies: [],
  },
  routes: {
    current: () => ({
      version: 1,
      routes: [
        {
          id: 'measured',
          label: MEASURED_LABEL,
          stripPrefix: true,
          fallback: 'none',
          audience: '1',
          upstream: { state: 'ready', endpoints: [endpoint] },
        },
      ],
    }),
    subscribe: () => () => undefined,
  },
  access: {
    decide: ({ secret }) =>
      secret === MEASURED_SECRET ? { verdict: 'allow', user: 'ann', owner: true } : { verdict: 'unauthenticated' },
    enter: async () => undefined,
    routeOf: () => undefined,
    subscribe: () => () => undefined,
  },
  platform: { handle: (_req, res) => void res.end(), upgrade: (_req, socket) => void socket.destroy() },
  accessLog: () => undefined,
  log: silentLog,
  clock: systemClock,
})
const listener = createListener({ gateway, headMs: Number(process.argv[3] ?? 15_000) })
const address = await listener.listen({ host: '127.0.0.1', port: 0 })
process.stdout.write(`${typeof address === 'string' ? address : address.port}\n`)
