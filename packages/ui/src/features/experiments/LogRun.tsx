import { CodeBlock, type Snippet } from '../../components/CodeBlock.tsx'
import { Dialog } from '../../components/Dialog.tsx'
import { platformAddress } from '../../lib/address.ts'
import { useToken } from '../code/use-token.tsx'
import css from './Experiments.module.css'
import { words } from './words.ts'

/** The code that makes a first run appear, with a button for its token. */
export function LogRunCode({ project, experiment }: { project: string; experiment: string | undefined }) {
  const { button, secret } = useToken(`mlflow, ${project}`, 'MLFLOW_TRACKING_TOKEN')
  return (
    <div className={css.code}>
      <CodeBlock snippets={logSnippets(platformAddress(), project, experiment)} />
      <div className={css.codeFoot}>
        <p>{words('log.token')}</p>
        {button}
      </div>
      {secret}
    </div>
  )
}

export function LogRunDialog({
  project,
  experiment,
  onClose,
}: {
  project: string
  experiment: string | undefined
  onClose: () => void
}) {
  return (
    <Dialog open onClose={onClose} title={words('log.title')} lead={words('log.lead')} width={640}>
      <LogRunCode project={project} experiment={experiment} />
    </Dialog>
  )
}

/** Variables for a shell, and a script that logs a run. */
export function logSnippets(address: string, project: string, experiment = 'first-experiment'): Snippet[] {
  return [
    {
      name: 'Python',
      language: 'python',
      code: [
        'import mlflow',
        '',
        `mlflow.set_tracking_uri(${JSON.stringify(`${address}/mlflow/${project}`)})`,
        `mlflow.set_experiment(${JSON.stringify(experiment)})`,
        '',
        'with mlflow.start_run():',
        '    mlflow.log_param("eta", 0.1)',
        '    for step in range(100):',
        '        mlflow.log_metric("loss", 1 / (step + 1), step=step)',
      ].join('\n'),
    },
    {
      name: 'Shell',
      language: 'shell',
      code: [
        'pip install mlflow',
        `export MLFLOW_TRACKING_URI=${address}/mlflow/${project}`,
        'export MLFLOW_TRACKING_TOKEN=mlp_…',
        'python train.py',
      ].join('\n'),
    },
  ]
}
