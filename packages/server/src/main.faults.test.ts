import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'

import { newId } from '@mllab/kernel'
import {
  daemonize,
  fillDisk,
  floodLog,
  forkBomb,
  inBackground,
  openFiles,
  openFilesCarelessly,
  squat,
  takeMemory,
} from '@mllab/testkit/faults/deeds'
import { openFaultLab, type Actor, type FaultLab } from '@mllab/testkit/faults/fault-lab'
import { LATECOMER } from '@mllab/testkit/faults/images'
import { mountSmallDisk, type SmallDisk } from '@mllab/testkit/faults/small-disk'
import { testFolder } from '@mllab/testkit/folder'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { testBwrap } from './adapters/runtime/process/testing/fixtures.ts'

const TEST_MS = 60_000
/** However busy the culprits keep the machine, with two processors that others use as well. */
const ANSWER_WITHIN_MS = 3000
const MOST_PROCESSES = 150
const MEBIBYTE = 2 ** 20
const DISK_BYTES = 600 * MEBIBYTE
/** The platform keeps this free, and workloads are ended at 256 MiB: the least there is. */
const RESERVED_MB = 32

const PATIENT = { timeout: 15_000 }

const isRoot = process.getuid?.() === 0
const bwrap = testBwrap()
/** Not everything behind every wall: what only the kernel and the runtime have to do with is the same behind all of them. */
const walls = [
  { isolation: 'users', can: isRoot, tries: ['hold', 'end', 'port', 'daemon', 'disk'] },
  { isolation: 'namespaces', can: bwrap !== undefined, tries: ['hold', 'daemon', 'disk'] },
  { isolation: 'none', can: true, tries: ['hold', 'end', 'port', 'daemon'] },
].filter(({ can }) => can)

