import { randomBytes } from 'node:crypto'
import { access, mkdir, rm } from 'node:fs/promises'
import path from 'node:path'

import { crashPoint, hasCode, messageOf, PortError, type Clock } from '@mllab/kernel'

import type { InstanceRef, InstanceSpec, MountSpec } from '../../../../ports/runtime.ts'
import { groupsOf, type Controllers } from '../host/controllers.ts'
import type { Host } from '../host/host.ts'
import type { InstalledImage } from '../images/installed-image.ts'
import type { Isolation } from '../isolation/isolation.ts'
import { handOver, hideIdentity, showIdentity, type WarmPool, type WarmProcess } from '../warm/warm-pool.ts'
import { copyReadOnly, giveEach, giveTo, programFolders } from '../isolation/place.ts'
import { hashName, instanceKey, makeOwn, type Layout } from '../layout.ts'
import { whyNotRunnable } from './command.ts'
import { createKeyedLock } from './keyed-lock.ts'
import { checkMounts, planInstance, type Plan } from './plan.ts'
import {
  instanceFolder,
  noteSuspended,
  prepareRun,
  removeInstance,
  writeNote,
  type InstanceFolder,
  type InstanceRecord,
} from './record.ts'
import { treeOf, type Entry, type Registry } from './registry.ts'
import type { TcpPorts } from './tcp-ports.ts'

export interface LifecycleInput {
  readonly layout: Layout
  readonly host: Host
  readonly clock: Clock
  readonly registry: Registry
  readonly ports: TcpPorts
  readonly network: Readonly<Record<string, string>>
  /** Folder for the cgroups of instances, where there may be some. */
  readonly cgroups: string | undefined
  readonly controllers: Controllers
  readonly maxProcesses: number
  readonly isolation: Isolation
  readonly warmPool: WarmPool
  /** Called before anything runs. */
  onStart(): Promise<void>
  findImage(spec: InstanceSpec): Promise<InstalledImage>
}

const DEFAULT_GRACE_SECONDS = 10

