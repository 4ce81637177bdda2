import { useReducer, useState, type ReactNode } from 'react'
import { Button, IconButton } from '../components/Button.tsx'
import { Checkbox, Radio, Segmented, Slider, Switch } from '../components/Choice.tsx'
import { DataTable } from '../components/DataTable.tsx'
import { Field } from '../components/Field.tsx'
import { Meter, Progress, Skeleton } from '../components/Gauges.tsx'
import { CopyIcon, MoreIcon, RocketIcon, TrashIcon } from '../components/icons.ts'
import { NumberInput, PasswordInput, TextInput } from '../components/Input.tsx'
import { Badge, Chip, Keycap, NewPill, People, Person, SeriesMark, Tag } from '../components/Marks.tsx'
import { EmptyState, NoMatch, Notice, ProblemNotice } from '../components/Notice.tsx'
import { Select } from '../components/Select.tsx'
import { Sparkline } from '../components/Sparkline.tsx'
import { Ring, StatusMark, StatusPill, statusWord } from '../components/Status.tsx'
import { ChartTip } from '../components/Tip.tsx'
import { Toast } from '../components/Toast.tsx'
import { Bytes, CopyId, Duration, MetricValue, RelativeTime } from '../components/Values.tsx'
import { nothingSelected, select } from '../lib/selection.ts'
import { seriesStyle } from '../lib/series.ts'
import type { Status } from '../lib/status.ts'
import { ActivityList } from '../shell/ActivityMenu.tsx'
import { Mark } from '../shell/Frame.tsx'
import { activities, falling, now } from './samples.ts'
import css from './Sheet.module.css'

/** Every small part with its states. */
export function ComponentSheet() {
  return (
    <main className={css.sheet}>
      <h1 className="visually-hidden">Components</h1>
      <div className={css.column}>
        <Buttons />
        <Statuses />
        <Fields />
        <Small />
        <Tips />
      </div>
      <div className={css.column}>
        <Rows />
        <Words />
        <Block title="Long work, in the activity menu">
          <div className={css.frame}>
            <ActivityList activities={activities} />
          </div>
        </Block>
        <Gauges />
        <Values />
      </div>
      <div className={css.column}>
        <Type />
        <Series />
        <States />
      </div>
    </main>
  )
}

export function Block({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className={css.block}>
      <h2 className={css.title}>{title}</h2>
      {children}
    </section>
  )
}

const Line = ({ name, children }: { name?: string; children: ReactNode }) => (
  <div className={css.line}>
    {name === undefined ? null : <span className={css.name}>{name}</span>}
    {children}
  </div>
)

function Buttons() {
  const [view, setView] = useState<'step' | 'time'>('step')
  return (
    <Block title="Button: 32, 28 in tables and panels, 44 on touch">
      <Line name="rest">
        <Button variant="primary">Deploy</Button>
        <Button>Compare</Button>
        <Button variant="ghost">Cancel</Button>
        <Button variant="danger" icon={TrashIcon}>
          Delete
        </Button>
      </Line>
      <Line name="focus">
        <span className={css.focus}>
          <Button variant="primary">Deploy</Button>
        </span>
        <span className={css.focus}>
          <Button>Compare</Button>
        </span>
        <span className={css.focus}>
          <Button variant="ghost">Cancel</Button>
        </span>
      </Line>
      <Line name="off">
        <Button variant="primary" disabledBecause="No model is registered yet">
          Deploy
        </Button>
        <Button disabledBecause="Choose two runs or more">Compare</Button>
        <span className={css.faint}>says why when focused</span>
      </Line>
      <Line name="busy">
        <Button variant="primary" busy busyLabel="Deploying">
          Deploy
        </Button>
        <Button size="sm" keys="C">
          Small
        </Button>
        <IconButton icon={MoreIcon} outline label="More actions" />
        <Segmented
          value={view}
          onChange={setView}
          aria-label="x axis"
          options={[
            { value: 'step', label: 'Step' },
            { value: 'time', label: 'Time' },
          ]}
        />
      </Line>
      <Line name="touch">
        <Button variant="primary" size="touch" icon={RocketIcon}>
          Deploy model
        </Button>
        <Button size="touch" pressed>
          Pressed
        </Button>
        <IconButton icon={CopyIcon} size="touch" label="Copy" />
      </Line>
    </Block>
  )
}

const workloads: Status[] = ['starting', 'running', 'unhealthy', 'stopping', 'stopped', 'failed']
const runWords: Status[] = ['queued', 'finished', 'killed']

function Statuses() {
  return (
    <Block title="Status: shape, colour and word. Green is alive, not good">
      <div className={css.three}>
        {workloads.map((status) => (
          <span key={status}>
            <StatusPill status={status} />
          </span>
        ))}
      </div>
      <Line>
        <span className={css.faint}>and for runs</span>
        {runWords.map((status) => (
          <span key={status} className={css.inline}>
            <StatusMark status={status} label={false} size={14} /> {statusWord(status)}
          </span>
        ))}
        <StatusMark status="running" size={12} />
        <Ring share={0.6} />
      </Line>
    </Block>
  )
}

