import { useState } from 'react'
import { Button } from '../../components/Button.tsx'
import { RadioCards, Segmented } from '../../components/Choice.tsx'
import { CodeBlock } from '../../components/CodeBlock.tsx'
import { DataTable } from '../../components/DataTable.tsx'
import { Field, FieldRow, FormStack } from '../../components/Field.tsx'
import { FilterBar } from '../../components/FilterBar.tsx'
import { Meter } from '../../components/Gauges.tsx'
import { ExternalIcon, GroupIcon, PlusIcon } from '../../components/icons.ts'
import { NumberInput, TextInput } from '../../components/Input.tsx'
import { Link } from '../../components/Link.tsx'
import { Keycap, Person } from '../../components/Marks.tsx'
import { FormAside, PageBody, PageHeader, PageLayout, Section } from '../../components/Page.tsx'
import { Select } from '../../components/Select.tsx'
import { Sparkline } from '../../components/Sparkline.tsx'
import { StatusMark, StatusText } from '../../components/Status.tsx'
import type { Status } from '../../lib/status.ts'
import { steady } from '../samples.ts'
import css from '../Views.module.css'
import { SampleShell } from './SampleShell.tsx'

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
    <SampleShell current="Workspaces" crumbs={['Defect vision', 'Workspaces']} busy={false}>
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
    </SampleShell>
  )
}