describe.each(walls)('with isolation $isolation, whatever a workload does', ({ isolation, tries }) => {
  const folder = path.join(testFolder(), `faults-${newId().slice(-8)}`)
  let lab: FaultLab
  let temporary: SmallDisk | undefined

  beforeAll(async () => {
    await mkdir(path.dirname(folder), { recursive: true })
    if (isRoot) temporary = await mountSmallDisk(`${folder}-tmp`, DISK_BYTES, 0o1777)
    lab = await openFaultLab({
      folder,
      ...(isRoot && { diskBytes: DISK_BYTES }),
      env: {
        LAB_PROCESS_ISOLATION: isolation,
        LAB_WORKLOAD_PROCESSES: String(MOST_PROCESSES),
        LAB_FREE_SPACE_MB: String(RESERVED_MB),
        ...(temporary && { TMPDIR: temporary.folder }),
        ...(bwrap !== undefined && { LAB_BWRAP: bwrap }),
      },
    })
  }, TEST_MS)
  afterAll(async () => {
    await lab?.close()
    await temporary?.close()
  }, TEST_MS)

  /** The neighbour and the platform are asked all the while; they must have answered every time, soon, and have lost nothing. */
  const unharmed = async (task: () => Promise<void>) => {
    const before = lab.neighbour.pids()
    for (const [name, { answers, failures, slowestMs }] of Object.entries(await lab.while(task))) {
      expect({ name, failures }).toEqual({ name, failures: [] })
      expect(answers, name).toBeGreaterThan(0)
      expect(slowestMs, name).toBeLessThan(ANSWER_WITHIN_MS)
    }
    expect(lab.neighbour.pids()).toEqual(before)
  }
  const notice = async (actor: Actor, code: string) => {
    const { notices } = await actor.becomes(code, (state) => state.notices.some((one) => one.code === code))
    return notices.find((one) => one.code === code)?.detail
  }

  if (tries.includes('hold'))
    it(
      'too many processes, too many files, too long a log, too much memory: it is held, others are not, and its page says so [SVC-07]',
      { timeout: TEST_MS },
      () =>
        unharmed(async () => {
          const [bomb, files, log, hungry] = await Promise.all([
            lab.actor('workspaces', 'bomb'),
            lab.actor('services', 'files'),
            lab.actor('services', 'log'),
            lab.actor('workspaces', 'hungry', { memoryGb: 0.25 }),
          ])
          await bomb.does(inBackground(forkBomb(3 * MOST_PROCESSES)))
          const mostFiles = Number(await files.does('ulimit -n'))
          expect(mostFiles).toBeLessThanOrEqual(65_536)
          await files.does(inBackground(openFiles))
          await hungry.does(inBackground(takeMemory(600)))
          await log.does(floodLog(100))
          expect(await notice(bomb, 'too-many-processes')).toBe(
            `It is held at ${MOST_PROCESSES} processes and threads: it tried to start more.`,
          )
          expect(bomb.pids().length).toBeLessThanOrEqual(MOST_PROCESSES)
          expect(await notice(files, 'open-files')).toBe(
            `One of its processes is held at ${mostFiles} open files and connections: it tried to open more.`,
          )
          expect(await notice(log, 'log-flood')).toMatch(
            /^It wrote 1\d\d MiB into its log within a minute; the last 64 MiB are kept\.$/,
          )
          expect(await notice(hungry, 'oom')).toBe(
            'It used more memory than the 256 MiB it may have: the kernel ended one of its processes.',
          )
          // What answers in them was no part of it.
          expect(await Promise.all([files, log, hungry].map((actor) => actor.says()))).toEqual([
            'actor',
            'actor',
            'actor',
          ])
          await Promise.all([bomb, files, log, hungry].map((actor) => actor.remove()))
          expect(running('deed-')).toEqual([])
        }),
    )

  if (tries.includes('end'))
    it('ending of it: the page says why, with the figure [SVC-07]', { timeout: TEST_MS }, () =>
      unharmed(async () => {
        const [memory, files] = await Promise.all([
          lab.actor('workspaces', 'memory', { memoryGb: 0.25 }),
          lab.actor('services', 'careless'),
        ])
        await memory.doesInside(takeMemory(600))
        await files.doesInside(openFilesCarelessly)
        expect((await memory.becomes('failed', ({ status }) => status === 'failed')).reason).toMatchObject({
          code: 'oom',
          detail: 'It used more than the 256 MiB of memory it may have, and the kernel ended it.',
        })
        // A service starts again, and that it did is told.
        await files.becomes('running again', ({ status, notices }) => status === 'running' && notices.length > 0)
        expect(await notice(files, 'restarted')).toBe(
          'It ended and was started again once. The last time: It had as many files and connections open as it may, and ended.',
        )
        await Promise.all([memory.remove(), files.remove()])
      }),
    )

  if (tries.includes('port'))
    it(
      'listening in the name of another: nobody is sent there, and the other gets a port of its own',
      { timeout: TEST_MS },
      () =>
        unharmed(async () => {
          const squatter = await lab.actor('services', 'squatter')
          const latecomer = await lab.actor('services', 'latecomer', { image: LATECOMER })
          const promised = await promisedPort(lab, latecomer)
          await squatter.doesInside(squat(promised))
          const heard = new Set<string>()
          const listen = () =>
            latecomer.says().then(
              (said) => heard.add(said),
              () => undefined,
            )
          while (
            (await fetch(`http://127.0.0.1:${promised}`).then(
              (answer) => answer.text(),
              () => '',
            )) !== 'stolen'
          )
            await listen()
          for (let asked = 0; asked < 5; asked += 1) await listen()
          expect((await latecomer.state()).status).toBe('starting')
          await writeFile(path.join(lab.dataRoot, 'runtime/volumes', latecomer.id, 'go'), '')
          await latecomer.becomes('running', ({ status }) => status === 'running')
          await listen()
          expect([...heard]).toEqual(['latecomer'])
          expect(await promisedPort(lab, latecomer)).not.toBe(promised)
          expect(await notice(latecomer, 'restarted')).toContain('Another program listened on the port it wanted')
          await Promise.all([squatter.remove(), latecomer.remove()])
        }),
    )

  if (tries.includes('daemon'))
    it('leaving a daemon behind that hides: it goes with its workload', { timeout: TEST_MS }, () =>
      unharmed(async () => {
        const word = `hidden-${newId().slice(-8)}`
        const parent = await lab.actor('workspaces', 'parent')
        await parent.does(inBackground(daemonize(word)))
        await expect.poll(() => running(word), PATIENT).toHaveLength(1)
        await parent.remove()
        await expect.poll(() => running(word), PATIENT).toEqual([])
      }),
    )

  if (isRoot && tries.includes('disk'))
    it(
      'filling the disk, by files, by its log, or beside its files: it is ended before the platform has none',
      { timeout: TEST_MS },
      () =>
        unharmed(async () => {
          const elsewhere = isolation === 'namespaces' ? '/tmp' : (temporary?.folder ?? '/tmp')
          const fills = [
            ['volume', inBackground(fillDisk('big', 1000))],
            ['elsewhere', inBackground(fillDisk(path.join(elsewhere, 'big'), 1000))],
            ['log', floodLog(1000)],
          ] as const
          for (const [slug, deed] of fills) {
            const culprit = await lab.actor('workspaces', slug)
            void culprit.does(deed).catch(() => undefined)
            const { reason } = await culprit.becomes('failed', ({ status }) => status === 'failed')
            expect(reason).toMatchObject({
              code: 'disk-full',
              detail: expect.stringMatching(
                /^The disk was almost full \(\d+ MiB left, 256 MiB are kept free\), and it wrote the most\.$/,
              ),
            })
            await culprit.remove()
          }
        }),
    )
})

/** Living processes whose command begins or goes on so. */
function running(word: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && existsSync(`/proc/${name}/exe`) && commandOf(name).includes(word))
    .map(Number)
}

function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
  } catch {
    return ''
  }
}

async function promisedPort({ dataRoot }: FaultLab, { id }: Actor): Promise<number> {
  const file = path.join(dataRoot, `runtime/instances/${id}.0/instance.json`)
  const record = await expect
    .poll(() => readFile(file, 'utf8').catch(() => ''))
    .toContain('endpoints')
    .then(() => readFile(file, 'utf8'))
  const { endpoints } = JSON.parse(record) as { endpoints: { http: { port: number } } } // as the runtime writes it
  return endpoints.http.port
}
