import { useEffect, useReducer, useState, type ReactNode } from 'react'
import { Button, IconButton } from '../components/Button.tsx'
import { RadioCards, Segmented } from '../components/Choice.tsx'
import { CodeBlock, CodeLanguage } from '../components/CodeBlock.tsx'
import { DataTable, type Column } from '../components/DataTable.tsx'
import { Field, FieldRow, FormStack } from '../components/Field.tsx'
import { FilterBar } from '../components/FilterBar.tsx'
import { Meter, Progress } from '../components/Gauges.tsx'
import {
  ChartIcon, ColumnsIcon, CsvIcon, DataIcon, DownloadIcon, ExperimentIcon, ExternalIcon, FileIcon, GroupIcon, MoreIcon, ModelIcon, PlusIcon, RocketIcon, ScriptIcon, ServiceIcon, StopIcon, TagIcon, TrashIcon, WorkspaceIcon,
} from '../components/icons.ts' // prettier-ignore
import { NumberInput, TextInput } from '../components/Input.tsx'
import { LineageChain } from '../components/Lineage.tsx'
import { Link } from '../components/Link.tsx'
import { LineChart } from '../components/LineChart.tsx'
import { LogView } from '../components/LogView.tsx'
import { Badge, Keycap, NewPill, Person, SeriesMark, Tag } from '../components/Marks.tsx'
import { Aside, ChartGrid, Facts, FormAside, PageBody, PageHeader, PageLayout, Section } from '../components/Page.tsx'
import { PropertyList } from '../components/PropertyList.tsx'
import { Select } from '../components/Select.tsx'
import { Sparkline } from '../components/Sparkline.tsx'
import { StatusMark, StatusOfRow, StatusPill, StatusText } from '../components/Status.tsx'
import { OnboardingSteps, StepList } from '../components/Steps.tsx'
import { TabLinks } from '../components/Tabs.tsx'
import { CopyId, Duration, MetricValue, RelativeTime } from '../components/Values.tsx'
import { nothingSelected, select } from '../lib/selection.ts'
import { assignSlots, restStyle, seriesStyle } from '../lib/series.ts'
import type { Status } from '../lib/status.ts'
import { AppShell } from '../shell/AppShell.tsx'
import { useCrumbs } from '../shell/crumbs.ts'
import { PaletteProvider, useOpenPalette, usePaletteEntries } from '../shell/palette.tsx'
import { activities, falling, nav, now, projects, runs, type SampleRun, steady, steps } from './samples.ts'
import css from './Views.module.css'

function Shell({
  current,
  crumbs,
  busy = true,
  children,
}: {
  current: string
  crumbs: string[]
  busy?: boolean
  children: ReactNode
}) {
  const project = projects[0] ?? null
  return (
    <PaletteProvider project={project?.name ?? null}>
      <Inside current={current} crumbs={crumbs} busy={busy}>
        {children}
      </Inside>
    </PaletteProvider>
  )
}

function Inside({
  current,
  crumbs,
  busy,
  children,
}: {
  current: string
  crumbs: string[]
  busy: boolean
  children: ReactNode
}) {
  useCrumbs(
    crumbs.map((label, index) => (index === crumbs.length - 1 ? { label } : { label, to: `/p/churn/${index}` })),
  )
  return (
    <AppShell
      project={projects[0] ?? null}
      projects={projects}
      onCreateProject={() => undefined}
      adminTo="/admin"
      nav={nav(current)}
      user={{ name: 'Mara Lindqvist', accountTo: '/account', onLogout: () => undefined }}
      activities={busy ? activities : []}
      docsHref="https://example.invalid/docs"
      apiHref="https://example.invalid/api"
      offlineSince={null}
      onFind={useOpenPalette()}
    >
      {children}
    </AppShell>
  )
}

