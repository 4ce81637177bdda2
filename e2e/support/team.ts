import path from 'node:path'

import { createClient, uploadFiles, type Client } from '@mllab/sdk'

import { password, type Caller } from './accounts.ts'
import { repository, type Product } from './product.ts'
import { bareEnvironment, converse, pythonFolder } from './python.ts'
import { until } from './until.ts'

/** Slug of the project. */
export const project = 'churn'
const params = { project }
const START_MS = 120_000

/** A project with members, data, and two workspaces of which one runs. */
export async function makeProject(product: Product, { api }: Caller): Promise<void> {
  await api.projects.create({ body: { name: 'Churn', slug: project, description: 'Who leaves next month, and why' } })
  await addMembers(product, api)
  await addData(api)
  await api.workspaces.create({ params, body: { name: 'Mara' } })
  await api.workspaces.create({ params, body: { name: 'Annotate Q3' } })
  await runs(api, 'mara')
  await api.workspaces.stop({ params: { project, workspace: 'annotate-q3' } })
}

/** Experiments with curves and failures, and a model of three versions: what the real mlflow logs. */
export async function train(product: Product, { token }: Caller): Promise<void> {
  const env = bareEnvironment(await pythonFolder(product), {
    MLFLOW_TRACKING_URI: `${product.url}/mlflow/${project}`,
    MLFLOW_TRACKING_TOKEN: token,
  })
  await converse('python', [path.join(repository, 'e2e', 'clients', 'churn.py')], env).end()
}

/** A service that runs and was measured, and one that failed. */
export async function deploy({ api }: Caller): Promise<void> {
  await api.services.create({ params, body: { name: 'churn-scorer', model: { name: 'churn-classifier', version: 2 } } })
  // More than it takes to begin, less than it takes to serve.
  await api.services.create({
    params,
    body: { name: 'churn-canary', model: { name: 'churn-classifier', version: 3 }, memoryGb: 0.125 },
  })
  await until(
    'one runs and was measured, and one failed',
    async () => {
      const { items } = await api.services.list({ params, query: {} })
      const { items: measured } = await api.services.usageOfAll({ params, query: {} })
      const values = measured.flatMap(({ cpu }) => cpu.filter((value) => value !== null))
      const statuses = items.map(({ state }) => state.status).toSorted()
      return (statuses.join() === 'failed,running' && values.length > 2) || undefined
    },
    { timeoutMs: START_MS },
  )
}

async function addMembers(product: Product, api: Client): Promise<void> {
  for (const [username, name] of [
    ['jonas-w', 'Jonas Wolf'],
    ['aiko', 'Aiko Tanaka'],
  ] as const) {
    await createClient({ baseUrl: product.url }).accounts.register({ body: { username, name, password } })
    await api.projects.setMember({ params: { project, username }, body: { role: 'editor' } })
  }
}

/** Three versions of a table, and a folder with folders in it. */
async function addData(api: Client): Promise<void> {
  for (const rows of [40, 60, 80]) {
    const lines = Array.from(
      { length: rows },
      (_, row) => `c_${4000 + row},${row % 24},${row % 5},${(row * 1.37).toFixed(2)}`,
    )
    const text = ['customer_id,tenure_months,tickets_90d,spend_eur', ...lines].join('\n')
    await uploadFiles(api, {
      project,
      name: 'customers.csv',
      files: [{ path: 'customers.csv', bytes: new Blob([text]) }],
    })
  }
  const photos = ['front', 'back'].flatMap((side) =>
    Array.from({ length: 12 }, (_, n) => `camera-2026/${side}/${side}-${String(n + 1).padStart(2, '0')}.jpg`),
  )
  const files = photos.map((name) => ({ path: name, bytes: new Blob(['x'.repeat(20_000)]) }))
  await uploadFiles(api, { project, name: 'photos', folder: true, files })
}

function runs(api: Client, workspace: string): Promise<true> {
  return until(
    `${workspace} runs`,
    async () => (await api.workspaces.get({ params: { project, workspace } })).state.status === 'running' || undefined,
    { timeoutMs: START_MS },
  )
}
