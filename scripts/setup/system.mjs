import { access, mkdir, readdir, rm } from 'node:fs/promises'
import { homedir } from 'node:os'
import path from 'node:path'

import { run } from './process.mjs'
import { step } from './steps.mjs'

/** What the suites use of the machine, as packages of Debian 12, and how to tell that it is there. */
const NEEDED = [
  { name: 'postgresql-15', present: () => isBelow('/usr/lib/postgresql', (version) => `${version}/bin/initdb`) },
  { name: 'chromium', present: () => isOnPath('chromium', 'chromium-browser', 'google-chrome') },
  { name: 'python3-venv', present: () => succeeds('python3', ['-c', 'import venv, ensurepip']) },
  { name: 'openssh-client', present: () => isOnPath('ssh') },
  { name: 'git', present: () => isOnPath('git') },
  { name: 'mercurial', present: () => isOnPath('hg') },
  { name: 'subversion', present: () => isOnPath('svn') },
  { name: 'brz', present: () => isOnPath('brz', 'bzr') },
]

/** Installs with apt what is missing, where that is allowed; else says what somebody has to install. The suites that need it say so too. */
export async function ensureSystemPackages() {
  const missing = []
  for (const { name, present } of NEEDED) if (!(await present())) missing.push(name)
  if (missing.length === 0) return
  const names = missing.join(', ')
  if (process.getuid?.() !== 0 || !(await isOnPath('apt-get'))) {
    process.stderr.write(`• These tests also need ${names}; as root: apt-get install -y ${missing.join(' ')}\n`)
    return
  }
  await step(`Installing with apt-get: ${names}`, async () => {
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
    await run('apt-get', ['update', '-qq'], { env })
    const { code, output } = await run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...missing], {
      env,
    })
    if (code !== 0)
      process.stderr.write(`  it failed, the suites that need them will fail too: ${output.trim().split('\n').pop()}\n`)
  })
}

/**
 * bubblewrap for the tests alone: installed, it would change how this machine's own servers isolate workloads. Answers the program, or
 * undefined where that is not possible: the suites of that wall are left out then.
 * @returns {Promise<string | undefined>}
 */
export async function bubblewrapForTests() {
  if (process.env.LAB_TEST_BWRAP || (await isOnPath('bwrap'))) return process.env.LAB_TEST_BWRAP
  return unpacked('bubblewrap', 'usr/bin/bwrap', 'the tests of isolation by namespaces are left out')
}

/**
 * A Linux that runs as a process, to test what this machine's own does not have: cgroup v2 with all controllers.
 * @returns {Promise<string | undefined>}
 */
export async function userModeLinuxForTests() {
  if (process.env.LAB_TEST_UML) return process.env.LAB_TEST_UML
  return unpacked('user-mode-linux', 'usr/bin/linux.uml', 'the test of cgroup v2 will fail')
}

/** A program out of a package of Debian, in a folder where nothing else sees it. */
async function unpacked(name, file, otherwise) {
  const cache =
    process.env.LAB_TEST_CACHE ?? path.join(process.env.XDG_CACHE_HOME ?? path.join(homedir(), '.cache'), 'mllab-test')
  const folder = path.join(cache, name)
  const program = path.join(folder, file)
  if (await exists(program)) return program
  if (!(await isOnPath('apt-get')) || !(await isOnPath('dpkg-deb'))) {
    process.stderr.write(`• Without ${name} ${otherwise}\n`)
    return undefined
  }
  await step(`Fetching ${name} for the tests`, async () => {
    await mkdir(folder, { recursive: true })
    if (process.getuid?.() === 0) await run('apt-get', ['update', '-qq'])
    await run('apt-get', ['download', '-qq', name], { cwd: folder })
    const archive = (await readdir(folder)).find((entry) => entry.endsWith('.deb'))
    if (!archive) return
    await run('dpkg-deb', ['-x', archive, folder], { cwd: folder })
    await rm(path.join(folder, archive))
  })
  if (await exists(program)) return program
  process.stderr.write(`  it failed: ${otherwise}\n`)
  return undefined
}

async function isOnPath(...commands) {
  const folders = (process.env.PATH || '').split(path.delimiter).filter(Boolean)
  for (const folder of folders)
    for (const command of commands) if (await exists(path.join(folder, command))) return true
  return false
}

async function isBelow(folder, fileFor) {
  const names = await readdir(folder).catch(() => [])
  for (const name of names) if (await exists(path.join(folder, fileFor(name)))) return true
  return false
}

async function succeeds(command, args) {
  return (await run(command, args)).code === 0
}

function exists(file) {
  return access(file).then(
    () => true,
    () => false,
  )
}