function Fields() {
  const [text, setText] = useState('mara-tiles')
  const [memory, setMemory] = useState<number | null>(2)
  const [days, setDays] = useState<number | null>(7)
  const [image, setImage] = useState('workspace')
  const [secret, setSecret] = useState('correct horse battery')
  const [on, setOn] = useState(true)
  const [share, setShare] = useState(62)
  return (
    <Block title="Field: label above, help below, answer by the field">
      <div className={css.two}>
        <Field label="Name" help="Letters, digits, hyphens">
          <TextInput value={text} onChange={setText} />
        </Field>
        <Field label="Password" good="21 characters, in no known leak">
          <PasswordInput value={secret} onChange={setSecret} />
        </Field>
        <Field label="Memory" error="Needs 3 GB or more">
          <NumberInput value={memory} onChange={setMemory} unit="GB" />
        </Field>
        <Field label="Image" help="Select">
          <Select
            value={image}
            onChange={setImage}
            options={[
              { value: 'workspace', label: 'workspace 1.4' },
              { value: 'gpu', label: 'gpu 1.4', hint: 'CUDA 13' },
            ]}
          />
        </Field>
        <Field label="Days to live" help="Until Sun 29 Nov, 14:10">
          <NumberInput value={days} onChange={setDays} unit="days" stepper min={1} max={30} />
        </Field>
        <Field label="Not now">
          <TextInput value="fixed by your administrator" onChange={() => undefined} disabled />
        </Field>
      </div>
      <Line>
        <Checkbox checked={on} onChange={setOn} aria-label="on" />
        <Checkbox checked={false} onChange={setOn} aria-label="off" />
        <Checkbox checked="some" onChange={setOn} aria-label="some" />
        <Radio name="sheet" label="" defaultChecked aria-label="one" />
        <Radio name="sheet" label="" aria-label="two" />
        <Switch checked={on} onChange={setOn} aria-label="Live" />
        <Switch checked={false} onChange={setOn} aria-label="Not live" />
        <span className={css.short}>
          <Slider value={share} onChange={setShare} min={0} max={100} aria-label="Smoothing" />
        </span>
      </Line>
    </Block>
  )
}

function Small() {
  return (
    <Block title="Chip, tag, badge, key, person">
      <Line>
        <Chip field="status" name="status:running" onRemove={() => undefined}>
          running
        </Chip>
        <Tag>v14</Tag>
        <Tag accent>@champion</Tag>
        <Badge>24</Badge>
        <Keycap keys="Ctrl K" />
        <Person name="Mara Lindqvist" bare size={24} />
        <Person name="Jonas Weber" bare />
      </Line>
      <Line>
        <NewPill onClick={() => undefined}>3 new runs</NewPill>
        <People
          names={['Mara Lindqvist', 'Jonas Weber', 'Aiko Tanaka', 'Priya Raman', 'Tomás Oliveira', 'Sam Okafor']}
          most={4}
        />
        <Person name="Aiko Tanaka" />
      </Line>
    </Block>
  )
}

function Tips() {
  return (
    <Block title="Tip">
      <Line>
        <ChartTip
          title="step 320"
          rows={[
            { name: 'train', value: '0.5168', color: 'var(--series-1)' },
            { name: 'val', value: '0.5686', color: 'var(--series-2)' },
          ]}
        />
        <span className={css.tip}>22 Nov 2026, 14:10:02 UTC</span>
      </Line>
      <Line>
        <Mark size={20} />
        <Mark size={28} />
        <span className={css.faint}>a loss curve that settles is the L of Lab</span>
      </Line>
    </Block>
  )
}

const sampleRows = ['rest', 'keyboard cursor', 'chosen'].map((facts, index) => ({
  id: String(index),
  name: 'xgb-d8-eta05-117',
  auc: 0.881234,
  facts,
}))

function Rows() {
  const [selection, dispatch] = useReducer(select, { ...nothingSelected, chosen: new Set(['2']), cursor: '1' })
  return (
    <Block title="Table row: 36, compact 32, touch 60">
      <div className={css.tableFrame}>
        <DataTable
          label="Rows in all states"
          rows={sampleRows}
          rowId={(row) => row.id}
          selection={selection}
          onSelect={dispatch}
          loading
          hasMore
          columns={[
            {
              id: 'name',
              header: 'Name',
              width: 'minmax(120px, 1fr)',
              sortable: true,
              cell: (row) => (
                <>
                  <StatusMark status="finished" />
                  <b className={css.strong}>{row.name}</b>
                </>
              ),
            },
            {
              id: 'auc',
              header: 'val_auc',
              width: '80px',
              align: 'right',
              strong: true,
              sortable: true,
              cell: (row) => <MetricValue value={row.auc} />,
            },
            { id: 'facts', header: 'State', width: '116px', align: 'right', cell: (row) => row.facts },
          ]}
          sort={{ by: 'auc', direction: 'down' }}
          onSort={() => undefined}
        />
      </div>
    </Block>
  )
}

