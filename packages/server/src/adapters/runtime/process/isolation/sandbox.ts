import { existsSync, lstatSync, readdirSync, readlinkSync, realpathSync } from 'node:fs'
import path from 'node:path'

export interface SandboxView {
  /** Out of sight, should it lie among what is seen; what of it is readable or writable shows through. */
  readonly hidden: string
  /** Folders and files that are seen where they are and cannot be changed. */
  readonly readable: readonly string[]
  readonly writable: readonly string[]
  /** Becomes `/tmp`. */
  readonly temporary: string
  /** Stand for the machine's `/etc/passwd` and `/etc/group`. */
  readonly passwd?: string
  readonly group?: string
}

/** The operating system: programs and libraries, settings, what the kernel says of processors and devices. */
const SYSTEM = ['/usr', '/bin', '/sbin', '/lib', '/lib32', '/lib64', '/libx32', '/etc', '/opt', '/nix', '/sys'] // prettier-ignore
/** Processes, shared memory and devices of its own. */
const OWN = ['--die-with-parent', '--unshare-pid', '--unshare-ipc', '--proc', '/proc', '--dev', '/dev']
const EMPTY = ['--tmpfs', '/var/tmp', '--dir', '/run']
/** Graphics cards, where there are some. */
const DEVICES = /^(nvidia|dri$|kfd$)/

/**
 * Arguments of bubblewrap up to and with `--`: processes and mounts of its own, the operating system read-only, of everything else only
 * the view; the network is shared. All inside ends with bubblewrap, and bubblewrap with its parent.
 */
export function sandboxArguments(view: SandboxView): string[] {
  const devices = readdirSync('/dev').filter((name) => DEVICES.test(name))
  return [
    ...OWN,
    ...devices.flatMap((name) => ['--dev-bind-try', `/dev/${name}`, `/dev/${name}`]),
    ...SYSTEM.flatMap(asItIs),
    ...resolverFolder(),
    ...bind('--ro-bind', view.passwd, '/etc/passwd'),
    ...bind('--ro-bind', view.group, '/etc/group'),
    ...bind('--bind', view.temporary, '/tmp'),
    ...EMPTY,
    ...(SYSTEM.some((place) => view.hidden.startsWith(`${place}/`)) ? ['--tmpfs', view.hidden] : []),
    ...waysTo([...view.readable, ...view.writable]),
    ...view.readable.flatMap((place) => ['--ro-bind', place, place]),
    ...view.writable.flatMap((place) => ['--bind', place, place]),
    '--',
  ]
}

function bind(kind: string, source: string | undefined, target: string): string[] {
  return source === undefined ? [] : [kind, source, target]
}

/** Folders on the way to these places: bubblewrap would make them for root alone. */
function waysTo(places: readonly string[]): string[] {
  const folders = new Set(places.flatMap((place) => ancestors(place)))
  return [...folders].toSorted().flatMap((folder) => ['--perms', '0755', '--dir', folder])
}

function ancestors(place: string): string[] {
  const parent = path.dirname(place)
  return parent === path.dirname(parent) ? [] : [...ancestors(parent), parent]
}

/** `/bin` is a link on merged systems and a folder on others. */
function asItIs(place: string): string[] {
  if (!existsSync(place)) return []
  return lstatSync(place).isSymbolicLink() ? ['--symlink', readlinkSync(place), place] : ['--ro-bind', place, place]
}

/** With systemd-resolved `/etc/resolv.conf` leads to `/run`. */
function resolverFolder(): string[] {
  try {
    const folder = path.dirname(realpathSync('/etc/resolv.conf'))
    return folder.startsWith('/run/') ? ['--ro-bind', folder, folder] : []
  } catch {
    return []
  }
}
