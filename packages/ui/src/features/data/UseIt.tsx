import type { Dataset, FileVersion } from '@mllab/sdk'
import { CodeBlock } from '../../components/CodeBlock.tsx'
import { Link } from '../../components/Link.tsx'
import { PageBody, Section } from '../../components/Page.tsx'
import { addresses, platformPath } from '../../lib/address.ts'
import { data } from '../../text/en/data.ts'
import { pageText } from '../../text/t.ts'
import { readingCode, writingCode } from './code.ts'
import css from './Data.module.css'

const t = pageText(data)

/** Code to copy, complete but for the token. */
export function UseIt({ project, dataset, version }: { project: string; dataset: Dataset; version: FileVersion }) {
  const { name, folder } = dataset
  return (
    <PageBody>
      <div className={css.use}>
        <Section title={t('data.codeGet')}>
          <CodeBlock snippets={readingCode({ project, name, folder, version: version.version })} />
          <p className={css.help}>
            {t('data.tokenHelp', { address: location.origin + platformPath() })}{' '}
            <Link to={addresses.account} search={{ tab: 'tokens' }}>
              {t('data.makeToken')}
            </Link>
          </p>
        </Section>
        {folder ? null : (
          <Section title={t('data.codePut')}>
            <CodeBlock snippets={writingCode({ project, name })} />
          </Section>
        )}
      </div>
    </PageBody>
  )
}