const runColumns = (slots: ReadonlyMap<string, number>): Column<SampleRun>[] => [
  {
    id: 'name',
    header: 'Name',
    name: 'name',
    width: 'minmax(190px, 1.6fr)',
    sortable: true,
    cell: (run) => (
      <>
        <StatusMark status={run.status} />
        <Link to={`/p/churn/experiments/${run.id}`} plain>
          {run.name}
        </Link>
        {run.status === 'failed' ? null : <StatusOfRow status={run.status} />}
        {slots.has(run.id) ? (
          <span className={css.endMark}>
            <SeriesMark color={seriesStyle(slots.get(run.id) ?? 0).color} />
          </span>
        ) : null}
      </>
    ),
  },
  {
    id: 'started',
    header: 'Started',
    width: '92px',
    align: 'right',
    sortable: true,
    cell: (run) => <RelativeTime at={run.startedAt} />,
  },
  { id: 'by', header: 'By', width: '84px', cell: (run) => <Person name={run.by} first /> },
  {
    id: 'auc',
    header: 'val_auc',
    width: '64px',
    align: 'right',
    sortable: true,
    strong: true,
    group: 'Metrics',
    cell: (run) => <MetricValue value={run.auc} best={run.id === 'run-1'} />,
  },
  {
    id: 'loss',
    header: 'val_logloss',
    width: '144px',
    group: 'Metrics',
    cell: (run) =>
      run.reason === undefined ? (
        <>
          <Sparkline
            name="val_logloss"
            values={run.loss}
            live={run.status === 'running'}
            color={
              run.status === 'running'
                ? 'var(--st-running-mark)'
                : slots.has(run.id)
                  ? seriesStyle(slots.get(run.id) ?? 0).color
                  : undefined
            }
          />
          <MetricValue value={run.loss.at(-1)} />
        </>
      ) : (
        <StatusText status="failed">{run.reason}</StatusText>
      ),
  },
  { id: 'depth', header: 'max_depth', width: '76px', align: 'right', group: 'Parameters', cell: (run) => run.depth },
  { id: 'eta', header: 'eta', width: '48px', align: 'right', group: 'Parameters', cell: (run) => run.eta.toFixed(2) },
  {
    id: 'subsample',
    header: 'subsample',
    width: '76px',
    align: 'right',
    group: 'Parameters',
    cell: (run) => run.subsample.toFixed(1),
  },
  { id: 'trees', header: 'trees', width: '52px', align: 'right', group: 'Parameters', cell: (run) => run.trees },
  { id: 'data', header: 'customers', width: '76px', cell: (run) => run.data },
  { id: 'took', header: 'Took', width: '76px', align: 'right', cell: (run) => <Duration ms={run.tookMs} /> },
]

const chosenRuns = ['run-1', 'run-4', 'run-7', 'run-11', 'run-16']

