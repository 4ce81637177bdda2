import { mkdir } from 'node:fs/promises'
import path from 'node:path'

import { createScope, newId, PortError, silentLog, systemClock } from '@mllab/kernel'
import { afterAll, describe, expect, it } from 'vitest'

import { createHost, type Host } from '../host/host.ts'
import { readAllStats, readBootId, readEnviron } from '../host/proc.ts'
import { createLayout } from '../layout.ts'
import { newFolder, removeFolders } from '../testing/fixtures.ts'
import { createLifecycle } from './lifecycle.ts'
import { createRegistry } from './registry.ts'
import { createTcpPorts } from './tcp-ports.ts'

afterAll(removeFolders)

describe('an instance whose start fails after its process is there', () => {
  it('leaves no process', async () => {
    const scope = createScope()
    const layout = createLayout(path.join(await newFolder(), 'runtime'))
    const real = scope.own(createHost())
    // As on a disk that is full when the wrapper's number is to be written down.
    const host: Host = {
      ...real,
      spawn: async (request) => {
        await real.spawn(request)
        throw new PortError('STORAGE_FULL', 'no space left on device')
      },
    }
    const registry = createRegistry({ layout, host, clock: systemClock, log: silentLog, bootId: readBootId() })
    const image = { ref: 'mllab/shell', key: '0'.repeat(32), command: [], ports: [], env: {}, folder: layout.root }
    const { apply } = createLifecycle({
      layout,
      host,
      clock: systemClock,
      registry,
      ports: createTcpPorts(),
      network: {},
      cgroups: undefined,
      findImage: async () => image,
    })
    await mkdir(path.join(layout.volumes, 'data'))
    const started = apply({
      workloadId: newId(),
      replica: 0,
      generation: 1,
      name: 'project/services/full',
      projectId: newId(),
      tenant: 'project',
      image,
      command: ['/bin/sh', '-c', 'sleep 600 & exec sleep 600'],
      env: {},
      secretEnv: {},
      ports: [],
      mounts: [],
      resources: {},
    })
    await expect(started).rejects.toMatchObject({ code: 'STORAGE_FULL' })
    const left = readAllStats().filter(({ pid }) => readEnviron(pid)?.includes(`LAB_WORKLOAD=${layout.id}-`))
    expect(left).toEqual([])
    expect(registry.all()).toEqual([])
    await scope.close()
  })
})
