import { execFile } from 'node:child_process'
import { mkdir, readdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'

import { newId } from '@mllab/kernel'
import { createProbe, until, type Probe } from '@mllab/testkit/contracts/runtime.helpers'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'

import type { ImageDescription, InstanceSpec, MountSpec, Runtime } from '../../../../ports/runtime.ts'
import { getFrom } from '../testing/get-from.ts'
import { IMAGES_ROOT, newFolder, pythonRuntime, removeFolders } from '../testing/fixtures.ts'
import { makeWheel, serverScript, writeTree } from './testing/code.ts'

/** Long only with an empty cache. */
const BUILD_MS = 300_000
const run = promisify(execFile)

let runtime: Runtime
let image: ImageDescription
let probe: Probe
beforeAll(async () => {
  runtime = await pythonRuntime(IMAGES_ROOT)
  image = await runtime.images.ensure(
    { ref: 'mllab/workspace' },
    { onProgress: () => undefined, signal: AbortSignal.timeout(BUILD_MS) },
  )
  probe = createProbe({ runtime, image, reopen: async () => undefined })
}, BUILD_MS)
afterEach(() => probe.cleanUp())
afterAll(async () => {
  await runtime.close()
  await removeFolders()
})

const newVolume = async (): Promise<MountSpec> => {
  const volumeId = newId()
  await runtime.volumes.ensure({ id: volumeId, projectId: 'project', tenant: 'tenant' })
  return { volumeId, name: 'data', path: '/data', readOnly: false }
}

interface Given {
  readonly mount?: MountSpec
  readonly port?: number
  readonly options?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
}

const declare = async (code: string, { mount, port = 8091, options = [], env = {} }: Given = {}) =>
  probe.spec('', {
    command: ['{python}', '{image}/execute_code.py', '--port', String(port), ...options],
    env: { EXECUTE_CODE: code, LAB_DATA: '{volume:data}', ...env },
    ports: [{ name: 'http', port }],
    mounts: [mount ?? (await newVolume())],
    workingMount: 'data',
  })

/** What the code answers once it does. */
const answerOf = (spec: InstanceSpec) =>
  until(async () => {
    const ended = (await probe.find(spec))?.exit
    if (ended) throw new Error(`it ended: ${JSON.stringify(ended)}\n${await probe.log(spec)}`)
    const endpoint = await runtime.instances.endpoint(spec, 'http')
    return endpoint && (await getFrom(endpoint, '/').catch(() => undefined))?.text
  }, 120_000)

const serves = async (code: string, given?: Given) => {
  const spec = await declare(code, given)
  await runtime.instances.apply(spec)
  return { spec, answer: await answerOf(spec) }
}

/** The end of the log of code that cannot be run; the same code every time, so that nobody tries again. */
const refused = async (code: string, given?: Given) => {
  const spec = await declare(code, given)
  await runtime.instances.apply(spec)
  const ended = await until(async () => (await probe.find(spec))?.exit, 60_000)
  const log = await probe.log(spec)
  expect([ended.code, log]).toEqual([78, expect.stringMatching(/\nexecute_code: .*\n$|^execute_code: .*\n$/)])
  return { log, said: log.trimEnd().split('\n').at(-1)?.slice('execute_code: '.length) ?? '' }
}

const git = async (folder: string, ...args: readonly string[]) => {
  const who = ['-c', 'user.name=Mara', '-c', 'user.email=mara@example.org', '-c', 'init.defaultBranch=main']
  return (await run('git', [...who, ...args], { cwd: folder })).stdout.trim()
}

/** A bare repository with one commit for each content of its service. */
const bareRepository = async () => {
  const folder = await newFolder()
  const work = path.join(folder, 'work')
  await mkdir(work)
  await git(work, 'init', '--quiet')
  const commit = async (says: string) => {
    await writeTree(work, {
      '__main__.py': serverScript(says),
      'parts/one/__main__.py': serverScript(`${says}, a part`),
    })
    await git(work, 'add', '.')
    await git(work, 'commit', '--quiet', '--message', says)
    return git(work, 'rev-parse', 'HEAD')
  }
  const first = await commit('first')
  await git(work, 'tag', 'v1')
  await commit('main')
  await git(work, 'checkout', '--quiet', '-b', 'try/out', first)
  await commit('branch')
  await git(work, 'checkout', '--quiet', 'main')
  await git(folder, 'clone', '--quiet', '--bare', 'work', 'bare.git')
  const push = async (says: string) => {
    await commit(says)
    await git(work, 'push', '--quiet', path.join(folder, 'bare.git'), 'main')
  }
  return { url: `git+file://${folder}/bare.git`, first, push }
}

describe('code as a service', { timeout: 120_000 }, () => {
  it('is a script, or a folder with a __main__.py, wherever it lies; no notebook runs [SVC-29, SVC-30, SVC-35]', async () => {
    const folder = await newFolder()
    await writeTree(folder, { 'service/__main__.py': serverScript('a folder'), 'alone.py': serverScript('a script') })
    const { spec, answer } = await serves(path.join(folder, 'service'))
    expect(answer).toBe('a folder')
    // The shell that watches it, and the code.
    const measured = (await runtime.instances.stats()).find(({ workloadId }) => workloadId === spec.workloadId)
    expect(measured?.processes).toBe(2)
    expect((await serves(path.join(folder, 'alone.py'))).answer).toBe('a script')

    await writeTree(folder, { 'empty/app.py': '', 'wrong.py': 'def (' })
    expect((await refused(path.join(folder, 'empty'))).said).toContain('empty has no __main__.py')
    expect((await refused(path.join(folder, 'wrong.py'))).said).toMatch(
      /^Python cannot execute .*wrong\.py: invalid syntax/,
    )
    expect((await refused(path.join(folder, 'nothing'))).said).toBe(`There is no ${folder}/nothing.`)
  })

  it('answers on 8091 also if it names that port itself, on every interface; on another if one is set [SVC-31]', async () => {
    const folder = await newFolder()
    await writeTree(folder, {
      'fixed.py': serverScript('fixed', '("0.0.0.0", 8091)'),
      'asked.py': serverScript('asked', '("", int(os.environ["PORT"]))'),
    })
    const { spec, answer } = await serves(path.join(folder, 'fixed.py'))
    expect(answer).toBe('fixed')
    // Only the gateway reaches it: nothing listens for the network.
    const endpoint = await runtime.instances.endpoint(spec, 'http')
    expect(endpoint).toMatchObject({ kind: 'tcp', host: '127.0.0.1' })
    const sockets = await runtime.instances.exec(spec, ['/bin/sh', '-c', 'printf "%04X" $PORT; cat /proc/net/tcp'], { signal: AbortSignal.timeout(10_000) }) // prettier-ignore
    const port = sockets.output.slice(0, 4)
    expect(sockets.output).toContain(`0100007F:${port} 00000000:0000 0A`)
    expect(sockets.output).not.toContain(`00000000:${port} 00000000:0000 0A`)
    const [first, second] = await Promise.all([
      serves(path.join(folder, 'asked.py'), { port: 9000 }),
      serves(path.join(folder, 'fixed.py')),
    ])
    expect([first.answer, second.answer]).toEqual(['asked', 'fixed'])
    expect(await probe.log(first.spec)).toMatch(/==> start \S+: .*asked\.py on port 9000, which is \d+ on this machine/)
  })

  it('comes from Git: its branch, a branch, a tag or a commit, a folder of it [SVC-32, SVC-33, SVC-34]', async () => {
    const { url, first } = await bareRepository()
    const wanted = {
      [url]: 'main',
      [`${url}@try/out`]: 'branch',
      [`${url}@v1`]: 'first',
      [`${url}@${first}`]: 'first',
      [`${url}@try/out#egg=x&subdirectory=parts/one`]: 'branch, a part',
    }
    const answers = await Promise.all(Object.keys(wanted).map(async (code) => (await serves(code)).answer))
    expect(answers).toEqual(Object.values(wanted))
    expect((await refused(`${url}@nothing`)).said).toContain('there is no branch, tag or commit nothing')
    expect((await refused(`${url}#subdirectory=parts/two`)).said).toContain('there is no parts/two in it')
    expect((await refused(`${url}#subdirectory=parts`)).said).toContain('parts has no __main__.py')
    expect((await refused('https://example.org/x.git')).said).toContain('begin with git+')
    expect((await refused(url.replace('bare', 'missing'))).said).toContain('could not be fetched')
  })

  it('comes from Mercurial, Subversion and Bazaar, at a revision and in a folder [SVC-32, SVC-33, SVC-34]', async () => {
    const folder = await newFolder()
    const tree = (says: string) => ({ 'app/__main__.py': serverScript(says) })
    const make = async (name: string) => {
      await mkdir(path.join(folder, name))
      return (program: string, ...args: readonly string[]) =>
        run(program, args, { cwd: path.join(folder, name), env: { PATH: process.env['PATH'], HOME: folder, BRZ_EMAIL: 'Mara <mara@example.org>', LC_ALL: 'C.UTF-8' } }) // prettier-ignore
    }
    const hg = await make('hg')
    await hg('hg', 'init')
    const bzr = await make('bzr')
    await bzr('brz', 'init', '--quiet')
    const svn = await make('svn')
    await run('svnadmin', ['create', path.join(folder, 'svn-repository')])
    await svn('svn', 'checkout', '--quiet', `file://${folder}/svn-repository`, '.')
    for (const says of ['old', 'new']) {
      for (const name of ['hg', 'bzr', 'svn']) await writeTree(path.join(folder, name), tree(says))
      await hg('hg', 'commit', '--quiet', '--addremove', '--user', 'Mara', '--message', says)
      await bzr('brz', 'add', '--quiet')
      await bzr('brz', 'commit', '--quiet', '--message', says)
      await svn('svn', 'add', '--quiet', '--force', '.')
      await svn('svn', 'commit', '--quiet', '--username', 'mara', '--message', says)
    }
    await hg('hg', 'tag', '--local', '--rev', '0', 'v1')
    const wanted = {
      [`hg+file://${folder}/hg#subdirectory=app`]: 'new',
      [`hg+file://${folder}/hg@0#subdirectory=app`]: 'old',
      [`svn+file://${folder}/svn-repository#subdirectory=app`]: 'new',
      [`svn+file://${folder}/svn-repository@1#subdirectory=app`]: 'old',
      [`bzr+file://${folder}/bzr#subdirectory=app`]: 'new',
      [`bzr+file://${folder}/bzr@1#subdirectory=app`]: 'old',
    }
    const answers = await Promise.all(Object.keys(wanted).map(async (code) => (await serves(code)).answer))
    expect(answers).toEqual(Object.values(wanted))
  })

  it('says which program is missing, and hides passwords [SVC-32]', async () => {
    const noTools = await newFolder()
    const lacking = { env: { PATH: noTools } }
    expect((await refused('hg+https://example.org/x', lacking)).said).toMatch(
      /needs Mercurial, and the program hg is not in this image/,
    )
    expect((await refused('svn+https://example.org/x', lacking)).said).toContain(
      'needs Subversion, and the program svn',
    )
    expect((await refused('bzr+https://example.org/x', lacking)).said).toContain('needs Bazaar, and the program bzr')
    const { log } = await refused('git+https://mara:${TOKEN}@127.0.0.1:9/x.git', { env: { TOKEN: 'a-secret-of-mine' } })
    expect(log).not.toContain('a-secret')
    expect((await refused('git+https://${MISSING}@127.0.0.1:9/x.git')).said).toContain('needs the variable MISSING')
  })

  it('is fetched once: a restart runs the same, being asked anew fetches again', async () => {
    const { url, push } = await bareRepository()
    const mount = await newVolume()
    const { spec, answer } = await serves(url, { mount })
    expect(answer).toBe('main')
    await push('later')
    await runtime.instances.apply({ ...spec, generation: 2 })
    expect(await answerOf(spec)).toBe('main')
    expect(await probe.log(spec)).toMatch(/==> fetch \S+: git\+file:\S+ as fetched at .* UTC, commit [0-9a-f]{12}/)
    await runtime.volumes.writeFile(mount.volumeId, '.lab/fetch-anew', Buffer.from('2'))
    await runtime.instances.apply({ ...spec, generation: 3 })
    expect(await answerOf(spec)).toBe('later')
  })
})

describe('what lies beside the code', { timeout: 180_000 }, () => {
  const packages = async () => {
    const wheels = await newFolder()
    for (const name of ['from_environment', 'from_requirements', 'in_setup']) await makeWheel(wheels, name, '1.0')
    await makeWheel(wheels, 'from_requirements', '2.0')
    return wheels
  }
  const USES = `import from_environment, from_requirements, in_setup\n${serverScript('all three')}`
  const files = (wheels: string) => ({
    '__main__.py': USES,
    'environment.yml': `name: x\nchannels: [defaults]\ndependencies:\n  - pip\n  - pip:\n    - --no-index\n    - --find-links=${wheels}\n    - from_environment==1.0\n`,
    'setup.sh': `echo "set up in $(basename "$PWD")"\npip install --quiet --no-index --find-links ${wheels} in_setup\n`,
    'requirements.txt': `--no-index\n--find-links ${wheels}\nfrom_requirements==1.0\n`,
  })

  it('is installed before it runs, in the order environment.yml, setup.sh, requirements.txt, once [SVC-37]', async () => {
    const wheels = await packages()
    const folder = await newFolder()
    await writeTree(folder, files(wheels))
    const { spec, answer } = await serves(folder)
    expect(answer).toBe('all three')
    const stepsOf = (log: string) => [...log.matchAll(/^==> (\w+) \S+: (.*?)( on port.*)?$/gm)].map(([, step, text]) => `${step} ${text}`) // prettier-ignore
    const log = await probe.log(spec)
    const here = `${folder} is here already`
    expect(stepsOf(log)).toEqual([`fetch ${here}`, 'install environment.yml', 'install setup.sh', 'install requirements.txt', `start ${folder}`]) // prettier-ignore
    expect(log.indexOf('Successfully installed from_environment-1.0')).toBeLessThan(log.indexOf('set up in'))

    await runtime.instances.apply({ ...spec, generation: 2 })
    expect(await answerOf(spec)).toBe('all three')
    const second = (await probe.log(spec)).slice(log.length)
    expect(stepsOf(second).slice(1, 4)).toEqual(['environment.yml', 'setup.sh', 'requirements.txt'].map((name) => `install ${name} has not changed`)) // prettier-ignore
    expect(second).not.toContain('installed')

    await writeTree(folder, { 'requirements.txt': `--no-index\n--find-links ${wheels}\nfrom_requirements==2.0\n` })
    await runtime.instances.apply({ ...spec, generation: 3 })
    expect(await answerOf(spec)).toBe('all three')
    expect(await probe.log(spec)).toContain('Successfully installed from_requirements-2.0')
  })

  it('stops the start if a step of it fails, with its output [SVC-37]', async () => {
    const folder = await newFolder()
    await writeTree(folder, { '__main__.py': serverScript('never'), 'setup.sh': 'echo "no room for it" >&2; exit 3', 'requirements.txt': 'not even read' }) // prettier-ignore
    const { said, log } = await refused(folder)
    expect(said).toBe('setup.sh failed: no room for it')
    expect(log).not.toContain('requirements.txt')
    await writeTree(folder, { 'setup.sh': 'true', 'requirements.txt': '--no-index\nnobody-has-this==1.0\n' })
    const second = await refused(folder)
    expect(second.said).toContain('requirements.txt could not be installed')
    expect(second.log).toContain('nobody-has-this')
    await writeTree(folder, { 'environment.yml': 'dependencies:\n  - python=2.7\n' })
    expect((await refused(folder)).said).toMatch(/environment\.yml asks for Python 2\.7; this image has 3\.\d+/)
  })

  it('can be installed ahead, and the code run alone then, without a network [SVC-40, SVC-41]', async () => {
    const wheels = await packages()
    const folder = await newFolder()
    const mount = await newVolume()
    await writeTree(folder, files(wheels))
    const installing = await declare(folder, { mount, options: ['--requirements-only'] })
    await runtime.instances.apply(installing)
    expect((await until(async () => (await probe.find(installing))?.exit, 60_000)).code).toBe(0)
    expect(await probe.log(installing)).not.toContain('==> start')
    // Nothing could be installed any more.
    await writeTree(folder, { 'requirements.txt': 'https://127.0.0.1:9/gone.whl\n', 'setup.sh': 'exit 1' })
    const { spec, answer } = await serves(folder, { mount, options: ['--code-only'] })
    expect(answer).toBe('all three')
    expect(await probe.log(spec)).not.toContain('==> install')
    expect((await readdir(wheels)).length).toBe(4)
  })

  it('is tried in a workspace by execute_code.py, with its packages [SVC-38]', async () => {
    const mount = await newVolume()
    const { command: _command, ...spec } = probe.spec('', {
      image,
      ports: image.ports,
      mounts: [mount],
      workingMount: 'data',
    })
    await runtime.instances.apply(spec)
    const shell = (script: string) =>
      runtime.instances.exec(spec, ['/bin/sh', '-c', script], { signal: AbortSignal.timeout(60_000) })
    await until(async () => ((await shell('command -v execute_code.py')).code === 0 ? true : undefined), 30_000)
    const folder = await newFolder()
    const wheels = await packages()
    await writeTree(folder, {
      ...files(wheels),
      '__main__.py': 'import os, from_requirements, in_setup\nprint("it runs on", os.environ["PORT"])\n',
    })
    const { code, output } = await shell(`execute_code.py ${folder}`)
    expect([code, output]).toEqual([
      0,
      expect.stringMatching(/Successfully installed from_requirements-1\.0[^]*it runs on 8091\n$/),
    ])
    expect((await shell('python -c "import from_requirements"')).code).toBe(0)
  })
})

describe('the command of the container', { timeout: 60_000 }, () => {
  it('runs the code that EXECUTE_CODE names in place of JupyterLab [SVC-29]', async () => {
    const folder = await newFolder()
    const mount = await newVolume()
    await writeFile(path.join(folder, 'main.py'), 'print("as in a container")\n')
    const spec = {
      ...(await declare(path.join(folder, 'main.py'), { mount })),
      command: ['{python}', '{image}/docker-entrypoint.py', '--code-only'],
    }
    await runtime.instances.apply(spec)
    expect((await until(async () => (await probe.find(spec))?.exit, 30_000)).code).toBe(0)
    expect(await probe.log(spec)).toMatch(/as in a container\n$/)
  })
})
