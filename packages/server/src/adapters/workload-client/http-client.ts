import http from 'node:http'

import { dial } from '@mllab/gateway'

import type { Endpoint } from '../../ports/runtime.ts'
import type { SeenAnswer, SentRequest, WorkloadClient } from '../../ports/workload-client.ts'

export const httpWorkloadClient: WorkloadClient = { probe, send }

function probe(endpoint: Endpoint, path: string | undefined, timeoutMs: number): Promise<boolean> {
  return path === undefined ? listens(endpoint, timeoutMs) : answers(endpoint, path, timeoutMs)
}

function answers(endpoint: Endpoint, path: string, timeoutMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const request = http.get(
      { ...connection(endpoint, timeoutMs), path, headers: { 'user-agent': 'mllab-probe' } },
      (response) => {
        response.resume()
        const status = response.statusCode ?? 500
        // What asks for a login is there.
        resolve(status < 400 || status === 401 || status === 403)
      },
    )
    request.on('timeout', () => request.destroy())
    request.on('error', () => resolve(false))
  })
}

function listens(endpoint: Endpoint, timeoutMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = dial(endpoint)
    const end = (answer: boolean) => {
      socket.destroy()
      resolve(answer)
    }
    socket.setTimeout(timeoutMs, () => end(false))
    socket.on('connect', () => end(true))
    socket.on('error', () => end(false))
  })
}

function send(endpoint: Endpoint, request: SentRequest): Promise<SeenAnswer> {
  return new Promise((resolve, reject) => {
    const sent = http.request(
      {
        ...connection(endpoint, request.timeoutMs),
        path: request.path,
        method: request.method,
        headers:
          request.body === undefined
            ? {}
            : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(request.body) },
      },
      (response) => {
        const chunks: Buffer[] = []
        let size = 0
        const finish = (truncated: boolean) =>
          resolve({
            status: response.statusCode ?? 0,
            contentType: response.headers['content-type'] ?? null,
            body: Buffer.concat(chunks).subarray(0, request.limitBytes).toString('utf8'),
            truncated,
          })
        response.on('data', (chunk: Buffer) => {
          chunks.push(chunk)
          size += chunk.length
          if (size > request.limitBytes) {
            finish(true)
            sent.destroy()
          }
        })
        response.on('end', () => finish(false))
        response.on('error', reject)
      },
    )
    sent.on('timeout', () => sent.destroy(new Error(`no answer within ${request.timeoutMs / 1000} s`)))
    sent.on('error', reject)
    sent.end(request.body)
  })
}

/** One of its own for each request. */
function connection(endpoint: Endpoint, timeoutMs: number): http.RequestOptions {
  return {
    ...(endpoint.kind === 'tcp' ? { host: endpoint.host, port: endpoint.port } : {}),
    timeout: timeoutMs,
    createConnection: () => dial(endpoint).setTimeout(timeoutMs),
  }
}
