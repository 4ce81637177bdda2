import { useQuery } from '@tanstack/react-query'
import type { SharedWorkspace } from '@mllab/sdk'
import { Button } from '../../components/Button.tsx'
import { DataTable } from '../../components/DataTable.tsx'
import { ExternalIcon } from '../../components/icons.ts'
import { Link } from '../../components/Link.tsx'
import { Person } from '../../components/Marks.tsx'
import { PageBody, Section } from '../../components/Page.tsx'
import { StatusMark } from '../../components/Status.tsx'
import type { Column } from '../../components/table.ts'
import { RelativeTime } from '../../components/Values.tsx'
import { addresses } from '../../lib/address.ts'
import { useApi } from '../../lib/api.ts'
import { sharedWithMeQuery } from './shared.queries.ts'
import { words } from './words.ts'

/** Workspaces of others that the reader may enter, in every project. Nothing where there are none. */
export function SharedWithMe() {
  const rows = useQuery(sharedWithMeQuery(useApi())).data?.items ?? []
  if (rows.length === 0) return null
  return (
    <PageBody>
      <Section title={words('shared.title')} count={rows.length}>
        <DataTable
          label={words('shared.title')}
          inset
          rows={rows}
          columns={columns}
          rowId={(one) => `${one.id} ${one.port ?? ''}`}
          rowName={(one) => one.name}
          phone={(one) => ({
            mark: <StatusMark status={one.status} />,
            name: one.name,
            facts: `${one.owner.name} · ${whatOf(one)}`,
            value: <Open shared={one} />,
          })}
        />
      </Section>
    </PageBody>
  )
}

const columns: readonly Column<SharedWorkspace>[] = [
  {
    id: 'name',
    header: words('shared.name'),
    width: 'minmax(150px, 1.2fr)',
    cell: (one) => (
      <>
        <StatusMark status={one.status} /> {one.name}
      </>
    ),
  },
  { id: 'owner', header: words('shared.owner'), width: '120px', cell: (one) => <Person name={one.owner.name} first /> },
  {
    id: 'project',
    header: words('shared.project'),
    width: 'minmax(90px, 0.8fr)',
    cell: (one) => <Link to={addresses.section(one.project, 'workspaces')}>{one.project}</Link>,
  },
  { id: 'what', header: words('shared.what'), width: 'minmax(140px, 1fr)', cell: whatOf },
  {
    id: 'until',
    header: words('shared.until'),
    width: '110px',
    cell: (one) => (one.expiresAt === null ? words('shared.forEver') : <RelativeTime at={Date.parse(one.expiresAt)} />),
  },
  {
    id: 'open',
    header: '',
    name: words('shared.open'),
    width: '92px',
    align: 'right',
    cell: (one) => <Open shared={one} />,
  },
]

function whatOf({ port }: SharedWorkspace) {
  return port === null ? words('shared.whole') : words('shared.port', { name: port })
}

/** In a tab of its own, which shares nothing with this one. Only its owner can start it. */
function Open({ shared }: { shared: SharedWorkspace }) {
  const runs = shared.status === 'running' || shared.status === 'unhealthy'
  return (
    <Button
      size="sm"
      iconAfter={ExternalIcon}
      aria-label={words('shared.openNamed', { name: shared.name })}
      disabledBecause={!runs && words('shared.rests')}
      onClick={() => window.open(shared.url, '_blank', 'noopener')}
    >
      {words('shared.open')}
    </Button>
  )
}
