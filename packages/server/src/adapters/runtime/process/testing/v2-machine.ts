import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'

/** Where `npm test` unpacks it, and what it says in `LAB_TEST_UML`. */
const KERNEL =
  process.env['LAB_TEST_UML'] ?? path.join(os.homedir(), '.cache/mllab-test/user-mode-linux/usr/bin/linux.uml')

/**
 * Runs a program on a Linux of its own that has cgroup v2 with all controllers, as user-mode Linux: a kernel that is a process, with the files of this
 * machine and nothing else of it. Answers what the program printed.
 */
export async function onMachineWithV2(program: string, { deadlineMs }: { deadlineMs: number }): Promise<string> {
  if (!existsSync(KERNEL))
    throw new Error(
      `cgroup v2 is tested on user-mode Linux, which is not at ${KERNEL}: npm test fetches it, else name one in LAB_TEST_UML`,
    )
  const folder = await mkdtemp(path.join(os.tmpdir(), 'mllab-uml-'))
  try {
    const init = path.join(folder, 'init')
    await writeFile(init, initScript(program), { mode: 0o755 })
    const args = ['mem=1G', 'root=/dev/root', 'rootfstype=hostfs', 'rootflags=/', 'rw', `init=${init}`]
    const quiet = ['quiet', 'con=null', 'con0=null,fd:1', `uml_dir=${folder}/`]
    const child = spawn(KERNEL, [...args, ...quiet], {
      detached: true,
      stdio: ['ignore', 'pipe', 'ignore'],
      env: { PATH: process.env['PATH'] ?? '', HOME: folder, TMPDIR: folder },
    })
    let output = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text))
    const timer = setTimeout(() => child.pid && process.kill(-child.pid, 'SIGKILL'), deadlineMs)
    await new Promise<void>((resolve, reject) => {
      child.once('error', reject)
      child.once('close', () => resolve())
    })
    clearTimeout(timer)
    return output
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** The first process there: only its own mounts are written to, and it halts the machine. */
function initScript(program: string): string {
  return `#!/bin/sh
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/run TMPDIR=/run
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t cgroup2 none /sys/fs/cgroup
mount -t tmpfs -o mode=0755 run /run
ip link set lo up 2>/dev/null || ifconfig lo up
echo 1 >/proc/sys/kernel/panic
'${process.execPath}' '${program}' </dev/null 2>&1
echo o >/proc/sysrq-trigger
sleep 10
`
}
