import http from 'node:http'

import type { Endpoint } from '../../../../ports/runtime.ts'

/** One request to a port of an instance. */
export function getFrom(endpoint: Endpoint, path: string): Promise<{ status: number; text: string }> {
  const where = endpoint.kind === 'unix' ? { socketPath: endpoint.path } : { host: endpoint.host, port: endpoint.port }
  return new Promise((resolve, reject) => {
    const request = http.get({ ...where, path, agent: false, timeout: 30_000 }, (response) => {
      let text = ''
      response.on('data', (chunk) => (text += String(chunk)))
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }))
    })
    request.on('error', reject)
    request.on('timeout', () => request.destroy(new Error('no answer in 30 s')))
  })
}
