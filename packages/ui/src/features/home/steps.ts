import type { Snippet } from '../../components/CodeBlock.tsx'

type StepName = 'data' | 'workspace' | 'run' | 'model' | 'service'

/** Python and curl for each of the five steps, runnable as they stand once the token is set. `server` is its address. */
export function stepCode(server: string, project: string): Record<StepName, Snippet[]> {
  const api = `${server}/api/projects/${project}`
  const mlflow = `${server}/mlflow/${project}`
  return {
    data: [
      python([
        ...head,
        `url = "${api}/files/wine.csv"`,
        'auth = {"Authorization": "Bearer " + os.environ["LAB_API_TOKEN"], "Content-Type": "text/csv"}',
        'web.urlopen(web.Request(url, open("wine.csv", "rb").read(), auth, method="PUT"))',
      ]),
      shell([`curl -f -T wine.csv "${api}/files/wine.csv" \\`, '  -H "Authorization: Bearer $LAB_API_TOKEN"']),
    ],
    workspace: [python(post(`${api}/workspaces`, '{"name": "first"}')), curl(`${api}/workspaces`, '{"name": "first"}')],
    run: [
      python([
        'import mlflow  # pip install mlflow scikit-learn',
        'from sklearn import datasets, linear_model',
        `mlflow.set_tracking_uri("${mlflow}")`,
        'mlflow.sklearn.autolog()',
        'linear_model.Ridge().fit(*datasets.load_diabetes(return_X_y=True))',
      ]),
      curl(`${mlflow}/api/2.0/mlflow/runs/create`, '{"experiment_id": "0", "run_name": "first"}'),
    ],
    model: [
      python([
        'run = mlflow.last_active_run()',
        'mlflow.register_model(f"runs:/{run.info.run_id}/model", "first-model")',
      ]),
      curl(`${api}/models`, '{"name": "first-model", "run": "id of the run"}'),
    ],
    service: [
      python(post(`${api}/services`, '{"model": {"name": "first-model"}}')),
      curl(`${api}/services`, '{"model": {"name": "first-model"}}'),
    ],
  }
}

const head = ['import os, urllib.request as web']

const post = (url: string, body: string) => [
  ...head,
  `url = "${url}"`,
  'auth = {"Authorization": "Bearer " + os.environ["LAB_API_TOKEN"], "Content-Type": "application/json"}',
  `print(web.urlopen(web.Request(url, b'${body}', auth)).read().decode())`,
]

const curl = (url: string, body: string) =>
  shell([`curl -f "${url}" \\`, `  -H "Authorization: Bearer $LAB_API_TOKEN" --json '${body}'`])

const python = (lines: readonly string[]): Snippet => ({ name: 'Python', language: 'python', code: lines.join('\n') })
const shell = (lines: readonly string[]): Snippet => ({ name: 'curl', language: 'shell', code: lines.join('\n') })

const key = (project: string) => `lab-steps-hidden:${project}`

/** Whether this browser hides the steps of a project. */
export function stepsHidden(project: string): boolean {
  try {
    return localStorage.getItem(key(project)) !== null
  } catch {
    return false // storage may be forbidden
  }
}

export function hideSteps(project: string, hidden: boolean) {
  try {
    if (hidden) localStorage.setItem(key(project), '1')
    else localStorage.removeItem(key(project))
  } catch {
    // The choice lasts until the page is left.
  }
}
