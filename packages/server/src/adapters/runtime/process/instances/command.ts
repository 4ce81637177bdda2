import { access, constants, stat } from 'node:fs/promises'
import path from 'node:path'

import { PortError } from '@mllab/kernel'

/** What the placeholders of a command and of environment values stand for. */
export interface Placeholders {
  readonly ports: ReadonlyMap<string, number>
  readonly sockets: ReadonlyMap<string, string>
  readonly volumes: ReadonlyMap<string, string>
  /** Folders of the image's layers, built or not. */
  readonly layers: ReadonlyMap<string, string>
  readonly workDir: string
  readonly basePath: string
  /** Folder with the image's own files. */
  readonly image: string
  /** The interpreter of the image's environment, if it has one. */
  readonly python: string | undefined
}

const PATTERN = /\{(?:(port|socket|volume|layer|env):([A-Za-z0-9_.-]+)|(workDir|basePath|image|python))\}/g

/** Names of the ports that a text wants as unix sockets. */
export function socketNames(texts: readonly string[]): ReadonlySet<string> {
  return new Set(
    texts.flatMap((text) => [...text.matchAll(/\{socket:([A-Za-z0-9_.-]+)\}/g)].map((match) => match[1] ?? '')),
  )
}

/**
 * Fills in `{port:NAME}`, `{socket:NAME}`, `{volume:NAME}`, `{layer:NAME}`, `{env:NAME}`, `{workDir}`, `{basePath}`, `{image}` and
 * `{python}`; other braces stay. Throws `INVALID` for a name that does not exist. `env` holds no secrets: an argument can be read by every local user.
 */
export function fill(text: string, values: Placeholders, env: Readonly<Record<string, string>>): string {
  const named = (kind: string, name: string): string | undefined => {
    if (kind === 'port') return values.ports.get(name)?.toString()
    if (kind === 'socket') return values.sockets.get(name)
    if (kind === 'volume') return values.volumes.get(name)
    if (kind === 'layer') return values.layers.get(name)
    return Object.hasOwn(env, name) ? env[name] : undefined
  }
  return text.replaceAll(PATTERN, (placeholder, kind?: string, name?: string, plain?: string) => {
    const value = plain ? values[plain as 'workDir' | 'basePath' | 'image' | 'python'] : named(kind ?? '', name ?? '')
    if (value === undefined)
      throw new PortError('INVALID', `nothing to fill in for ${placeholder}`, { subjects: [placeholder] })
    return value
  })
}

/** Why a program cannot be started, or undefined if it can. */
export async function whyNotRunnable(
  program: string,
  env: Readonly<Record<string, string>>,
  workDir: string,
): Promise<string | undefined> {
  const places = program.includes('/')
    ? [path.resolve(workDir, program)]
    : (env['PATH'] ?? '').split(':').map((folder) => path.join(folder, program))
  for (const place of places) {
    if (await isExecutable(place)) return undefined
  }
  return program.includes('/') ? `${program} is not an executable file` : `there is no program ${program} in PATH`
}

async function isExecutable(file: string): Promise<boolean> {
  try {
    await access(file, constants.X_OK)
    return (await stat(file)).isFile()
  } catch {
    return false
  }
}
