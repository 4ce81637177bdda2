import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { pathToFileURL } from 'node:url'

import { afterEach, describe, expect, it } from 'vitest'

import { missingOptionals } from '../lockfile.ts'
import { isNewEnough } from '../node26.mjs'
import { countOfVitest } from './suites.mjs'

const cleanups: (() => unknown)[] = []
afterEach(() => Promise.all(cleanups.splice(0).map((cleanup) => cleanup())))

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'mllab-setup-'))
  cleanups.push(() => rm(folder, { recursive: true, force: true }))
  return folder
}

describe('the lock of two starts at once', () => {
  const lock = pathToFileURL(path.join(import.meta.dirname, 'lock.mjs')).href

  /** A process that takes the lock, says so, and keeps it for ever or lets go at once. */
  function take(folder: string, keeps: boolean): ChildProcess {
    const work = `async () => { console.log('has it'); ${keeps ? 'setInterval(() => {}, 1e6); await new Promise(() => {})' : ''} }`
    const script = `import { exclusively } from '${lock}'; await exclusively('${folder}', () => console.log('waits'), ${work}); console.log('done')`
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    cleanups.push(() => child.kill('SIGKILL'))
    return child
  }

  const says = async (child: ChildProcess) => String((await once(child.stdout ?? child, 'data'))[0])

  it('lets one work, and the next when the first was killed', async () => {
    const folder = await newFolder()
    const first = take(folder, true)
    expect(await says(first)).toBe('has it\n')
    const second = take(folder, false)
    expect(await says(second)).toBe('waits\n')
    const goesOn = says(second)
    first.kill('SIGKILL')
    expect(await goesOn).toContain('has it\n')
    expect((await once(second, 'close'))[0]).toBe(0)
  })

  it('does not hold up other folders', async () => {
    expect(await says(take(await newFolder(), true))).toBe('has it\n')
    expect(await says(take(await newFolder(), true))).toBe('has it\n')
  })
})

describe('npm start', () => {
  /** A project that is installed and built, and whose server prints what it was called with. */
  async function newProject(server: string): Promise<string> {
    const root = await newFolder()
    const put = async (file: string, text: string) => {
      await mkdir(path.join(root, path.dirname(file)), { recursive: true })
      await writeFile(path.join(root, file), text)
    }
    await cp(path.resolve(import.meta.dirname, '..'), path.join(root, 'scripts'), { recursive: true })
    const packages = JSON.stringify({ packages: { 'node_modules/a': { version: '1.0.0' } } })
    await put('package-lock.json', packages)
    await put('node_modules/.package-lock.json', packages)
    const manifest = (name: string, build: string) => JSON.stringify({ name, scripts: { build } })
    await put('package.json', JSON.stringify({ workspaces: ['packages/ui', 'packages/server'] }))
    await put('packages/ui/package.json', manifest('@mllab/ui', 'mkdir -p dist && echo built >> dist/builds'))
    await put('packages/server/package.json', manifest('@mllab/server', 'mkdir -p dist && cp src/main.js dist'))
    await put('packages/gateway/src/index.ts', '')
    await put('packages/kernel/src/index.ts', '')
    await put('packages/sdk/src/index.ts', '')
    await put('packages/contract/src/index.ts', '')
    await put('packages/server/src/main.js', server)
    return root
  }

  async function start(root: string, signal?: NodeJS.Signals) {
    const child = spawn(process.execPath, ['scripts/start.mjs', 'more'], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    cleanups.push(() => child.kill('SIGKILL'))
    let [output, progress] = ['', '']
    child.stderr.on('data', (text) => (progress += String(text)))
    child.stdout.on('data', (text) => {
      output += String(text)
      if (signal) child.kill(signal)
    })
    const [code] = await once(child, 'close')
    return { code: code as number, output, progress: progress.split('\n').filter((line) => line.startsWith('•')) }
  }

  it('becomes the server: arguments, signals and exit code are its own', async () => {
    const server = `process.on('SIGTERM', () => process.exit(3)); setInterval(() => {}, 1e6); console.log(process.argv.slice(2))`
    const { code, output } = await start(await newProject(server), 'SIGTERM')
    expect({ code, output }).toEqual({ code: 3, output: "[ 'up', 'more' ]\n" })
  })

  it('builds the web app and the server when their sources changed, and only then', async () => {
    const root = await newProject('')
    const building = ['• Building the web app', '• Building the server']
    expect((await start(root)).progress).toEqual(building)
    expect((await start(root)).progress).toEqual([])
    await writeFile(path.join(root, 'packages/contract/src/index.ts'), 'export const changed = true')
    expect((await start(root)).progress).toEqual(building)
    await writeFile(path.join(root, 'packages/gateway/src/index.ts'), 'export const changed = true')
    expect((await start(root)).progress).toEqual(['• Building the server'])
    await writeFile(path.join(root, 'packages/contract/src/index.test.ts'), 'a test is not built in')
    expect((await start(root)).progress).toEqual([])
  })
})

describe('the Node to use', () => {
  it('is any from 24.7 on', () => {
    const versions = ['18.20.1', '22.99.0', '24.6.9', '24.7.0', '24.10.0', '26.0.0']
    expect(versions.filter((version) => isNewEnough(version))).toEqual(['24.7.0', '24.10.0', '26.0.0'])
  })
})

describe('the count of a test run', () => {
  const file = (status: string, ...tests: string[]) => ({
    status,
    assertionResults: tests.map((each) => ({ status: each })),
  })
  const report = (numPassedTests: number, numFailedTests: number, ...testResults: unknown[]) =>
    JSON.stringify({ numPassedTests, numFailedTests, testResults })

  it('is what the report says, and a file that does not load is a failure', () => {
    expect(countOfVitest(report(2, 0, file('passed', 'passed', 'passed')), 0)).toEqual({ passed: 2, failed: 0 })
    expect(countOfVitest(report(1, 1, file('failed', 'passed', 'failed')), 1)).toEqual({ passed: 1, failed: 1 })
    expect(countOfVitest(report(1, 0, file('passed', 'passed'), file('failed')), 1)).toEqual({ passed: 1, failed: 1 })
  })

  it('is never good when the run was not', () => {
    expect(countOfVitest(report(5, 0, file('passed', 'passed')), 1)).toEqual({ passed: 5, failed: 1 })
    expect(countOfVitest(undefined, 0)).toEqual({ passed: 0, failed: 1 })
  })
})

describe('a lock file', () => {
  it('is completed with the platforms its registry did not have', () => {
    const optionalDependencies = {
      '@x/linux-x64-musl': '1.2.3',
      '@x/darwin-arm64': '1.2.3',
      '@x/there': '1.2.3',
      '@x/range': '^1.0.0',
    }
    const packages = {
      'node_modules/x': { version: '1.2.3', dev: true, optionalDependencies },
      'node_modules/@x/there': {},
    }
    expect(missingOptionals({ packages })).toEqual({
      'node_modules/@x/linux-x64-musl': {
        version: '1.2.3',
        cpu: ['x64'],
        dev: true,
        libc: ['musl'],
        optional: true,
        os: ['linux'],
      },
      'node_modules/@x/darwin-arm64': { version: '1.2.3', cpu: ['arm64'], dev: true, optional: true, os: ['darwin'] },
    })
  })
})