function Words() {
  return (
    <Block title="Delete with undo; a word, bottom left, 10 s">
      <Line>
        <Toast word={{ text: '3 runs deleted', undo: () => undefined, seconds: 9999 }} onDone={() => undefined} />
      </Line>
    </Block>
  )
}

function Gauges() {
  return (
    <Block title="Meter, progress, skeleton">
      <div className={css.stack}>
        <Meter
          label="Storage"
          value="184 of 250 GB"
          total={250}
          aside="203 GB by 30 Nov"
          legend
          parts={[
            { name: 'Data', value: 122, color: 'var(--series-1)' },
            { name: 'Artifacts', value: 44, color: 'var(--series-3)' },
            { name: 'Workspaces', value: 18, color: 'var(--series-5)' },
          ]}
        />
        <Meter
          label="CPU"
          value="14 of 32 cores"
          valueRight
          total={32}
          parts={[
            { name: 'used', value: 14 },
            { name: 'this', value: 4, tone: 'add' },
          ]}
        />
        <Progress value={0.63} label="Upload" thick />
        <div className={css.inline}>
          <Skeleton width={120} /> <Skeleton width={20} height={20} round /> <Skeleton width={48} />
        </div>
      </div>
    </Block>
  )
}

function Values() {
  return (
    <Block title="Values: short, with the exact one on hover">
      <Line>
        <RelativeTime at={now - 4 * 60_000} />
        <Duration ms={8_052_000} />
        <Bytes value={1_410_000_000} />
        <MetricValue value={0.881234567} best />
        <CopyId value="9f3c27ab4e1c9a2d" />
      </Line>
    </Block>
  )
}

function Type() {
  return (
    <Block title="Type: three sizes a page">
      <div className={css.type}>
        <p className={css.typeTitle}>Title 20/28, 600</p>
        <p>
          Base 14/20, <b className={css.strong}>500 for names</b>, <b>600 for headings</b>
        </p>
        <p className={css.dense}>Dense 13/20 for tables, labels, help</p>
        <code>Code 12/20: ids, keys, logs 9f3c27ab</code>
        <p className={css.tick}>Tick 11/16 in figures and badges</p>
      </div>
    </Block>
  )
}

function Series() {
  return (
    <Block title="Series: Okabe-Ito, in this order; a run keeps its colour">
      <div className={css.series}>
        {Array.from({ length: 9 }, (_, index) => {
          const color = index < 8 ? seriesStyle(index).color : 'var(--series-rest)'
          return (
            <span key={index} className={css.swatchCell}>
              <svg className={css.swatch} aria-hidden>
                <rect width="100%" height="100%" rx="4" fill={color} />
              </svg>
              {index < 8 ? index + 1 : 'rest'}
            </span>
          )
        })}
      </div>
      <Line>
        {[0, 1, 2, 3].map((slot) => (
          <Sparkline
            key={slot}
            name="loss"
            live
            values={falling(slot + 3, 22, 0.6, 0.3, 0.05)}
            color={seriesStyle(slot).color}
          />
        ))}
        <SeriesMark color="var(--series-6)" />
        <SeriesMark line color="var(--series-6)" />
      </Line>
    </Block>
  )
}

function States() {
  return (
    <>
      <Block title="Nothing yet">
        <EmptyState
          title="No services yet"
          actions={
            <>
              <Button variant="primary" icon={RocketIcon}>
                Deploy model
              </Button>
              <Button>Show as code</Button>
            </>
          }
        >
          Any image with an HTTP server, or a model, becomes a URL.
        </EmptyState>
      </Block>
      <Block title="No match">
        <NoMatch
          noun="run"
          filters={3}
          without={{ filter: 'val_auc > 0.9', count: 118, onRemove: () => undefined }}
          onClear={() => undefined}
        />
      </Block>
      <Block title="Something needs you; something failed here">
        <div className={css.stack}>
          <Notice tone="warn" action={<Button size="sm">Open</Button>}>
            <b>churn-scorer-canary</b> 1 of 3 replicas is not ready
          </Notice>
          <Notice tone="failed" action={<Button size="sm">Try again</Button>}>
            Metrics could not be read: timed out after 5 s. <CopyId value="req_8f21c0" short={false} />
          </Notice>
          <ProblemNotice
            problem={{
              code: 'WORKLOAD_OUT_OF_MEMORY',
              title: 'Out of memory',
              detail: 'Its memory reached the limit of 2.00 GB and the process was killed (exit 137).',
              fix: 'Give it 3 GB or more.',
              requestId: 'req_8f21c07d',
              docs: 'https://example.invalid/errors/WORKLOAD_OUT_OF_MEMORY',
            }}
          />
        </div>
      </Block>
    </>
  )
}
