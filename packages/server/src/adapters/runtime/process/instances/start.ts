import { randomBytes } from 'node:crypto'
import { mkdir, stat } from 'node:fs/promises'
import path from 'node:path'

import { crashPoint, hasCode, messageOf, PortError, type Clock } from '@mllab/kernel'

import type { InstanceSpec, MountSpec } from '../../../../ports/runtime.ts'
import { groupsOf, has, type Controllers } from '../host/controllers.ts'
import type { Host } from '../host/host.ts'
import type { InstalledImage } from '../images/installed-image.ts'
import type { Isolation } from '../isolation/isolation.ts'
import { copyReadOnly } from '../isolation/copy-read-only.ts'
import { giveEach, giveTo, programFolders } from '../isolation/place.ts'
import { makeOwn, socketFolder, type Layout } from '../layout.ts'
import { removeFolder } from '../remove-folder.ts'
import { isSealed } from '../sealed-volume.ts'
import { handOver, hideIdentity, showIdentity, type WarmPool, type WarmProcess } from '../warm/warm-pool.ts'
import { whyNotRunnable } from './command.ts'
import { logSize } from './logs.ts'
import { planInstance, type Plan } from './plan.ts'
import { instanceFolder, prepareRun, writeNote, type InstanceFolder, type InstanceRecord } from './record.ts'
import { treeOf, type Entry } from './registry.ts'
import type { TcpPorts } from './tcp-ports.ts'

export interface StartInput {
  readonly layout: Layout
  readonly host: Host
  readonly clock: Clock
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
}

/** One start of an instance whose earlier ones are gone: folders, then a process, one that was kept ready if there is one. */
export function createStart(input: StartInput) {
  const { layout, host, clock, ports, isolation } = input

  /** No user can be kept from changing files of his own: he gets a copy that is root's. What is sealed is root's already. */
  const copiedMounts = async ({ mounts }: InstanceSpec): Promise<ReadonlySet<string>> => {
    const copied = new Set<string>()
    if (isolation.mode === 'users')
      for (const { name, volumeId, readOnly } of mounts)
        if (readOnly && !isSealed(await stat(path.join(layout.volumes, volumeId)))) copied.add(name)
    return copied
  }

  const startAs = async (key: string, spec: InstanceSpec, image: InstalledImage, warm: WarmProcess | undefined) => {
    const files = instanceFolder(layout.instances, key)
    const run = warm?.run ?? randomBytes(6).toString('hex')
    const marker = warm?.marker ?? `${layout.id}-${key}-${run}`
    ports.release(key)
    const identity = await isolation.identityOf(spec)
    const copied = await copiedMounts(spec)
    const volumeFolder = (mount: MountSpec) =>
      copied.has(mount.name)
        ? path.join(files.run(run).folder, 'copies', mount.name)
        : path.join(layout.volumes, mount.volumeId)
    const plan = await planInstance({
      spec,
      image,
      marker,
      scratch: files.run(run).scratch,
      socketFolder: socketFolder(layout, key),
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
          socketFolder(layout, key),
        ],
        readable: [
          ...(await programFolders(image)),
          ...spec.mounts.filter(({ readOnly }) => readOnly).map(volumeFolder),
        ],
        temporary: path.join(files.run(run).scratch, 'tmp'),
        runFolder: files.run(run).folder,
      },
      logFrom: await logSize(files.log),
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
    await prepareFolders(key, files, record, { copied, volumeFolder, warmFolder: warm?.folder })
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
    return entry
  }

  const prepareFolders = async (
    key: string,
    files: InstanceFolder,
    record: InstanceRecord,
    {
      copied,
      volumeFolder,
      warmFolder,
    }: {
      copied: ReadonlySet<string>
      volumeFolder: (mount: MountSpec) => string
      warmFolder: string | undefined
    },
  ) => {
    try {
      await removeFolder(socketFolder(layout, key))
      // Again: what lies in a temporary folder may have been tidied away meanwhile.
      makeOwn(layout.sockets, layout.mode)
      await mkdir(socketFolder(layout, key), { mode: 0o700 })
      await prepareRun(files, record, { folderMode: layout.mode, warmFolder })
      const { spec } = record
      const { identity } = record.place
      if (!identity) return
      await giveEach([socketFolder(layout, key)], identity)
      for (const mount of spec.mounts) {
        const volume = path.join(layout.volumes, mount.volumeId)
        if (copied.has(mount.name)) await copyReadOnly(volume, volumeFolder(mount), identity.gid)
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
      // He may have several workloads; who has too many of his own is found by looking.
      ...(has(input.controllers, 'pids') ? {} : { processesOfUser: 2 * input.maxProcesses }),
      command,
      env,
      workingFolder: plan.workingFolder,
    })
  }

  return async (key: string, spec: InstanceSpec, image: InstalledImage): Promise<Entry> => {
    // Somebody else's command is not what a process was kept ready for.
    const warm = spec.command === undefined ? await input.warmPool.take(image) : undefined
    if (spec.command === undefined) input.warmPool.refill(image)
    try {
      return await startAs(key, spec, image, warm)
    } catch (error) {
      if (!warm) throw error
      // The same from cold: what fails again tells why.
      await host.end({ marker: warm.marker, wrapper: warm.identity }, 0)
      await removeFolder(warm.folder)
      return startAs(key, spec, image, undefined)
    }
  }
}

function withoutEnvironment(spec: InstanceSpec): InstanceRecord['spec'] {
  const { env: _env, secretEnv: _secretEnv, ...rest } = spec
  return rest
}
