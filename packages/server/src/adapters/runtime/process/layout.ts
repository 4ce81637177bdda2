import { chmodSync, lstatSync, mkdirSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'

import { base32, PortError, sha256Hex } from '@mllab/kernel'

import type { InstanceRef } from '../../../ports/runtime.ts'

/**
 * Where the process runtime keeps what. Everything is 0700: with isolation `none` that is the wall against other local users. With users
 * of their own for workloads folders can be passed, and only what lies in them is closed.
 */
export interface Layout {
  readonly root: string
  readonly instances: string
  readonly volumes: string
  readonly trash: string
  readonly sockets: string
  /** Short and unique for this root: names cgroups and markers, so that two servers on one machine never meet. */
  readonly id: string
  /** Of the folders that lead to what belongs to workloads. */
  readonly mode: 0o700 | 0o711
}

/** `sun_path` holds 108 bytes with the final NUL (unix(7)). */
const MAX_SOCKET_PATH_BYTES = 107
/** `/<8 characters>/<name>.sock` with the longest port name. */
const SOCKET_SUFFIX_BYTES = 1 + 8 + 1 + 16 + 5

export function createLayout(root: string, { passable = false }: { readonly passable?: boolean } = {}): Layout {
  const id = hashName(path.resolve(root))
  const layout: Layout = {
    root,
    instances: path.join(root, 'instances'),
    volumes: path.join(root, 'volumes'),
    trash: path.join(root, 'trash'),
    sockets: socketsRoot(root, id),
    id,
    mode: passable ? 0o711 : 0o700,
  }
  for (const folder of [layout.root, layout.instances, layout.volumes, layout.sockets]) makeOwn(folder, layout.mode)
  makeOwn(layout.trash, 0o700)
  return layout
}

/** The name of an instance in paths. Throws `INVALID` for an id that is not fit for one. */
export function instanceKey(ref: InstanceRef): string {
  if (!/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/.test(ref.workloadId) || !Number.isInteger(ref.replica) || ref.replica < 0)
    throw new PortError('INVALID', `not an instance: ${ref.workloadId}.${ref.replica}`)
  return `${ref.workloadId}.${ref.replica}`
}

/** Where an instance has its sockets. */
export function socketFolder(layout: Layout, key: string): string {
  return path.join(layout.sockets, hashName(key))
}

/** Eight base32 characters. */
export function hashName(text: string): string {
  return base32(Buffer.from(sha256Hex(text).slice(0, 10), 'hex'))
}

function socketsRoot(root: string, id: string): string {
  const near = path.join(root, 's')
  if (Buffer.byteLength(near) + SOCKET_SUFFIX_BYTES <= MAX_SOCKET_PATH_BYTES) return near
  return path.join(os.tmpdir(), `mllab-${id}`)
}

/** Makes a folder that is ours. Throws `INVALID` if somebody else has it. */
export function makeOwn(folder: string, mode: number): void {
  mkdirSync(folder, { recursive: true, mode })
  const stat = lstatSync(folder)
  // In a shared temporary folder somebody else may have been here first.
  if (!stat.isDirectory() || stat.uid !== process.getuid?.())
    throw new PortError('INVALID', `${folder} is not a folder of this user; remove it`)
  chmodSync(folder, mode)
}
