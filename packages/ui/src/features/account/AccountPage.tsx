import { PageBody, PageHeader, PageLayout } from '../../components/Page.tsx'
import { useMe } from '../../lib/queries.ts'
import { useCrumbs } from '../../shell/crumbs.ts'
import { account } from '../../text/en/account.ts'
import { pageText } from '../../text/t.ts'
import { Secrets } from '../secrets/Secrets.tsx'
import { Links } from './Links.tsx'
import { PasswordSection } from './PasswordSection.tsx'
import { Profile } from './Profile.tsx'
import { Sessions } from './Sessions.tsx'
import { Tokens } from './Tokens.tsx'

const t = pageText(account)

/** `/app/account` */
export function AccountPage() {
  const me = useMe()
  useCrumbs([{ label: t('account.title') }])
  return (
    <PageLayout centred>
      <PageHeader title={me.name} below={me.username} />
      <PageBody>
        <Profile me={me} />
        <Tokens />
        <Secrets owner="me" />
        <PasswordSection me={me} />
        <Sessions />
        <Links />
      </PageBody>
    </PageLayout>
  )
}