/** Starting, replacing and ending: for one instance one after another. */
export function createLifecycle(input: LifecycleInput) {
  const { layout, host, clock, registry, ports, isolation } = input
  const locked = createKeyedLock()

  const apply = async (spec: InstanceSpec) => {
    const key = instanceKey(spec)
    await locked(key, async () => {
      const current = registry.get(key)
      if (current && current.record.spec.generation >= spec.generation) return
      // Before the old one is ended: a specification that cannot run replaces nothing.
      const image = await input.findImage(spec)
      await checkVolumes(spec)
      if (current) await end(current)
      await start(key, spec, image)
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
      await rm(socketFolder(key), { recursive: true, force: true })
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

  const start = async (key: string, spec: InstanceSpec, image: InstalledImage) => {
    // Somebody else's command is not what a process was kept ready for.
    const warm = spec.command === undefined ? await input.warmPool.take(image) : undefined
    if (spec.command === undefined) input.warmPool.refill(image)
    try {
      await startAs(key, spec, image, warm)
    } catch (error) {
      if (!warm) throw error
      // The same from cold: what fails again tells why.
      await host.end({ marker: warm.marker, wrapper: warm.identity }, 0)
      await rm(warm.folder, { recursive: true, force: true })
      await startAs(key, spec, image, undefined)
    }
  }

  const startAs = async (key: string, spec: InstanceSpec, image: InstalledImage, warm: WarmProcess | undefined) => {
    const files = instanceFolder(layout.instances, key)
    const run = warm?.run ?? randomBytes(6).toString('hex')
    const marker = warm?.marker ?? `${layout.id}-${key}-${run}`
    ports.release(key)
    const identity = await isolation.identityOf(spec)
    const volumeFolder = (mount: MountSpec) =>
      isCopied(mount)
        ? path.join(files.run(run).folder, 'copies', mount.name)
        : path.join(layout.volumes, mount.volumeId)
    const plan = await planInstance({
      spec,
      image,
      marker,
      scratch: files.run(run).scratch,
      socketFolder: socketFolder(key),
      volumeFolder,
      userName: isolation.userName,
      network: input.network,
      leasePort: () => ports.lease(key),
    })
    const record: InstanceRecord = {
      spec: withoutEnvironment(spec),
      run,
      startedAt: clock.now(),
      endpoints: plan.endpoints,
      marker,
      isolation: isolation.mode,
      place: {
        identity,
        workingFolder: plan.workingFolder,
        writable: [
          ...spec.mounts.filter((mount) => !mount.readOnly).map(volumeFolder),
          files.run(run).scratch,
          socketFolder(key),
        ],
        readable: [
          ...(await programFolders(image)),
          ...spec.mounts.filter(({ readOnly }) => readOnly).map(volumeFolder),
        ],
        temporary: path.join(files.run(run).scratch, 'tmp'),
        runFolder: files.run(run).folder,
      },
      ...(warm && { warm: true }),
      groups: groupsOf(input.cgroups, input.controllers, run),
    }
    const entry: Entry = {
      key,
      files,
      record,
      identity: undefined,
      exit: undefined,
      suspended: false,
      settling: undefined,
    }
    await input.onStart()
    if (warm) await hideIdentity(warm.folder)
    await prepareFolders(key, files, record, { volumeFolder, warmFolder: warm?.folder })
    crashPoint('instance/prepared')
    try {
      if (warm) await wake(entry, plan, warm)
      else await spawn(entry, plan)
    } catch (error) {
      // Its process may be there all the same, and nobody would know of it. If it cannot be ended now, the next server finds it.
      await host.end(treeOf(entry), 0).catch(() => undefined)
      throw error
    }
    crashPoint('instance/spawned')
    registry.set(entry)
  }

  const prepareFolders = async (
    key: string,
    files: InstanceFolder,
    record: InstanceRecord,
    { volumeFolder, warmFolder }: { volumeFolder: (mount: MountSpec) => string; warmFolder: string | undefined },
  ) => {
    try {
      await rm(socketFolder(key), { recursive: true, force: true })
      // Again: what lies in a temporary folder may have been tidied away meanwhile.
      makeOwn(layout.sockets, layout.mode)
      await mkdir(socketFolder(key), { mode: 0o700 })
      await prepareRun(files, record, { folderMode: layout.mode, warmFolder })
      const { spec } = record
      const { identity } = record.place
      if (!identity) return
      await giveEach([socketFolder(key)], identity)
      for (const mount of spec.mounts) {
        const volume = path.join(layout.volumes, mount.volumeId)
        if (isCopied(mount)) await copyReadOnly(volume, volumeFolder(mount), identity.gid)
        else if (!mount.readOnly) await giveTo(volume, identity)
      }
    } catch (error) {
      throw hasCode(error, 'ENOSPC', 'EDQUOT')
        ? new PortError('STORAGE_FULL', messageOf(error), { cause: error })
        : error
    }
  }

  const wake = async (entry: Entry, plan: Plan, warm: WarmProcess) => {
    const { files, record } = entry
    const { identity } = record.place
    await host.enroll(
      { ...treeOf(entry), wrapper: warm.identity },
      { ...record.spec.resources, processes: input.maxProcesses },
    )
    await handOver(warm, {
      argv: plan.command.slice(1),
      env: plan.env,
      cwd: plan.workingFolder,
      log: files.log,
      uid: identity?.uid ?? null,
      gid: identity?.gid ?? null,
    })
    await showIdentity(files.run(record.run).folder)
    entry.identity = warm.identity
  }

  const spawn = async (entry: Entry, plan: Plan) => {
    const { files, record } = entry
    const reason = await whyNotRunnable(plan.command[0] ?? '', plan.env, plan.workingFolder)
    if (reason) {
      entry.exit = { code: undefined, reason: 'start-failed', detail: reason, at: clock.now() }
      await writeNote(files, record.run, { reason: 'start-failed', detail: reason, at: entry.exit.at })
      return
    }
    const { command, env } = await isolation.enclose(plan, record.place)
    entry.identity = await host.spawn({
      name: record.spec.name,
      runFolder: files.run(record.run).folder,
      logFile: files.log,
      groups: record.groups,
      limits: { ...record.spec.resources, processes: input.maxProcesses },
      command,
      env,
      workingFolder: plan.workingFolder,
    })
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

  /** No user can be kept from changing files of his own: he gets a copy that is root's. */
  const isCopied = (mount: MountSpec) => mount.readOnly && isolation.mode === 'users'
  const socketFolder = (key: string) => path.join(layout.sockets, hashName(key))
  return { apply, remove, suspend }
}

function withoutEnvironment(spec: InstanceSpec): InstanceRecord['spec'] {
  const { env: _env, secretEnv: _secretEnv, ...rest } = spec
  return rest
}

async function ignoringMissing(work: Promise<void>): Promise<void> {
  try {
    await work
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error
  }
}
