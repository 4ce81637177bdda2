import { Button, IconButton } from '../../components/Button.tsx'
import { Progress } from '../../components/Gauges.tsx'
import {
  ChartIcon,
  DataIcon,
  ExperimentIcon,
  MoreIcon,
  ModelIcon,
  RocketIcon,
  ServiceIcon,
  StopIcon,
} from '../../components/icons.ts'
import { LineageChain } from '../../components/Lineage.tsx'
import { Link } from '../../components/Link.tsx'
import { LineChart } from '../../components/LineChart.tsx'
import { Person, Tag } from '../../components/Marks.tsx'
import { Aside, ChartGrid, PageBody, PageHeader, PageLayout, Section } from '../../components/Page.tsx'
import { PropertyList } from '../../components/PropertyList.tsx'
import { StatusPill } from '../../components/Status.tsx'
import { TabLinks } from '../../components/Tabs.tsx'
import { CopyId, RelativeTime } from '../../components/Values.tsx'
import { restStyle, seriesStyle } from '../../lib/series.ts'
import { falling, now, steady, steps } from '../samples.ts'
import css from '../Views.module.css'
import { SampleShell } from './SampleShell.tsx'

const epochs = steps(42)

export function RunView() {
  return (
    <SampleShell
      current="Experiments"
      crumbs={['Defect vision', 'Experiments', 'defect-detector', 'resnet50-aug-07']}
      busy={false}
    >
      <PageLayout
        aside={
          <Aside label="Details">
            <Section>
              <PropertyList
                properties={[
                  { name: 'Run', value: <CopyId value="9f3c27ab4e1c9a2d" /> },
                  { name: 'Started', value: <RelativeTime at={now - 38 * 60_000} /> },
                  { name: 'By', value: <Person name="Priya Raman" /> },
                  { name: 'Workspace', value: <Link to="/p/x">priya-gpu</Link> },
                  { name: 'Commit', value: <code>c41e0d9</code> },
                  { name: 'Data', value: (<><Link to="/p/x">steel-surfaces</Link> <Tag>v7</Tag></>) }, // prettier-ignore
                ]}
              />
            </Section>
            <Section
              title="Model"
              end={
                <Button size="sm" icon={RocketIcon}>
                  Deploy
                </Button>
              }
            >
              <div className={css.modelLine}>
                <ModelIcon aria-hidden /> <Link to="/p/x">defect-detector</Link> <Tag>v12</Tag>{' '}
                <Tag accent>@candidate</Tag>
              </div>
              <p className={css.note}>Best checkpoint, epoch 38, mAP50 0.7862. @champion is v10 with 0.7712.</p>
            </Section>
            <Section title="Lineage">
              <LineageChain
                nodes={[
                  { icon: DataIcon, name: 'steel-surfaces', to: '/p/x', facts: 'v7, 48,210 images' },
                  { icon: ExperimentIcon, name: 'this run', facts: 'epoch 41 of 60', current: true },
                  { icon: ModelIcon, name: 'defect-detector', to: '/p/x', facts: 'v12, @candidate' },
                  { icon: ServiceIcon, name: 'line-4-camera', to: '/p/x', facts: 'serves v10', loose: true },
                ]}
              />
            </Section>
            <Section title="Parameters" count={18} end="differs from run 06">
              <PropertyList
                properties={[
                  { name: 'backbone', value: 'resnet50' },
                  { name: 'batch_size', value: '64' },
                  { name: 'lr', value: '0.1', was: '0.05' },
                  { name: 'epochs', value: '60' },
                  { name: 'mixup', value: '0.2', was: '0.0' },
                  { name: 'optimizer', value: 'sgd' },
                ]}
              />
            </Section>
          </Aside>
        }
      >
        <PageHeader
          title="resnet50-aug-07"
          beside={<StatusPill status="running" />}
          actions={
            <>
              <Button icon={ChartIcon}>Compare</Button>
              <Button icon={StopIcon}>Stop run</Button>
              <IconButton icon={MoreIcon} outline size="md" label="More actions" />
            </>
          }
          below={
            <span className={css.progress}>
              <Progress value={41 / 60} label="Training" /> <b>epoch 41 of 60</b> 18 m 06 s left
            </span>
          }
          tabs={
            <TabLinks
              label="Parts of this run"
              tabs={['Overview', 'Metrics', 'Artifacts', 'Logs', 'System'].map((label, index) => ({
                label,
                to: '/p/x',
                current: index === 0,
                count: label === 'Metrics' ? 14 : label === 'Artifacts' ? 23 : undefined,
              }))}
            />
          }
        />
        <PageBody>
          <ChartGrid>
            <LineChart
              title="loss"
              xName="epoch"
              syncKey="run"
              smoothing={0.6}
              yRange={[0, 0]}
              series={[
                {
                  id: 't',
                  name: 'train',
                  style: seriesStyle(0),
                  live: true,
                  curve: { x: epochs, y: falling(1, 42, 1.9, 0.3, 0.1) },
                },
                {
                  id: 'v',
                  name: 'val',
                  style: seriesStyle(1),
                  live: true,
                  curve: { x: epochs, y: falling(2, 42, 1.95, 0.36, 0.12) },
                },
              ]}
            />
            <LineChart
              title="val_mAP50"
              facts="grey: run 06"
              xName="epoch"
              syncKey="run"
              yRange={[0, 0]}
              legend={false}
              marks={[{ kind: 'level', y: 0.7712, label: '@champion 0.7712' }]}
              series={[
                {
                  id: 'n',
                  name: 'this run',
                  style: seriesStyle(0),
                  live: true,
                  curve: { x: epochs, y: falling(4, 42, 0.1, 0.79, 0.02) },
                },
                {
                  id: 'o',
                  name: 'run 06',
                  style: restStyle,
                  curve: { x: steps(60), y: falling(5, 60, 0.1, 0.775, 0.02) },
                },
              ]}
            />
            <LineChart
              title="GPU, %"
              xName="epoch"
              height={140}
              syncKey="run"
              series={[
                { id: 'u', name: 'use', style: seriesStyle(0), curve: { x: epochs, y: steady(8, 42, 92, 8) } },
                { id: 'm', name: 'memory', style: seriesStyle(4), curve: { x: epochs, y: steady(9, 42, 66, 1) } },
              ]}
            />
            <LineChart
              title="learning_rate"
              xName="epoch"
              height={140}
              syncKey="run"
              series={[
                {
                  id: 'l',
                  name: 'lr',
                  style: seriesStyle(0),
                  live: true,
                  curve: { x: epochs, y: epochs.map((epoch) => 0.1 * Math.cos((epoch / 60) * 1.4)) },
                },
              ]}
            />
          </ChartGrid>
          <Section title="Artifacts" facts="23 files, 412 MB">
            <p className={css.note}>best-epoch-38.pt, confusion_matrix.png</p>
          </Section>
        </PageBody>
      </PageLayout>
    </SampleShell>
  )
}
