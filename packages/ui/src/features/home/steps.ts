import type { Snippet } from '../../components/CodeBlock.tsx'
import { pythonRequest, shellRequest } from '../code/code.ts'
import { writingCode } from '../data/code.ts'

/** Python and curl for each of the five steps, runnable as they stand once the token is set. `server` is its address. */
export function stepCode(
  server: string,
  project: string,
): Record<'data' | 'workspace' | 'run' | 'model' | 'service', Snippet[]> {
  const api = `${server}/api/projects/${project}`
  const mlflow = `${server}/mlflow/${project}`
  return {
    data: writingCode({ server, project, name: 'wine.csv' }),
    workspace: [
      pythonRequest(`${api}/workspaces`, { name: 'first' }, 'json.load(answer)["url"]'),
      shellRequest(`${api}/workspaces`, { name: 'first' }),
    ],
    run: [
      {
        name: 'Python',
        language: 'python',
        code: [
          `import mlflow  # pip install mlflow scikit-learn`,
          'from sklearn.datasets import load_wine',
          'from sklearn.linear_model import LogisticRegression',
          '',
          `mlflow.set_tracking_uri(${JSON.stringify(mlflow)})`,
          'mlflow.sklearn.autolog()',
          'LogisticRegression(max_iter=5000).fit(*load_wine(return_X_y=True))',
        ].join('\n'),
      },
      shellRequest(`${mlflow}/api/2.0/mlflow/runs/create`, { experiment_id: '0', run_name: 'first' }),
    ],
    model: [
      {
        name: 'Python',
        language: 'python',
        code: [
          'run = mlflow.last_active_run()',
          'mlflow.register_model(f"runs:/{run.info.run_id}/model", "wine")',
        ].join('\n'),
      },
      shellRequest(`${api}/models`, { name: 'wine', run: '<id of a run that logged a model>' }),
    ],
    service: [
      pythonRequest(`${api}/services`, { model: { name: 'wine' } }, 'json.load(answer)["ports"][0]["url"]'),
      shellRequest(`${api}/services`, { model: { name: 'wine' } }),
    ],
  }
}

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
