import { access } from 'node:fs/promises'
import path from 'node:path'

import { createScope, newId, PortError, silentLog, systemClock } from '@mllab/kernel'
import { afterAll, describe, expect, it } from 'vitest'

import type { InstanceSpec } from '../../../../ports/runtime.ts'
import { NO_CONTROLLERS } from '../host/controllers.ts'
import { createHost, type Host } from '../host/host.ts'
import { readAllStats, readBootId, readEnviron } from '../host/proc.ts'
import { noWall } from '../isolation/walls.ts'
import { createLayout, instanceKey } from '../layout.ts'
import { newFolder, removeFolders } from '../testing/fixtures.ts'
import { NO_WARM_POOL } from '../warm/warm-pool.ts'
import { createLifecycle } from './lifecycle.ts'
import { instanceFolder } from './record.ts'
import { createRegistry } from './registry.ts'
import { createTcpPorts } from './tcp-ports.ts'

const image = {
  ref: 'mllab/shell',
  key: '0'.repeat(32),
  command: [],
  ports: [],
  env: {},
  folder: '/',
  layers: new Map(),
}

/** The real thing, with some calls to the operating system as a test wants them. */
async function openRig(change: (real: Host) => Partial<Host>) {
  const scope = createScope()
  const layout = createLayout(path.join(await newFolder(), 'runtime'))
  const real = scope.own(createHost())
  const host: Host = { ...real, ...change(real) }
  const registry = createRegistry({
    layout,
    host,
    clock: systemClock,
    log: silentLog,
    bootId: readBootId(),
    maxProcesses: 100,
  })
  const lifecycle = createLifecycle({
    layout,
    host,
    clock: systemClock,
    registry,
    ports: createTcpPorts(),
    network: {},
    cgroups: undefined,
    controllers: NO_CONTROLLERS,
    maxProcesses: 4096,
    isolation: noWall(''),
    warmPool: NO_WARM_POOL,
    onStart: async () => undefined,
    findImage: async () => image,
  })
  const left = () => readAllStats().filter(({ pid }) => readEnviron(pid)?.includes(`LAB_WORKLOAD=${layout.id}-`))
  return { scope, layout, registry, lifecycle, left }
}

function sleeping(): InstanceSpec {
  return {
    workloadId: newId(),
    replica: 0,
    generation: 1,
    name: 'project/services/sleeping',
    projectId: newId(),
    tenant: 'project',
    image,
    command: ['/bin/sh', '-c', 'sleep 600 & exec sleep 600'],
    env: {},
    secretEnv: {},
    ports: [],
    mounts: [],
    resources: {},
  }
}

describe('an instance', () => {
  afterAll(removeFolders)

  it('whose start fails after its process is there leaves none', async () => {
    // As on a disk that is full when the wrapper's number is to be written down.
    const { scope, registry, lifecycle, left } = await openRig((real) => ({
      spawn: async (request) => {
        await real.spawn(request)
        throw new PortError('STORAGE_FULL', 'no space left on device')
      },
    }))
    await expect(lifecycle.apply(sleeping())).rejects.toMatchObject({ code: 'STORAGE_FULL' })
    expect(left()).toEqual([])
    expect(registry.all()).toEqual([])
    await scope.close()
  })

  it('that is removed stays away, whoever was looking after it at that moment', async () => {
    const held: PromiseWithResolvers<void>[] = []
    let hold = false
    const { scope, layout, registry, lifecycle } = await openRig((real) => ({
      alive: async (identities) => {
        const gate = Promise.withResolvers<void>()
        if (hold) held.push(gate)
        else gate.resolve()
        hold = false
        await gate.promise
        return real.alive(identities)
      },
    }))
    const spec = sleeping()
    await lifecycle.apply(spec)
    const files = instanceFolder(layout.instances, instanceKey(spec))
    hold = true
    const looking = registry.refresh()
    await lifecycle.remove(spec)
    held[0]?.resolve()
    await looking
    await expect(access(files.folder)).rejects.toMatchObject({ code: 'ENOENT' })
    expect(registry.all()).toEqual([])
    await scope.close()
  })
})
