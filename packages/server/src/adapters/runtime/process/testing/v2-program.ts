import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'

import { messageOf, newId } from '@mllab/kernel'
import { createProbe, until } from '@mllab/testkit/contracts/runtime.helpers'

import { shellRuntime } from './fixtures.ts'

/** Runs inside the machine of `onMachineWithV2` and prints what it saw, as one line of JSON. */
const MOST_PROCESSES = 40
const MEBIBYTE = 2 ** 20
const PYTHON = '/usr/bin/python3'

/** As a service manager starts a server: in a group of its own, below one that has the controllers. */
function enterService(): void {
  const service = '/sys/fs/cgroup/system.slice/lab.service'
  mkdirSync(service, { recursive: true })
  writeFileSync('/sys/fs/cgroup/cgroup.subtree_control', '+memory +pids +cpu')
  writeFileSync(`${service}/cgroup.procs`, String(process.pid))
}

async function look(): Promise<Record<string, unknown>> {
  const test = await shellRuntime(undefined, { maxProcesses: MOST_PROCESSES })
  const { capabilities, instances } = test.runtime
  const probe = createProbe(test)
  const python = (program: string) => ({ command: [PYTHON, '-c', program] })
  const noticesOf = (ref: { workloadId: string }) =>
    until(async () => {
      const found = (await instances.stats()).find(({ workloadId }) => workloadId === ref.workloadId)
      return found && found.notices.length > 0 ? found.notices : undefined
    })
  const groupOf = async (ref: { workloadId: string }) => {
    const record = readFileSync(`${test.root}/instances/${ref.workloadId}.0/instance.json`, 'utf8')
    return (JSON.parse(record) as { groups: { main: string } }).groups.main // as `prepareRun` writes it
  }

  const memory = await probe.start('', {
    ...python('kept = [b"x" * (16 << 20) for _ in range(20)]'),
    resources: { memoryBytes: 64 * MEBIBYTE },
  })
  const child = await probe.start(`${PYTHON} -c 'kept = [b"x" * (16 << 20) for _ in range(20)]'; exec sleep 600`, {
    resources: { memoryBytes: 64 * MEBIBYTE },
  })
  const bomb = await probe.start('', {
    ...python(
      'import os, time\nfor _ in range(100):\n  try:\n    if os.fork() == 0: time.sleep(600)\n  except OSError: pass\ntime.sleep(600)',
    ),
  })
  const busy = await probe.start('while :; do :; done', { resources: { cpus: 0.2 } })
  const word = `hidden-${newId().slice(-8)}`
  const parent = await probe.start(`env -i setsid -f /bin/sh -c 'while :; do sleep 0.1; done' ${word}; exec sleep 600`)
  const living = () =>
    readdirSync('/proc').filter((name) => /^\d+$/.test(name) && commandOf(name).includes(`\0${word}`))
  await until(() => (living().length > 0 ? true : undefined))

  const group = await groupOf(bomb)
  const seen = {
    capabilities: { removal: capabilities.removal, limits: capabilities.limits },
    controllers: readFileSync(`${group}/cgroup.controllers`, 'utf8').trim(),
    memory: await probe.ended(memory),
    child: await noticesOf(child),
    bomb: await noticesOf(bomb),
    most: Number(readFileSync(`${group}/pids.current`, 'utf8')),
    throttled: await until(async () => {
      const throttled = /nr_throttled (\d+)/.exec(readFileSync(`${await groupOf(busy)}/cpu.stat`, 'utf8'))?.[1]
      return Number(throttled) > 3 ? true : undefined
    }),
    quota: readFileSync(`${await groupOf(busy)}/cpu.max`, 'utf8').trim(),
  }
  await instances.remove(parent)
  const hidden = living().length

  // What is one number for a whole machine can be made small on one of one's own.
  writeFileSync('/proc/sys/fs/file-max', '6000')
  const files = await probe.start('', {
    ...python(
      'import os, time\nfiles = []\ntry:\n  while True: files.append(os.open("/dev/null", os.O_RDONLY))\nexcept OSError: time.sleep(600)',
    ),
  })
  const filesEnded = await probe.ended(files)
  writeFileSync('/proc/sys/fs/file-max', '1000000')
  const ports = await probe.start('', {
    ...python(
      'import socket, time\nkept = []\nfor port in range(20000, 27000):\n  one = socket.socket()\n  one.bind(("127.0.0.1", port))\n  one.listen(1)\n  kept.append(one)\ntime.sleep(600)',
    ),
  })
  const portsEnded = await probe.ended(ports)

  await probe.cleanUp()
  const left = existsSync(group)
  await test.runtime.close()
  return {
    ...seen,
    hidden,
    filesEnded,
    portsEnded,
    left,
    base: readdirSync('/sys/fs/cgroup/system.slice').filter(isOurs),
  }
}

function isOurs(name: string): boolean {
  return name.startsWith('mllab-')
}

function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
  } catch {
    return ''
  }
}

enterService()
try {
  process.stdout.write(`SEEN ${JSON.stringify(await look())}\n`)
} catch (error) {
  process.stdout.write(`FAILED ${messageOf(error)} ${error instanceof Error ? error.stack : ''}\n`)
}
process.exit()
