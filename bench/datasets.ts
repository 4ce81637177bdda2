// What a dataset of 2 GB costs the start of a workspace: as 10 000 files and as one, the first time a version is mounted and every time after.
// Beside it the same workspace without. The start is from the request to a workspace that runs. Needs 6 GB of disk.
// Run: npm run bench -- datasets; FILES=1000 makes it a smaller one.
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'

import { uploadFiles } from '@mllab/sdk'
import { startTestServer } from '@mllab/testkit/server'
import { SHELL, writeShellImages } from '@mllab/testkit/shell-image'

const FILES = Number(process.env['FILES'] ?? 10_000)
const FILE_BYTES = 200_000
const ROUNDS = 3
const WAIT_MS = 600_000

const folder = await mkdtemp(path.join(os.tmpdir(), 'mllab-bench-'))
// As on a machine of its own: other users find a way through.
await chmod(folder, 0o755)
process.env['LAB_TEST_FOLDER'] = folder
process.env['LAB_TEST_CACHE'] = path.join(folder, 'cache')
const server = await startTestServer({
  dataRoot: path.join(folder, 'data'),
  env: {
    LAB_PROCESS_ISOLATION: process.env['LAB_PROCESS_ISOLATION'] ?? 'auto',
    LAB_IMAGES_ROOT: await writeShellImages(path.join(folder, 'images')),
  },
})
try {
  const { api } = await server.person('bench')
  const { slug: project } = await api.projects.create({ body: { name: 'Bench' } })
  const isolation = (await api.workspaces.options({ params: { project } })).isolation
  console.log(`isolation ${isolation}; ${FILES} files, ${(FILES * FILE_BYTES) / 1e9} GB`)
  const upload = async (name: string, files: number, fileBytes: number) => {
    const before = performance.now()
    await uploadFiles(api, {
      project,
      name,
      ...(files === 1 ? {} : { folder: true }),
      files: Array.from({ length: files }, (_, n) => {
        // Not the same content twice: a file that is there already would not be stored again.
        const body = Buffer.alloc(fileBytes, `${name} ${n} `)
        return { path: files === 1 ? 'one.bin' : `part-${n % 100}/${n}.bin`, bytes: new Blob([body]) }
      }),
    })
    console.log(`${name} uploaded in ${((performance.now() - before) / 1000).toFixed(1)} s`)
  }
  const start = async (dataset: string | undefined, again?: string) => {
    const before = performance.now()
    const workspace = again ?? `w-${Math.random().toString(36).slice(2, 10)}`
    const params = { project, workspace }
    if (again === undefined)
      await api.workspaces.create({
        params: { project },
        body: { slug: workspace, image: SHELL, datasets: dataset ? [{ name: dataset, path: 'data' }] : [] },
      })
    else await api.workspaces.start({ params })
    await until(async () => {
      const { state } = await api.workspaces.get({ params })
      if (state.status === 'failed') throw new Error(JSON.stringify(state.reason))
      return state.status === 'running'
    })
    return { workspace, tookMs: performance.now() - before }
  }
  const stop = async (workspace: string) => {
    const params = { project, workspace }
    await api.workspaces.stop({ params })
    await until(async () => (await api.workspaces.get({ params })).state.status === 'stopped')
  }
  const measure = async (name: string, dataset: string | undefined) => {
    const first = await start(dataset)
    await stop(first.workspace)
    const later: number[] = []
    for (let round = 0; round < ROUNDS; round += 1) {
      later.push((await start(dataset, first.workspace)).tookMs)
      await stop(first.workspace)
    }
    const other = await start(dataset)
    const median = later.toSorted((a, b) => a - b)[Math.floor(ROUNDS / 2)] ?? 0
    console.log(
      `${name.padEnd(24)} first ${first.tookMs.toFixed(0)} ms, again ${median.toFixed(0)} ms, another workspace ${other.tookMs.toFixed(0)} ms`,
    )
    await api.workspaces.remove({ params: { project, workspace: first.workspace } })
    await api.workspaces.remove({ params: { project, workspace: other.workspace } })
  }
  await measure('without a dataset', undefined)
  await upload('many', FILES, FILE_BYTES)
  await measure(`${FILES} files`, 'many')
  await upload('one.bin', 1, FILES * FILE_BYTES)
  await measure('one file', 'one.bin')
  await until(async () => (await server.platform.running()).length === 0)
} finally {
  await server.close()
  await rm(folder, { recursive: true, force: true })
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  const last = performance.now() + WAIT_MS
  while (!(await holds())) {
    if (performance.now() > last) throw new Error('it took too long')
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
