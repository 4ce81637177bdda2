import path from 'node:path'

import { isSafeRelativePath, PortError } from '@mllab/kernel'

import type { Endpoint, InstanceSpec, MountSpec } from '../../../../ports/runtime.ts'
import type { InstalledImage } from '../images/installed-image.ts'
import { fill, socketNames, type Placeholders } from './command.ts'
import { completeVariables, plainVariables } from './variables.ts'

/** Everything that is decided before a process starts. */
export interface Plan {
  readonly command: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly workingFolder: string
  readonly endpoints: Readonly<Record<string, Endpoint>>
}

export interface PlanInput {
  readonly spec: InstanceSpec
  readonly image: InstalledImage
  readonly marker: string
  readonly scratch: string
  readonly socketFolder: string
  /** Where the volume of a mount is found. */
  volumeFolder(mount: MountSpec): string
  readonly userName: string | undefined
  readonly network: Readonly<Record<string, string>>
  leasePort(portName: string): Promise<number>
}

/** Maps a specification to this machine. Throws `INVALID` for one that cannot be. */
export async function planInstance(input: PlanInput): Promise<Plan> {
  const { spec, image, scratch } = input
  const template = spec.command ?? image.command
  if (template.length === 0)
    throw new PortError('INVALID', `${image.ref} has no command of its own, and none was given`)
  const environments = { ...image.env, ...spec.env }
  const { sockets, ports } = await mapPorts(input, [...template, ...Object.values(environments)])
  const volumes = new Map(spec.mounts.map((mount) => [mount.name, input.volumeFolder(mount)]))
  const workingFolder = spec.workingMount === undefined ? scratch : volumes.get(spec.workingMount)
  if (workingFolder === undefined) throw new PortError('INVALID', `there is no mount named ${spec.workingMount}`)

  const values: Placeholders = {
    ports,
    sockets,
    volumes,
    layers: new Map([...image.layers].map(([name, { folder }]) => [name, folder])),
    workDir: workingFolder,
    basePath: spec.env['LAB_SERVICE_PATH'] ?? '/',
    image: image.folder,
    python: image.environment && path.join(image.environment, 'bin', 'python'),
  }
  const filled = (env: Readonly<Record<string, string>>) =>
    Object.fromEntries(Object.entries(env).map(([name, value]) => [name, fill(value, values, {})]))
  const plain = plainVariables({
    network: input.network,
    userName: input.userName,
    binFolder: image.environment && path.join(image.environment, 'bin'),
    home: workingFolder,
    scratch,
    image: filled(image.env),
    spec: filled(spec.env),
    tcpPorts: ports,
  })
  return {
    command: template.map((argument) => fill(argument, values, plain)),
    env: completeVariables(plain, spec.secretEnv, input.marker),
    workingFolder,
    endpoints: {
      ...mapEntries(sockets, (file) => ({ kind: 'unix', path: file })),
      ...mapEntries(ports, (port) => ({ kind: 'tcp', host: '127.0.0.1', port })),
    },
  }
}

/** A port whose socket is named somewhere listens on a unix socket; every other one gets a TCP port. */
async function mapPorts(input: PlanInput, texts: readonly string[]) {
  const asSocket = socketNames(texts)
  const sockets = new Map<string, string>()
  const ports = new Map<string, number>()
  for (const { name } of input.spec.ports) {
    if (!/^[a-z][a-z0-9-]{0,15}$/.test(name))
      throw new PortError('INVALID', `not a name of a port: ${name}`, { subjects: [name] })
    if (asSocket.has(name)) sockets.set(name, path.join(input.socketFolder, `${name}.sock`))
    else ports.set(name, await input.leasePort(name))
  }
  return { sockets, ports }
}

export function checkMounts(spec: InstanceSpec): void {
  for (const { volumeId } of spec.mounts) {
    if (!isSafeRelativePath(volumeId) || volumeId.includes('/'))
      throw new PortError('INVALID', `not a volume: ${volumeId}`, { subjects: [volumeId] })
  }
}

function mapEntries<V>(map: ReadonlyMap<string, V>, endpoint: (value: V) => Endpoint): Record<string, Endpoint> {
  return Object.fromEntries([...map].map(([name, value]) => [name, endpoint(value)]))
}
