import { glob, readFile } from 'node:fs/promises'
import path from 'node:path'

import { missingOptionals, type Lock } from '../lockfile.ts'
import type { Finding } from './finding.ts'

const DECISIONS = 'docs/adr/0002-dependencies.md'

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

/** Every direct dependency has its line in the decision record, with an exact version; the lock file suits every platform. */
export async function checkDependencies(root: string): Promise<Finding[]> {
  const decisions = await readFile(path.join(root, DECISIONS), 'utf8')
  const decided = new Set([...decisions.matchAll(/^\|\s*(\S+)\s*\|/gm)].map(([, name]) => name))
  const findings: Finding[] = []
  for await (const file of glob(['package.json', 'packages/*/package.json'], { cwd: root })) {
    const manifest = await readJson<Manifest>(root, file)
    for (const [name, version] of Object.entries(dependenciesOf(manifest))) {
      if (name.startsWith('@mllab/')) continue
      if (!/^\d/.test(version))
        findings.push({ file, rule: 'dependencies/exact', message: `${name}: give an exact version, not ${version}` })
      if (!decided.has(name))
        findings.push({
          file,
          rule: 'dependencies/decided',
          message: `${name} needs a line in ${DECISIONS}: why, size, licence, way out`,
        })
    }
  }
  return [...findings, ...checkLock(await readJson<Lock>(root, 'package-lock.json'))]
}

function dependenciesOf(manifest: Manifest): Record<string, string> {
  return { ...manifest.dependencies, ...manifest.devDependencies, ...manifest.optionalDependencies }
}

function checkLock(lock: Lock): Finding[] {
  const missing = Object.keys(missingOptionals(lock)).length
  if (missing === 0) return []
  const message = `${missing} packages of other platforms are missing, so npm ci refuses it: node scripts/complete-lock.ts`
  return [{ file: 'package-lock.json', rule: 'dependencies/lock', message }]
}

async function readJson<T>(root: string, file: string): Promise<T> {
  return JSON.parse(await readFile(path.join(root, file), 'utf8')) as T // npm's own format
}
