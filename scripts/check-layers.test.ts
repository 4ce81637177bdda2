import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'

import { afterEach, describe, expect, it } from 'vitest'

import { checkLayers } from './check-layers.ts'

const SERVER = 'packages/server/src'
const folders: string[] = []
afterEach(() => Promise.all(folders.splice(0).map((folder) => rm(folder, { recursive: true }))))

/** Checks a tree of these files, and answers `file:line rule` for each finding. */
async function check(files: Record<string, string>): Promise<string[]> {
  const root = await mkdtemp(path.join(tmpdir(), 'mllab-layers-'))
  folders.push(root)
  for (const [file, text] of Object.entries(files)) {
    await mkdir(path.join(root, path.dirname(file)), { recursive: true })
    await writeFile(path.join(root, file), text)
  }
  const findings = await checkLayers(root)
  return findings.map(({ file, line, rule }) => `${file}${line === undefined ? '' : `:${line}`} ${rule}`)
}

/** Checks one file of the server that imports these. */
const checkServerFile = (file: string, ...imports: string[]) => check({ [`${SERVER}/${file}`]: imports.join('\n') })

describe('between packages', () => {
  it('goes one way', async () => {
    expect(
      await check({
        'packages/kernel/src/a.ts': `import { z } from '@mllab/contract'`,
        'packages/gateway/src/a.ts': `import { z } from '@mllab/kernel'`,
        'packages/ui/src/a.tsx': `import type { Api } from '@mllab/sdk'\nimport type { Project } from '@mllab/contract'`,
        'packages/server/src/core/a.ts': `import '@mllab/testkit/s3'`,
        'packages/server/src/core/a.test.ts': `import '@mllab/testkit/s3'`,
        'packages/cli/src/a.ts': `import { b } from '../../sdk/src/b.ts'`,
      }),
    ).toEqual([
      'packages/cli/src/a.ts:1 layers/packages',
      'packages/kernel/src/a.ts:1 layers/packages',
      'packages/server/src/core/a.ts:1 layers/packages',
      'packages/ui/src/a.tsx:2 layers/packages',
    ])
  })
})

describe('layers of the server', () => {
  it('go one way', async () => {
    expect(await checkServerFile('ports/a.ts', `import { b } from '../core/b.ts'`)).toHaveLength(1)
    expect(await checkServerFile('core/a.ts', `import { b } from '../ports/b.ts'`)).toEqual([])
    expect(await checkServerFile('core/a.ts', `import { b } from '../modules/files/files.ts'`)).toHaveLength(1)
    expect(await checkServerFile('modules/files/a.ts', `import { b } from '../../edges/http/http.ts'`)).toHaveLength(1)
    expect(await checkServerFile('wire/mlflow/a.ts', `import { b } from '../../modules/files/files.ts'`)).toEqual([])
    expect(await checkServerFile('edges/http/a.ts', `import { b } from '../../wire/mlflow/mlflow.ts'`)).toEqual([])
    expect(await checkServerFile('surprise/a.ts', `import { b } from '../core/b.ts'`)).toHaveLength(1)
  })

  it('leave adapters to the root, to their own family and to tests', async () => {
    const imported = `import { b } from '../adapters/objects/s3/s3.ts'`
    expect(await checkServerFile('core/a.ts', imported)).toEqual([`${SERVER}/core/a.ts:1 layers/core`])
    expect(await checkServerFile('core/a.test.ts', imported)).toEqual([])
    expect(await checkServerFile('platform.ts', `import { b } from './adapters/objects/s3/s3.ts'`)).toEqual([])
    expect(await checkServerFile('adapters/objects/filesystem/a.ts', `import { b } from '../checks.ts'`)).toEqual([])
    expect(await checkServerFile('adapters/objects/a.ts', `import { b } from '../runtime/b.ts'`)).toHaveLength(1)
  })

  it('let types of the tables through where the migrations themselves are refused', async () => {
    const from = `from '../../migrations/schema.ts'`
    expect(await checkServerFile('modules/files/a.ts', `import type { Tables } ${from}`)).toEqual([])
    expect(await checkServerFile('modules/files/a.ts', `import { Tables } ${from}`)).toHaveLength(1)
  })

  it('keep code from what belongs to tests', async () => {
    expect(await checkServerFile('core/a.ts', `import { b } from './testing/b.ts'`)).toEqual([
      `${SERVER}/core/a.ts:1 layers/tests`,
    ])
  })
})

