import { access } from 'node:fs/promises'
import path from 'node:path'

import { crashPoint, hasCode, PortError } from '@mllab/kernel'

import type { InstanceRef, InstanceSpec } from '../../../../ports/runtime.ts'
import type { InstalledImage } from '../images/installed-image.ts'
import { instanceKey, socketFolder } from '../layout.ts'
import { removeFolder } from '../remove-folder.ts'
import { createKeyedLock } from './keyed-lock.ts'
import { checkMounts } from './plan.ts'
import { instanceFolder, noteSuspended, removeInstance } from './record.ts'
import { treeOf, type Entry, type Registry } from './registry.ts'
import { createStart, type StartInput } from './start.ts'

export interface LifecycleInput extends StartInput {
  readonly registry: Registry
  findImage(spec: InstanceSpec): Promise<InstalledImage>
}

const DEFAULT_GRACE_SECONDS = 10

/** Starting, replacing and ending: for one instance one after another. */
export function createLifecycle(input: LifecycleInput) {
  const { layout, host, registry, ports } = input
  const locked = createKeyedLock()
  const start = createStart(input)

  const apply = async (spec: InstanceSpec) => {
    const key = instanceKey(spec)
    await locked(key, async () => {
      const current = registry.get(key)
      if (current && current.record.spec.generation >= spec.generation) return
      // Before the old one is ended: a specification that cannot run replaces nothing.
      const image = await input.findImage(spec)
      await checkVolumes(spec)
      if (current) await end(current)
      registry.set(await start(key, spec, image))
    })
  }

  const remove = async (ref: InstanceRef, options: { keepLog?: boolean } = {}) => {
    const key = instanceKey(ref)
    await locked(key, async () => {
      const entry = registry.get(key)
      if (entry) await end(entry)
      crashPoint('instance/ended')
      const files = instanceFolder(layout.instances, key)
      await ignoringMissing(removeInstance(files, options.keepLog ?? false))
      await removeFolder(socketFolder(layout, key))
      ports.release(key)
      if (entry) registry.delete(entry)
    })
  }

  const suspend = async (ref: InstanceRef, suspended: boolean) => {
    const key = instanceKey(ref)
    await locked(key, async () => {
      const entry = registry.get(key)
      if (!entry) throw new PortError('NOT_FOUND', `there is no instance ${key}`)
      if (!entry.identity || entry.exit) throw new PortError('UNAVAILABLE', `${entry.record.spec.name} is not running`)
      if (suspended) await noteSuspended(entry.files, entry.record.run, true)
      await host.suspend(treeOf(entry), suspended)
      if (!suspended) await noteSuspended(entry.files, entry.record.run, false)
      entry.suspended = suspended
      registry.changed(entry)
    })
  }

  const end = async (entry: Entry) => {
    const { spec } = entry.record
    const left = await host.end(treeOf(entry), (spec.graceSeconds ?? DEFAULT_GRACE_SECONDS) * 1000)
    if (left > 0)
      throw new PortError(
        'TIMEOUT',
        `${left} processes of ${spec.name} cannot be ended; the kernel is waiting for a device`,
      )
    await registry.refresh([entry])
  }

  const checkVolumes = async (spec: InstanceSpec) => {
    checkMounts(spec)
    for (const { volumeId } of spec.mounts) {
      try {
        await access(path.join(layout.volumes, volumeId))
      } catch (cause) {
        throw new PortError('NOT_FOUND', `there is no volume ${volumeId}`, { cause, subjects: [volumeId] })
      }
    }
  }

  return { apply, remove, suspend }
}

async function ignoringMissing(work: Promise<void>): Promise<void> {
  try {
    await work
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error
  }
}
