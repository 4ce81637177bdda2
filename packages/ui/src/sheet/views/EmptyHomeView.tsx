import { useState } from 'react'
import { Button } from '../../components/Button.tsx'
import { Segmented } from '../../components/Choice.tsx'
import { CodeLanguage } from '../../components/CodeBlock.tsx'
import { FileIcon, ModelIcon, RocketIcon, ScriptIcon, WorkspaceIcon } from '../../components/icons.ts'
import { Tag } from '../../components/Marks.tsx'
import { Facts, PageBody, PageHeader, PageLayout } from '../../components/Page.tsx'
import { OnboardingSteps } from '../../components/Steps.tsx'
import { SampleShell } from './SampleShell.tsx'

export function EmptyHomeView() {
  const [language, setLanguage] = useState('Python')
  const python = (code: string) => [
    { name: 'Python', language: 'python' as const, code },
    {
      name: 'curl',
      language: 'shell' as const,
      code: 'curl "$LAB/projects/wine-quality/files" \\\n  -H "Authorization: Bearer $LAB_TOKEN"',
    },
    { name: 'CLI', language: 'shell' as const, code: 'mllab upload winequality-red.csv' },
  ]
  return (
    <SampleShell current="Home" crumbs={['Wine quality', 'Home']} busy={false}>
      <PageLayout>
        <PageHeader
          title="From data to a URL in five steps"
          actions={
            <>
              <Segmented
                value={language}
                onChange={setLanguage}
                aria-label="Language"
                options={['Python', 'curl', 'CLI'].map((name) => ({ value: name, label: name }))}
              />
              <Button variant="ghost" size="sm">
                Hide
              </Button>
            </>
          }
          below={<Facts>{['1 of 5 done', 'a step ticks itself when it happens, by button or by code']}</Facts>}
        />
        <PageBody>
          <CodeLanguage name={language} onChoose={setLanguage}>
            <OnboardingSteps
              steps={[
                { name: 'Data', done: true, when: '2 min ago', text: 'Upload a file. It gets a version, a preview and a key.', action: (<><FileIcon aria-hidden /> winequality-red.csv <Tag>v1</Tag></>), code: python("from lab_client import Environment\nenv = Environment('wine-quality')\nenv.upload_file('winequality-red.csv', 'dataset')") }, // prettier-ignore
                { name: 'Workspace', done: false, text: "JupyterLab, VS Code or a terminal, with the project's data and token already inside.", action: (<Button variant="primary" icon={WorkspaceIcon}>Start workspace</Button>), code: python("ws = env.start_workspace('first', image='workspace')\nws.wait()  # under 3 s when the image is here\nprint(ws.url)") }, // prettier-ignore
                { name: 'Run', done: false, text: 'Train as you always do. Two environment variables and mlflow logs here; in a workspace none.', action: (<Button icon={ScriptIcon}>Show the script</Button>), code: python('import mlflow, wine  # wine.py: see the script\nmlflow.sklearn.autolog()\nwine.train(alpha=0.5, l1_ratio=0.1)') }, // prettier-ignore
                { name: 'Model', done: false, text: 'Register what a run made. It gets versions, and aliases such as @champion.', action: (<Button icon={ModelIcon}>Register model</Button>), code: python('run = mlflow.last_active_run()\nuri = f"runs:/{run.info.run_id}/model"\nmlflow.register_model(uri, "wine-quality")') }, // prettier-ignore
                { name: 'Service', done: false, text: 'A model becomes a URL. Ask it from anywhere with a token.', action: (<Button icon={RocketIcon}>Deploy model</Button>), code: python("env.deploy_model('wine-quality@champion')\nwine = env.service('wine-quality')\nprint(wine.predict([[7.4, 0.70, 0.0, 1.9]]))") }, // prettier-ignore
              ]}
            />
          </CodeLanguage>
        </PageBody>
      </PageLayout>
    </SampleShell>
  )
}
