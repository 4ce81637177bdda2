import path from 'node:path'

import { findCycles } from './checks/cycles.ts'
import { format, type Finding } from './checks/finding.ts'
import { isTest, lineAt, readSources, type Import, type Source } from './checks/sources.ts'

/** What each package may import of the others (docs/architecture.md, “The house”). */
const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  contract: [],
  kernel: [],
  gateway: ['kernel'],
  sdk: ['contract'],
  server: ['contract', 'kernel', 'gateway'],
  ui: ['sdk'],
  cli: ['sdk'],
  testkit: ['contract', 'kernel', 'gateway', 'sdk', 'server'],
}

/** Modules import only from tiers further up in this list. */
const TIERS: readonly (readonly string[])[] = [
  ['access'],
  ['accounts', 'projects'],
  ['files', 'routes', 'secrets', 'documents'],
  ['workloads'],
  ['tracking', 'workspaces', 'services', 'jobs', 'flows', 'features', 'clusters', 'extensions'],
  ['activity', 'home', 'audit', 'admin'],
]

interface Layer {
  readonly may: readonly string[]
  /** What it may import types of besides: the tables' for whoever asks the database, the configuration's for whoever is handed it. */
  readonly types?: readonly string[]
}

/** What each layer of the server may import of the others. The root is `main.ts`, `platform.ts` and what belongs to them: `assembly`. */
const LAYERS: Readonly<Record<string, Layer>> = {
  config: { may: [] },
  migrations: { may: [], types: ['ports'] },
  ports: { may: [], types: ['migrations'] },
  core: { may: ['ports'], types: ['migrations'] },
  adapters: { may: ['ports', 'migrations'] },
  modules: { may: ['core', 'ports'], types: ['migrations'] },
  wire: { may: ['modules', 'core', 'ports'], types: ['migrations', 'config'] },
  edges: { may: ['wire', 'modules', 'core', 'ports'], types: ['migrations', 'config'] },
  root: { may: ['config', 'edges', 'wire', 'modules', 'core', 'adapters', 'ports', 'migrations'] },
}

const SERVER = 'packages/server/src/'
const MAIN = `${SERVER}main.ts`

/** Checks who imports whom, cycles, and that only `main.ts` knows the environment and signals. */
export async function checkLayers(root: string): Promise<Finding[]> {
  const sources = await readSources(root, 'packages')
  return [...sources.flatMap((source) => [...checkImports(source), ...checkGlobals(source)]), ...findCycles(sources)]
}

function checkImports(source: Source): Finding[] {
  return source.imports.flatMap((imported) => {
    const message = imported.specifier.startsWith('.')
      ? refuseRelative(source.file, imported)
      : refusePackage(source.file, imported.specifier)
    return message === undefined ? [] : [{ file: source.file, line: imported.line, ...message }]
  })
}

type Refusal = Pick<Finding, 'rule' | 'message'> | undefined

function refusePackage(file: string, specifier: string): Refusal {
  const [, from = ''] = file.split('/')
  const [, to] = /^@mllab\/([^/]+)/.exec(specifier) ?? []
  if (to === undefined || to === from) return undefined
  if (isTest(file) && (to === 'testkit' || PACKAGES['testkit']?.includes(to))) return undefined
  const allowed = PACKAGES[from] ?? []
  if (allowed.includes(to)) return undefined
  const may = allowed.length > 0 ? `only ${allowed.join(', ')}` : 'no other package'
  return {
    rule: 'layers/packages',
    message: `${from} may import ${may}, not ${to}: move the code, or have it handed in by the caller`,
  }
}

function refuseRelative(file: string, { specifier, typeOnly }: Import): Refusal {
  const target = path.posix.join(path.posix.dirname(file), specifier)
  if (packageOf(target) !== packageOf(file))
    return { rule: 'layers/packages', message: `import ${packageOf(target)} by its name, not by a path into it` }
  if (!file.startsWith(SERVER) || isTest(file)) return undefined
  if (isTest(target))
    return { rule: 'layers/tests', message: `${target} belongs to tests: move what is needed out of it` }
  return refuseLayer(file, target, typeOnly) ?? refuseModule(file, target) ?? refuseAdapter(file, target)
}

