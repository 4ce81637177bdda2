import { useState } from 'react'
import { Button } from '../components/Button.tsx'
import { CodeAnswer, CodeBlock } from '../components/CodeBlock.tsx'
import { ConfirmDialog } from '../components/ConfirmDialog.tsx'
import { FilterBar } from '../components/FilterBar.tsx'
import {
  ChartIcon,
  DownloadIcon,
  TagIcon,
  TrashIcon,
  DataIcon,
  ExperimentIcon,
  ModelIcon,
  ServiceIcon,
} from '../components/icons.ts'
import { LineageGraph } from '../components/LineageGraph.tsx'
import { LineChart } from '../components/LineChart.tsx'
import { LogView } from '../components/LogView.tsx'
import { Menu } from '../components/Menu.tsx'
import { UploadDrop } from '../components/UploadDrop.tsx'
import { seriesStyle } from '../lib/series.ts'
import { Block } from './ComponentSheet.tsx'
import { falling, now, random, steady, steps } from './samples.ts'
import css from './Sheet.module.css'

/** The larger parts: menu, filter, code, log, charts, dialog. */
export function FormsSheet() {
  const [filter, setFilter] = useState('status:running tags.sweep:14 params.max_depth:4..10')
  const [deleting, setDeleting] = useState(false)
  return (
    <main className={css.sheet}>
      <h1 className="visually-hidden">Larger components</h1>
      <div className={css.column}>
        <Block title="Filter: chips and text in one field">
          <FilterBar
            value={filter}
            onChange={setFilter}
            example="params.eta < 0.1"
            fields={[
              { name: 'status', values: ['running', 'failed', 'finished'] },
              { name: 'params.eta', hint: 'number' },
              { name: 'started', hint: 'time' },
            ]}
          />
        </Block>
        <Block title="Menu, dialog">
          <div className={css.line}>
            <Menu
              align="start"
              items={[
                { label: 'Compare', icon: ChartIcon, keys: 'C' },
                { label: 'Set alias', icon: TagIcon, keys: 'A' },
                { label: 'Download', icon: DownloadIcon },
                'line',
                { label: 'Delete run', icon: TrashIcon, danger: true },
              ]}
              trigger={(trigger) => <Button {...trigger}>Menu</Button>}
            />
            <Button variant="danger" onClick={() => setDeleting(true)}>
              Delete project
            </Button>
          </div>
          <ConfirmDialog
            open={deleting}
            onClose={() => setDeleting(false)}
            title="Delete project Wine quality"
            goesWithIt="3 datasets (84 kB), 41 runs, 1 model, 1 service that answered 12 requests today"
            typeName="wine-quality"
            action="Delete project"
            busyLabel="Deleting project"
            onConfirm={() => Promise.resolve()}
          />
        </Block>
        <Block title="Code to copy">
          <CodeBlock snippets={snippets} />
        </Block>
        <Block title="An answer">
          <CodeAnswer
            facts={<b>200</b>}
            code={'{ "predictions": [{ "churn": 0.7314,\n    "model": "churn-classifier/14" }] }'}
          />
        </Block>
        <Block title="Upload">
          <UploadDrop
            onFiles={() => undefined}
            folders
            hint="Up to 5 TB a file; an interrupted upload goes on where it stopped."
          />
        </Block>
      </div>
      <div className={css.column}>
        <LogView
          title="Last lines of the log"
          facts="replica 3, start 5"
          showNumbers
          lines={logLines}
          maxHeight={280}
        />
        <LogView title="Logs" live lines={logLines.slice(0, 4)} maxHeight={200} />
        <LineChart
          title="Latency, ms"
          xName="time"
          time
          series={latency}
          yRange={[0, 0]}
          marks={[{ kind: 'level', y: 50, label: 'target p99 50 ms' }]}
        />
        <LineChart
          title="Requests per second"
          xName="time"
          time
          yRange={[0, 0]}
          series={[
            {
              id: 'r',
              name: 'requests',
              style: seriesStyle(0),
              curve: { x: times, y: steady(3, 120, 42, 6) },
              area: true,
              live: true,
            },
          ]}
          marks={[{ kind: 'moment', x: now - 30 * 60_000, label: 'v15 to canary' }]}
        />
        <Block title="Lineage">
          <LineageGraph label="Lineage of v9" columns={lineage} />
        </Block>
      </div>
      <div className={css.column}>
        <LineChart
          title="val_logloss"
          facts="lower is better"
          xName="step"
          smoothing={0.8}
          legend={false}
          height={244}
          syncKey="s"
          series={curves}
        />
        <LineChart
          title="gradient norm"
          xName="step"
          log
          height={200}
          syncKey="s"
          series={[
            {
              id: 'g',
              name: 'norm',
              style: seriesStyle(2),
              curve: { x: steps(300), y: falling(5, 300, 900, 0.02, 0.05) },
            },
          ]}
        />
        <LineChart title="nothing yet" xName="step" series={[]} height={140} />
      </div>
    </main>
  )
}