describe('modules', () => {
  it('use only tiers above their own', async () => {
    expect(await checkServerFile('modules/files/a.ts', `import { b } from '../access/access.ts'`)).toEqual([])
    expect(await checkServerFile('modules/access/a.ts', `import { b } from '../files/files.ts'`)).toHaveLength(1)
    expect(await checkServerFile('modules/files/a.ts', `import { b } from '../workloads/workloads.ts'`)).toHaveLength(1)
    expect(await checkServerFile('modules/files/a.ts', `import { b } from '../invented/invented.ts'`)).toHaveLength(1)
  })

  it('are entered through the file named after their folder', async () => {
    expect(await checkServerFile('modules/jobs/a.ts', `import { b } from '../files/files.store.ts'`)).toEqual([
      `${SERVER}/modules/jobs/a.ts:1 layers/door`,
    ])
    expect(
      await checkServerFile('wire/mlflow/a.ts', `import { b } from '../../modules/tracking/runs/runs.ts'`),
    ).toEqual([])
    expect(await checkServerFile('modules/files/a.ts', `import { b } from './files.store.ts'`)).toEqual([])
  })
})

describe('imports', () => {
  it('are found wherever they are, and not in comments and strings', async () => {
    const findings = await checkServerFile(
      'ports/a.ts',
      `// import { b } from '../core/b.ts'`,
      `/* import { b } from '../core/b.ts' */ export const url = 'http://x' // '../core/b.ts'`,
      `import {`,
      `  b,`,
      `} from '../core/b.ts'`,
      `export * from '../core/c.ts'`,
      `const d = await import('../core/d.ts')`,
      `const e = new Worker(new URL('../core/e.worker.ts', import.meta.url))`,
    )
    expect(findings).toEqual([3, 6, 7, 8].map((line) => `${SERVER}/ports/a.ts:${line} layers/ports`))
  })

  it('in a circle are one finding, unless they are erased or come later', async () => {
    const circle = (back: string) =>
      check({
        'packages/sdk/src/a.ts': `import { b } from './b.ts'`,
        'packages/sdk/src/b.ts': `import { c } from './c.ts'`,
        'packages/sdk/src/c.ts': back,
      })
    expect(await circle(`import { a } from './a.ts'`)).toEqual(['packages/sdk/src/a.ts layers/cycles'])
    expect(await circle(`import type { A } from './a.ts'`)).toEqual([])
    expect(await circle(`export const a = () => import('./a.ts')`)).toEqual([])
  })
})

describe('the environment, signals and the clock', () => {
  it('belong to main.ts', async () => {
    const text = [`const a = process.env['A']`, `process.on('SIGTERM', stop)`]
    expect(await checkServerFile('main.ts', ...text)).toEqual([])
    expect(await checkServerFile('core/a.test.ts', ...text)).toEqual([])
    expect(await checkServerFile('core/a.ts', ...text)).toEqual([
      `${SERVER}/core/a.ts:1 globals/env`,
      `${SERVER}/core/a.ts:2 globals/signals`,
    ])
  })

  it('are handed to modules', async () => {
    expect(await checkServerFile('modules/files/a.ts', `const now = Date.now()`)).toEqual([
      `${SERVER}/modules/files/a.ts:1 globals/clock`,
    ])
    expect(await checkServerFile('adapters/a.ts', `const now = Date.now()`)).toEqual([])
  })
})
