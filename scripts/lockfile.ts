export interface LockEntry {
  readonly version?: string
  readonly dev?: boolean
  readonly optional?: boolean
  readonly license?: string
  readonly os?: readonly string[]
  readonly cpu?: readonly string[]
  readonly libc?: readonly string[]
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

export interface Lock {
  readonly packages: Record<string, LockEntry>
}

/** Entries for the optional dependencies that a lock file names but does not list. Only exact versions: others need a registry. */
export function missingOptionals({ packages }: Lock): Record<string, LockEntry> {
  const missing: Record<string, LockEntry> = {}
  for (const [place, entry] of Object.entries(packages)) {
    for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
      if (isListed(packages, place, name) || !/^\d+\.\d+\.\d+[-.\w]*$/.test(version)) continue
      const { os, cpu, libc } = platformOf(name)
      // In npm's order, so that npm does not write the file anew.
      missing[`node_modules/${name}`] = {
        version,
        ...cpu,
        ...(entry.dev ? { dev: true } : {}),
        ...libc,
        optional: true,
        ...os,
      }
    }
  }
  return missing
}

/** Node's own search: beside the package, then one level further out each time. */
function isListed(packages: Lock['packages'], place: string, name: string): boolean {
  for (let at = place; ; at = at.slice(0, Math.max(0, at.lastIndexOf('/node_modules/')))) {
    if (`${at}/node_modules/${name}` in packages) return true
    if (!at.includes('/node_modules/')) return `node_modules/${name}` in packages
  }
}

const SYSTEMS = ['aix', 'android', 'darwin', 'freebsd', 'linux', 'netbsd', 'openbsd', 'openharmony', 'sunos', 'win32']
const PROCESSORS = ['arm', 'arm64', 'ia32', 'loong64', 'mips64el', 'ppc64', 'riscv64', 's390x', 'wasm32', 'x64']

/** What the name of such a package says: `@oxlint/binding-linux-x64-musl`. */
function platformOf(name: string): Record<'os' | 'cpu' | 'libc', Partial<LockEntry>> {
  const words = name.split(/[/-]/)
  const os = SYSTEMS.filter((system) => words.includes(system))
  const cpu = PROCESSORS.filter((processor) => words.includes(processor))
  const libc = [
    ...(words.some((word) => word.startsWith('gnu')) ? ['glibc'] : []),
    ...(words.some((word) => word.startsWith('musl')) ? ['musl'] : []),
  ]
  return {
    os: os.length > 0 ? { os } : {},
    cpu: cpu.length > 0 ? { cpu } : {},
    libc: libc.length > 0 ? { libc } : {},
  }
}