export function ExperimentsView() {
  const [selection, dispatch] = useReducer(select, { ...nothingSelected, chosen: new Set(chosenRuns) })
  const [filter, setFilter] = useState('started:"last 7 days" tags.sweep:14 params.max_depth:4..10')
  const slots = assignSlots(new Map(), [...selection.chosen])
  return (
    <Shell current="Experiments" crumbs={['Churn', 'Experiments', 'churn-xgb']}>
      <PageLayout>
        <PageHeader
          title="churn-xgb"
          facts={
            <>
              1,284 runs · 118 match <NewPill onClick={() => undefined}>3 new runs</NewPill>
            </>
          }
          actions={
            <>
              <Button icon={ChartIcon}>Show charts</Button>
              <Button variant="primary" icon={PlusIcon}>
                Log a run
              </Button>
            </>
          }
        />
        <div className={css.tools}>
          <FilterBar
            value={filter}
            onChange={setFilter}
            example="params.eta < 0.1"
            fields={[{ name: 'status', values: ['running', 'failed'] }]}
          />
          <span className={css.wideOnly}>
            <Button icon={GroupIcon}>Group</Button>
            <Button icon={ColumnsIcon}>
              Columns <Badge>9</Badge>
            </Button>
            <IconButton icon={DownloadIcon} outline size="md" label="Download CSV" />
          </span>
        </div>
        <DataTable
          fill
          label="Runs of churn-xgb"
          rows={runs}
          columns={runColumns(slots)}
          rowId={(run) => run.id}
          rowName={(run) => run.name}
          total={118}
          sort={{ by: 'started', direction: 'down' }}
          onSort={() => undefined}
          selection={selection}
          onSelect={dispatch}
          bulkActions={
            <>
              <Button variant="primary" size="sm" icon={ChartIcon} keys="C">
                Compare
              </Button>
              <span className={css.wideOnly}>
                <Button size="sm" icon={ModelIcon}>
                  Register model
                </Button>
                <Button size="sm" icon={TagIcon}>
                  Tag
                </Button>
                <Button size="sm" icon={CsvIcon}>
                  CSV
                </Button>
                <Button size="sm" variant="danger" icon={TrashIcon}>
                  Delete
                </Button>
              </span>
            </>
          }
          phone={(run) => ({
            mark: <StatusMark status={run.status} />,
            name: (
              <>
                {run.name}
                {slots.has(run.id) ? <SeriesMark color={seriesStyle(slots.get(run.id) ?? 0).color} /> : null}
              </>
            ),
            facts: (
              <>
                depth {run.depth} · eta {run.eta} · <RelativeTime at={run.startedAt} />
              </>
            ),
            figure:
              run.reason === undefined ? (
                <Sparkline
                  width={48}
                  name="val_logloss"
                  values={run.loss}
                  color={slots.has(run.id) ? seriesStyle(slots.get(run.id) ?? 0).color : undefined}
                />
              ) : null,
            value:
              run.reason === undefined ? (
                <MetricValue value={run.auc} best={run.id === 'run-1'} />
              ) : (
                <StatusText status="failed" />
              ),
          })}
        />
      </PageLayout>
    </Shell>
  )
}

const epochs = steps(42)

export function RunView() {
  return (
    <Shell
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
              fromZero
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
              fromZero
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
    </Shell>
  )
}

interface SampleWorkspace {
  name: string
  image: string
  by: string
  status: Status
  now: string
  memory: string
  days: string
}

const workspaces: SampleWorkspace[] = [
  {
    name: 'priya-gpu',
    image: 'gpu 1.4',
    by: 'Priya Raman',
    status: 'running',
    now: 'Running, kernel busy',
    memory: '27.9 GB',
    days: '6 d',
  },
  {
    name: 'mara',
    image: 'workspace 1.4',
    by: 'Mara Lindqvist',
    status: 'running',
    now: 'Running, terminal busy',
    memory: '5.2 GB',
    days: '4 d',
  },
  {
    name: 'aiko-label',
    image: 'vscode 1.102',
    by: 'Aiko Tanaka',
    status: 'starting',
    now: 'Starting, image 66 %',
    memory: '–',
    days: '7 d',
  },
  {
    name: 'jonas',
    image: 'workspace 1.4',
    by: 'Jonas Weber',
    status: 'running',
    now: 'Running, idle 41 min',
    memory: '3.1 GB',
    days: '1 d',
  },
  {
    name: 'annotate-q3',
    image: 'workspace 1.3',
    by: 'Tomás Oliveira',
    status: 'stopped',
    now: 'Stopped 3 d ago',
    memory: '–',
    days: '11 d',
  },
  {
    name: 'sam-export',
    image: 'vscode 1.102',
    by: 'Sam Okafor',
    status: 'failed',
    now: 'Failed: image not found',
    memory: '–',
    days: 'Today',
  },
]