function refuseLayer(file: string, target: string, typeOnly: boolean): Refusal {
  const [from, to] = [layerOf(file), layerOf(target)]
  if (from === to) return undefined
  const layer = LAYERS[from]
  if (!layer)
    return { rule: 'layers/unknown', message: `there is no layer ${from}: add it to LAYERS in scripts/check-layers.ts` }
  if (layer.may.includes(to)) return undefined
  const rule = `layers/${from}`
  if (!layer.types?.includes(to)) return { rule, message: `${from} may not import ${to} (${target}): ${wayOut(to)}` }
  return typeOnly ? undefined : { rule, message: `${from} may import only types of ${to}: use \`import type\`` }
}

function refuseModule(file: string, target: string): Refusal {
  if (layerOf(target) !== 'modules') return undefined
  const [from, to] = [moduleOf(file), moduleOf(target)]
  if (from === to || layerOf(file) === 'root') return undefined
  if (tierOf(to) === -1)
    return { rule: 'layers/tiers', message: `module ${to} has no tier: add it to TIERS in scripts/check-layers.ts` }
  if (layerOf(file) === 'modules' && tierOf(to) >= tierOf(from))
    return {
      rule: 'layers/tiers',
      message: `${from} may only use modules of tiers above its own, not ${to}: turn it round, or react to an event`,
    }
  const named = path.posix.basename(target, '.ts') === path.posix.basename(path.posix.dirname(target))
  if (!named)
    return {
      rule: 'layers/door',
      message: `enter ${to} through the file named after its folder, not through ${target}`,
    }
  return undefined
}

/** Families of adapters know nothing of each other: `adapters/objects`, `adapters/runtime`. Single files in `adapters` are for all. */
function refuseAdapter(file: string, target: string): Refusal {
  if (layerOf(file) !== 'adapters' || layerOf(target) !== 'adapters') return undefined
  const [from, to] = [file, target].map((each) => each.slice(SERVER.length).split('/'))
  const shared = to?.length === 2 || from?.[1] === to?.[1]
  return shared
    ? undefined
    : { rule: 'layers/adapters', message: `the adapter for ${from?.[1]} may not import the one for ${to?.[1]}` }
}

function checkGlobals({ file, code }: Source): Finding[] {
  const inPackages = /^packages\/(server|kernel|contract|gateway|sdk)\/src\//.test(file)
  if (!inPackages || isTest(file) || file === MAIN) return []
  const inModules = /^packages\/server\/src\/(modules|wire)\//.test(file)
  return [
    ...find(
      file,
      code,
      /\bprocess\.env\b/g,
      'globals/env',
      'only main.ts reads the environment: take the value as an argument',
    ),
    ...find(
      file,
      code,
      /\bprocess\.(on|once)\(\s*'SIG/g,
      'globals/signals',
      'only main.ts listens to signals: take an AbortSignal or a Scope',
    ),
    ...(inModules
      ? find(file, code, /\bDate\.now\(\)|\bnew Date\(\)/g, 'globals/clock', 'take a Clock, so that tests own the time')
      : []),
  ]
}

function find(file: string, code: string, pattern: RegExp, rule: string, message: string): Finding[] {
  return [...code.matchAll(pattern)].map((match) => ({ file, line: lineAt(code, match.index), rule, message }))
}

function wayOut(to: string): string {
  if (to === 'adapters') return 'use the port; assembly decides which adapter it is'
  if (to === 'config' || to === 'root') return 'take the value as an argument; platform.ts hands it in'
  return 'move the code to the layer that may know both, or turn the dependency round'
}

function packageOf(file: string): string {
  return file.split('/')[1] ?? ''
}

/** `packages/server/src/modules/files/files.ts` is `modules`; files directly in `src`, and in `assembly`, are the root, but for `config.ts`. */
function layerOf(file: string): string {
  const [first = '', ...rest] = file.slice(SERVER.length).split('/')
  if (rest.length > 0) return first === 'assembly' ? 'root' : first
  return first === 'config.ts' ? 'config' : 'root'
}

function moduleOf(file: string): string {
  return layerOf(file) === 'modules' ? (file.slice(SERVER.length).split('/')[1] ?? '') : ''
}

function tierOf(module: string): number {
  return TIERS.findIndex((tier) => tier.includes(module))
}

if (import.meta.main) {
  const findings = await checkLayers(path.resolve(import.meta.dirname, '..'))
  for (const finding of findings) console.log(format(finding))
  process.exitCode = findings.length > 0 ? 1 : 0
}
