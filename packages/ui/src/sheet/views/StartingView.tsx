import { Button } from '../../components/Button.tsx'
import { Progress } from '../../components/Gauges.tsx'
import { LogView } from '../../components/LogView.tsx'
import { Facts, PageBody, PageHeader, PageLayout, Section } from '../../components/Page.tsx'
import { StatusPill } from '../../components/Status.tsx'
import { StepList } from '../../components/Steps.tsx'
import { now } from '../samples.ts'
import { SampleShell } from './SampleShell.tsx'

export function StartingView() {
  const lines = [
    'workspace aiko-label placed on local, generation 1',
    'volume ws-aiko-label created, 50 GB',
    'pulling mllab/vscode:1.102',
    '  a3ed95cae1c2  layer already here',
    '  7f1b6e2d9a40  214.0 MB  done in 2.6 s',
    '  \u001b[1me92b4a7d13f6  1.62 GB   41 %  84.2 MB/s\u001b[0m',
  ]
  return (
    <SampleShell current="Workspaces" crumbs={['Defect vision', 'Workspaces', 'aiko-label']}>
      <PageLayout centred>
        <PageHeader
          title="aiko-label"
          beside={<StatusPill status="starting" />}
          actions={<Button>Cancel start</Button>}
          below={
            <Facts>{['vscode 1.102', '2 CPU, 4 GB', 'lives 7 days', 'opens by itself; you may leave this page']}</Facts>
          }
        />
        <PageBody>
          <Section title="About 13 s left" end="17 s so far">
            <Progress thick value={0.57} label="Start of aiko-label" />
          </Section>
          <StepList
            label="Steps of the start"
            steps={[
              { name: 'Place', status: 'done', facts: 'on this machine, 2 CPU and 4 GB reserved', time: '0.02 s' },
              { name: 'Volume', status: 'done', facts: '50 GB at /workspace', time: '0.3 s' },
              { name: 'Image', status: 'current', facts: 'mllab/vscode:1.102', time: '11 s left', progress: { value: 0.66, facts: (<><b>66 %</b> 1.89 of 2.84 GB <span>84.2 MB/s</span></>) } }, // prettier-ignore
              {
                name: 'Container',
                status: 'pending',
                facts: 'start, join the private network of Aiko',
                time: 'about 1 s',
              },
              { name: 'VS Code', status: 'pending', facts: 'answers on port 8080', time: 'about 1 s' },
              { name: 'Open', status: 'pending', facts: 'in this tab' },
            ]}
          />
          <LogView
            title="Log"
            live
            lines={lines.map((text, index) => ({ number: index + 1, at: now + index * 1731, text }))}
          />
        </PageBody>
      </PageLayout>
    </SampleShell>
  )
}