export function WorkspacesView() {
  const [profile, setProfile] = useState('medium')
  const [name, setName] = useState('mara-tiles')
  const [days, setDays] = useState<number | null>(7)
  const [storage, setStorage] = useState<number | null>(50)
  const [mine, setMine] = useState<'all' | 'mine'>('all')
  const [open, setOpen] = useState(true)
  const form = (
    <FormAside
      title="Start workspace"
      onClose={() => setOpen(false)}
      footer={
        <>
          <Button variant="primary">Start workspace</Button>
          <Button variant="ghost" onClick={() => setOpen(false)}>
            Cancel
          </Button>
          <span className={css.end}>
            <Keycap keys="Ctrl Enter" />
          </span>
        </>
      }
    >
      <FormStack>
        <Field label="Name">
          <TextInput value={name} onChange={setName} unit={`${name}.lab.acme.io`} />
        </Field>
        <Field label="Profile" group help="1 of 2 GPUs is free. Profiles are set by your administrator.">
          <RadioCards
            aria-label="Profile"
            value={profile}
            onChange={setProfile}
            choices={[
              { value: 'small', label: 'Small', help: '2 CPU, 4 GB\nno GPU' },
              { value: 'medium', label: 'Medium', help: '4 CPU, 16 GB\nno GPU' },
              { value: 'gpu', label: 'GPU', help: '8 CPU, 48 GB\n1 × L4' },
            ]}
          />
        </Field>
        <Field label="Image" help="On this machine already: starts in about 2 s.">
          <Select
            value="w"
            onChange={() => undefined}
            options={[{ value: 'w', label: 'workspace 1.4', hint: 'JupyterLab, terminal, SSH', icon: GroupIcon }]}
          />
        </Field>
        <FieldRow>
          <Field label="Days to live" help="Until Sun 29 Nov, 14:10">
            <NumberInput value={days} onChange={setDays} unit="days" stepper min={1} max={30} />
          </Field>
          <Field label="Storage limit">
            <NumberInput value={storage} onChange={setStorage} unit="GB" />
          </Field>
        </FieldRow>
        <CodeBlock
          snippets={[
            {
              name: 'curl',
              language: 'shell',
              code: `curl "$LAB/projects/defect-vision/workspaces" \\\n  -H "Authorization: Bearer $LAB_TOKEN" \\\n  --json '{"name": "${name}",\n    "profile": "${profile}", "daysToLive": ${days ?? 0}}'`,
            },
            { name: 'Python', language: 'python', code: `env.start_workspace("${name}")` },
          ]}
        />
      </FormStack>
    </FormAside>
  )
  return (
    <Shell current="Workspaces" crumbs={['Defect vision', 'Workspaces']} busy={false}>
      <PageLayout aside={open ? form : undefined}>
        <PageHeader
          title="Workspaces"
          facts="6, 3 running"
          actions={
            <Button icon={PlusIcon} pressed={open} variant={open ? 'outline' : 'primary'} onClick={() => setOpen(true)}>
              Start workspace
            </Button>
          }
        />
        <div className={css.tools}>
          <FilterBar
            value=""
            onChange={() => undefined}
            example="status:running owner:me"
            fields={[{ name: 'status' }, { name: 'owner' }]}
          />
          <Segmented
            size="md"
            value={mine}
            onChange={setMine}
            aria-label="Whose"
            options={[
              { value: 'all', label: 'All' },
              { value: 'mine', label: 'Mine' },
            ]}
          />
        </div>
        <DataTable
          label="Workspaces"
          height="twoLines"
          rows={workspaces}
          rowId={(one) => one.name}
          onOpen={() => undefined}
          columns={[
            {
              id: 'name',
              header: 'Name',
              width: 'minmax(130px, 1.2fr)',
              cell: (one) => (
                <>
                  <StatusMark status={one.status} />
                  <span className={css.two}>
                    <Link to="/p/x" plain>
                      {one.name}
                    </Link>
                    <small>{one.image}</small>
                  </span>
                </>
              ),
            },
            { id: 'by', header: 'By', width: '84px', cell: (one) => <Person name={one.by} first /> },
            {
              id: 'now',
              header: 'Now',
              width: 'minmax(140px, 1.3fr)',
              cell: (one) =>
                one.status === 'running' || one.status === 'stopped' ? (
                  one.now
                ) : (
                  <StatusText status={one.status}>{one.now}</StatusText>
                ),
            },
            {
              id: 'memory',
              header: 'CPU, memory',
              width: '128px',
              cell: (one) =>
                one.status === 'running' ? (
                  <>
                    <Sparkline area name="CPU" width={52} values={steady(one.name.length, 20, 40, 20)} /> {one.memory}
                  </>
                ) : (
                  one.memory
                ),
            },
            { id: 'days', header: 'Removed in', width: '88px', align: 'right', cell: (one) => one.days },
            {
              id: 'action',
              header: '',
              name: 'actions',
              width: '84px',
              align: 'right',
              cell: (one) => (
                <Button size="sm" {...(one.status === 'running' ? { iconAfter: ExternalIcon } : {})}>
                  {one.status === 'running' ? 'Open' : one.status === 'starting' ? 'Watch' : 'Start'}
                </Button>
              ),
            },
          ]}
          phone={(one) => ({
            mark: <StatusMark status={one.status} />,
            name: one.name,
            facts: `${one.image} · ${one.now}`,
            value: one.days,
          })}
        />
        <PageBody>
          <Section title="What the team uses" end="of this project's share">
            <div className={css.meters}>
              <Meter
                label="CPU"
                value="14 of 32 cores"
                valueRight
                total={32}
                parts={[
                  { name: 'used', value: 14 },
                  { name: 'this form', value: 4, tone: 'add' },
                ]}
              />
              <Meter
                label="Memory"
                value="52 of 128 GB"
                valueRight
                total={128}
                parts={[
                  { name: 'used', value: 52 },
                  { name: 'this form', value: 16, tone: 'add' },
                ]}
              />
              <Meter label="GPU" value="1 of 2 L4" valueRight total={2} parts={[{ name: 'used', value: 1 }]} />
            </div>
          </Section>
        </PageBody>
      </PageLayout>
    </Shell>
  )
}

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
    <Shell current="Workspaces" crumbs={['Defect vision', 'Workspaces', 'aiko-label']}>
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
    </Shell>
  )
}

