import { fileURLToPath } from 'node:url'

import { expect, it } from 'vitest'

import { onMachineWithV2 } from '../testing/v2-machine.ts'

const PROGRAM = fileURLToPath(new URL('../testing/v2-program.ts', import.meta.url))
const DEADLINE_MS = 90_000

it(
  'with cgroup v2, and the server in a group of its own, the kernel keeps all limits',
  { timeout: DEADLINE_MS + 10_000 },
  async () => {
    const output = await onMachineWithV2(PROGRAM, { deadlineMs: DEADLINE_MS })
    const seen = /^SEEN (.*)$/m.exec(output)?.[1]
    expect(seen, output.slice(-3000)).toBeDefined()
    expect(JSON.parse(seen ?? '')).toMatchObject({
      capabilities: { removal: 'complete', limits: { memory: 'hard', cpu: 'hard' } },
      controllers: 'cpu memory pids',
      memory: { reason: 'oom', detail: 'It used more than the 64 MiB of memory it may have, and the kernel ended it.' },
      child: [
        {
          code: 'oom',
          detail: 'It used more memory than the 64 MiB it may have: the kernel ended one of its processes.',
        },
      ],
      bomb: [
        {
          code: 'too-many-processes',
          detail: 'It is held at 40 processes and threads: it tried to start more.',
        },
      ],
      most: 40,
      throttled: true,
      quota: '20000 100000',
      hidden: 0,
      filesEnded: {
        reason: 'open-files',
        detail: expect.stringMatching(/^It had \d+ files and connections open; the whole machine may have 6000, /),
      },
      portsEnded: {
        reason: 'too-many-ports',
        detail: 'It listened on 7000 of the ports 20000 to 31999, which all workloads share.',
      },
      left: false,
      base: [],
    })
  },
)
