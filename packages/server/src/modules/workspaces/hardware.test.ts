import os from 'node:os'

import { problemCode } from '@mllab/testkit/problem'
import { startWorkspaceRig, type WorkspaceRig } from '@mllab/testkit/workspace-rig'
import { runInside } from '@mllab/testkit/shell-image'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'

import { parseMachine } from './hardware.ts'

describe('the hardware of workspaces [WSP-08]', () => {
  let rig: WorkspaceRig
  beforeAll(async () => void (rig = await startWorkspaceRig('sqlite')))
  afterAll(() => rig.close())
  const at = (workspace: string) => ({ params: { project: rig.project, workspace } })

  it('is what the machine has, and what the workspace uses of it', async () => {
    const { id } = await rig.make('measured', { memoryGb: 1 })
    await runInside(rig.server, rig.mara, id, 'head -c 3000000 /dev/urandom > file')
    const { machine, workspace } = await vi.waitFor(
      async () => {
        const now = await rig.mara.api.workspaces.hardware(at('measured'))
        expect([now.workspace.memoryUsedBytes, now.machine]).not.toContain(null)
        return now
      },
      { timeout: 15_000, interval: 500 },
    )
    expect(machine).toMatchObject({ cpus: os.cpus().length, memoryBytes: os.totalmem(), gpus: [] })
    expect(machine?.cpusInUse).toBeLessThanOrEqual(os.cpus().length)
    expect(machine?.diskFreeBytes).toBeLessThan(machine?.diskBytes ?? 0)
    expect(workspace).toMatchObject({ memoryLimitBytes: 2 ** 30, cpuLimit: null })
    expect(workspace.processes).toBeGreaterThan(0)
    expect(workspace.filesBytes).toBeGreaterThan(2_900_000)
  })

  it('is not known while it is suspended or rests, but for its files', async () => {
    await rig.make('resting')
    await rig.mara.api.workspaces.suspend(at('resting'))
    expect((await rig.mara.api.workspaces.hardware(at('resting'))).machine).toBeNull()
    await rig.stop('resting')
    const { machine, workspace } = await rig.mara.api.workspaces.hardware(at('resting'))
    expect([machine, workspace.processes, typeof workspace.filesBytes]).toEqual([null, null, 'number'])
  })

  it('is shown to members of the project', async () => {
    await rig.make('seen')
    const stranger = await rig.server.person('stranger')
    expect(await problemCode(stranger.api.workspaces.hardware(at('seen')))).toBe('NOT_FOUND')
    expect(await problemCode(rig.server.anonymous.workspaces.hardware(at('seen')))).toBe('NOT_SIGNED_IN')
    expect((await rig.jonas.api.workspaces.hardware(at('seen'))).workspace).toBeDefined()
  })

  it('has graphics cards as nvidia-smi tells of them', () => {
    const output =
      'cpu  10 0 0 90 0 0 0 0\ncpu  15 0 0 95 0 0 0 0\ncpus 4\nMemTotal: 1000 kB\nMemAvailable: 400 kB\ndisk /dev/sda1 500 100 400 20% /\n' +
      'gpu 0, NVIDIA A100-SXM4-40GB, 40960, 1024, 37\ngpu 1, NVIDIA T4, 15360, 0, [N/A]\n'
    expect(parseMachine(output)).toEqual({
      cpus: 4,
      cpusInUse: 2,
      memoryBytes: 1_024_000,
      memoryUsedBytes: 614_400,
      diskBytes: 512_000,
      diskFreeBytes: 409_600,
      gpus: [
        {
          index: 0,
          name: 'NVIDIA A100-SXM4-40GB',
          memoryBytes: 40_960 * 2 ** 20,
          memoryUsedBytes: 2 ** 30,
          load: 0.37,
        },
        { index: 1, name: 'NVIDIA T4', memoryBytes: 15_360 * 2 ** 20, memoryUsedBytes: 0, load: null },
      ],
    })
  })
})