const lineage = [
  [{ id: 'c', icon: DataIcon, name: 'customers v9', facts: 'this version', current: true }],
  [
    { id: 'x', icon: ExperimentIcon, name: 'xgb-098', facts: 'and 11 more', from: ['c'] },
    { id: 'l', icon: ExperimentIcon, name: 'lgbm-09', facts: 'and 2 more', from: ['c'] },
  ],
  [
    { id: 'm', icon: ModelIcon, name: 'classifier', facts: 'v15', from: ['x'] },
    { id: 'n', icon: ModelIcon, name: 'lgbm', facts: 'v3, not deployed', from: ['l'], loose: true },
  ],
  [{ id: 's', icon: ServiceIcon, name: 'churn-scorer', facts: 'running', from: ['m'] }],
]
const times = Array.from({ length: 120 }, (_, index) => now - (120 - index) * 60_000)
const gap = (values: readonly (number | null)[]) =>
  values.map((value, index) => (index > 60 && index < 64 ? null : value))
const latency = [
  { id: 'p50', name: 'p50', style: seriesStyle(0), curve: { x: times, y: gap(steady(1, 120, 8.4, 1)) } },
  { id: 'p95', name: 'p95', style: seriesStyle(4), curve: { x: times, y: gap(steady(2, 120, 19.2, 4)) } },
  { id: 'p99', name: 'p99', style: seriesStyle(1), curve: { x: times, y: gap(steady(4, 120, 31, 8)) } },
]
const curves = [117, 114, 111, 107, 102].map((number, index) => {
  const points = Math.floor(400 + random(number)() * 400)
  return {
    id: String(number),
    name: `xgb-${number}`,
    style: seriesStyle(index),
    curve: { x: steps(points), y: falling(number, points, 0.52, 0.32 + index / 100, 0.025) },
  }
})

const logLines = [
  'start 5, revision 4, limit 2.00 GB, port 8080',
  '\u001b[32mINFO\u001b[0m model-server 1.2, 2 workers',
  'worker 2: loaded churn-classifier v15 (48.2 MB, 412 trees)',
  'worker 2: building explainer, background 20000 rows',
  'GET /health \u001b[1m200\u001b[0m 0.6 ms',
  '\u001b[33mmemory 1.94 GB of 2.00 GB\u001b[0m',
  'worker 2: shap_values batch=512',
  'killed: out of memory, limit 2.00 GB, process 41 (python) held 1.31 GB',
  'exit 137, fifth time in 38 min; no further start',
].map((text, index) => ({
  number: 1180 + index,
  at: now + index * 731,
  text,
  ...(index === 7 || index === 8 ? { level: 'error' as const } : {}),
}))

const snippets = [
  {
    name: 'Python',
    language: 'python' as const,
    code: `import os\nfrom lab_client import Environment\n\nenv = Environment("churn",\n    lab_endpoint="https://lab.acme.io",\n    lab_api_token=os.environ["LAB_TOKEN"])\nscorer = env.service("churn-scorer")\nprint(scorer.predict([{"tenure_months": 7, "plan": "basic"}]))  # 11 ms`,
  },
  {
    name: 'curl',
    language: 'shell' as const,
    code: `curl "$LAB/projects/churn/services" \\\n  -H "Authorization: Bearer $LAB_TOKEN" \\\n  --json '{"name": "churn-scorer"}'`,
  },
  {
    name: 'CLI',
    language: 'shell' as const,
    code: 'mllab services create --model name=churn-classifier --model alias=champion',
  },
]
