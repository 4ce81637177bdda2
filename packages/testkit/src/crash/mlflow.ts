import type { Caller } from './caller.ts'

/** Key of the metric that is logged and read here. */
const KEY = 'loss'

/** Begins a run in the default experiment, as MLflow's client does; answers its id. */
export async function createRun(caller: Caller, project: string, name: string): Promise<string> {
  const answer = await post(caller, project, 'runs/create', { experiment_id: '0', run_name: name })
  return (answer as { run: { info: { run_id: string } } }).run.info.run_id // MLflow REST 2.0, runs/create
}

/** Logs values as the next steps, all in one request. */
export async function logLosses(
  caller: Caller,
  project: string,
  run: string,
  first: number,
  losses: readonly number[],
) {
  const metrics = losses.map((value, index) => ({ key: KEY, value, timestamp: first + index, step: first + index }))
  await post(caller, project, 'runs/log-batch', { run_id: run, metrics })
}

/** All values in the order of their steps. */
export async function historyOf(caller: Caller, project: string, run: string): Promise<number[]> {
  const query = new URLSearchParams({ run_id: run, metric_key: KEY, max_results: '25000' })
  const answer = await call(caller, project, `metrics/get-history?${query.toString()}`, {})
  const { metrics = [] } = answer as { metrics?: { value: number; step: number }[] } // MLflow REST 2.0, get-history
  return metrics.toSorted((a, b) => a.step - b.step).map(({ value }) => value)
}

function post(caller: Caller, project: string, method: string, body: unknown): Promise<unknown> {
  const headers = { 'content-type': 'application/json' }
  return call(caller, project, method, { method: 'POST', headers, body: JSON.stringify(body) })
}

async function call({ url, token }: Caller, project: string, method: string, init: RequestInit): Promise<unknown> {
  const response = await fetch(`${url}/mlflow/${project}/api/2.0/mlflow/${method}`, {
    ...init,
    headers: { ...init.headers, authorization: `Bearer ${token}` },
  })
  const text = await response.text()
  if (!response.ok) throw new Refused(`${method} was refused: ${response.status} ${text}`)
  return JSON.parse(text)
}

/** MLflow's wire said no: an answer, unlike a connection that broke. */
export class Refused extends Error {}
