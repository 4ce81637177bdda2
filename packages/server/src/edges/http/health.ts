import type { FastifyInstance, FastifyRequest } from 'fastify'
import { collectDefaultMetrics, Gauge, Registry } from 'prom-client'

import { LabError } from '@mllab/contract'

interface Part {
  health(): Promise<{ ok: boolean; detail: string }>
}

export interface HealthOptions {
  /** `database`, `objects`, `runtime`. */
  readonly parts: Readonly<Record<string, Part>>
  /** May this request read the metrics? */
  readonly maySeeMetrics: (request: FastifyRequest) => Promise<boolean>
  readonly version: string
  readonly gauges: readonly { readonly name: string; readonly help: string; readonly read: () => number }[]
}

const PART_DEADLINE_MS = 2000

/** `/healthz` (the process answers), `/readyz` (its parts do), `/metrics` (Prometheus). */
export function healthPages(options: HealthOptions): (app: FastifyInstance) => void {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry, prefix: 'mllab_' })
  for (const { name, help, read } of options.gauges)
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        this.set(read())
      },
    })

  return (app) => {
    app.get('/healthz', (_, reply) =>
      reply.header('cache-control', 'no-store').send({ ok: true, version: options.version }),
    )
    app.get('/readyz', async (_, reply) => {
      const checks = await Promise.all(
        Object.entries(options.parts).map(async ([name, part]) => ({ name, ...(await checked(part)) })),
      )
      const ok = checks.every((check) => check.ok)
      return reply
        .code(ok ? 200 : 503)
        .header('cache-control', 'no-store')
        .send({ ok, checks })
    })
    app.get('/metrics', async (request, reply) => {
      if (!(await options.maySeeMetrics(request)))
        throw new LabError('NOT_SIGNED_IN', {
          reason: 'Metrics are for administrators and scrapers with the metrics token.',
        })
      return reply.header('content-type', registry.contentType).send(await registry.metrics())
    })
  }
}

async function checked(part: Part): Promise<{ ok: boolean; detail: string }> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<{ ok: boolean; detail: string }>((resolve) => {
    timer = setTimeout(
      () => resolve({ ok: false, detail: `no answer within ${PART_DEADLINE_MS / 1000} s` }),
      PART_DEADLINE_MS,
    )
  })
  try {
    return await Promise.race([part.health(), late])
  } catch (error) {
    return { ok: false, detail: error instanceof Error ? error.message : String(error) }
  } finally {
    clearTimeout(timer)
  }
}
