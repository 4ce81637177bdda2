import { useEffect } from 'react'
import { DataIcon, ExperimentIcon, ModelIcon, RocketIcon } from '../../components/icons.ts'
import { PageHeader, PageLayout } from '../../components/Page.tsx'
import { useOpenPalette, usePaletteEntries } from '../../shell/palette.tsx'
import { SampleShell } from './SampleShell.tsx'

export function PaletteView() {
  return (
    <SampleShell current="Home" crumbs={['Churn', 'Home']}>
      <PageLayout>
        <PageHeader title="Churn" />
        <OpenPalette />
      </PageLayout>
    </SampleShell>
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