export function EmptyHomeView() {
  const [language, setLanguage] = useState('Python')
  const python = (code: string) => [
    { name: 'Python', language: 'python' as const, code },
    {
      name: 'curl',
      language: 'shell' as const,
      code: 'curl "$LAB/projects/wine-quality/files" \\\n  -H "Authorization: Bearer $LAB_TOKEN"',
    },
    { name: 'CLI', language: 'shell' as const, code: 'mllab files upload winequality-red.csv' },
  ]
  return (
    <Shell current="Home" crumbs={['Wine quality', 'Home']} busy={false}>
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
    </Shell>
  )
}

export function PaletteView() {
  return (
    <Shell current="Home" crumbs={['Churn', 'Home']}>
      <PageLayout>
        <PageHeader title="Churn" />
        <OpenPalette />
      </PageLayout>
    </Shell>
  )
}

function OpenPalette() {
  const open = useOpenPalette()
  usePaletteEntries([
    { id: '1', group: 'go', label: 'churn-scorer', status: 'running', facts: 'Service, 42.6 req/s', to: '/p/churn' },
    {
      id: '2',
      group: 'go',
      label: 'churn-scorer-canary',
      status: 'unhealthy',
      facts: 'Service, memory at its limit',
      to: '/p/churn',
    },
    {
      id: '3',
      group: 'go',
      label: 'churn-classifier',
      icon: ModelIcon,
      facts: 'Model, 15 versions',
      tag: '@champion v14',
      to: '/p/churn',
    },
    { id: '4', group: 'go', label: 'churn-xgb', icon: ExperimentIcon, facts: 'Experiment, 1,284 runs', to: '/p/churn' },
    {
      id: '5',
      group: 'do',
      label: 'Deploy churn-classifier',
      icon: RocketIcon,
      facts: 'as a service',
      keys: 'D',
      run: () => undefined,
    },
    { id: '6', group: 'do', label: 'Upload data', icon: DataIcon, run: () => undefined },
    { id: '7', group: 'find', label: 'Runs of this project', icon: ExperimentIcon, facts: '412', to: '/p/churn' },
  ])
  useEffect(() => open(), [open])
  return null
}
