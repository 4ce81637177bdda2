import { TabLinks } from '../../components/Tabs.tsx'
import { addresses } from '../../lib/address.ts'
import { collectionsAddress } from './addresses.ts'
import { words } from './words.ts'

/** The kinds of data of a project: datasets and documents. */
export function DataTabs({ project, current }: { project: string; current: 'datasets' | 'documents' }) {
  return (
    <TabLinks
      label={words('tabs.label')}
      tabs={[
        { label: words('tabs.datasets'), to: addresses.section(project, 'data'), current: current === 'datasets' },
        { label: words('tabs.documents'), to: collectionsAddress(project), current: current === 'documents' },
      ]}
    />
  )
}
