import type { Dataset, FileVersion } from '@mllab/sdk'
import { CodeBlock } from '../../components/CodeBlock.tsx'
import { PageBody, Section } from '../../components/Page.tsx'
import { platformPath } from '../../lib/address.ts'
import { data } from '../../text/en/data.ts'
import { pageText } from '../../text/t.ts'
import { useToken } from '../code/use-token.tsx'
import { readingCode, writingCode } from './code.ts'
import css from './Data.module.css'

const t = pageText(data)

/** Code to copy, complete but for the token. */
export function UseIt({ project, dataset, version }: { project: string; dataset: Dataset; version: FileVersion }) {
  const { name, folder } = dataset
  const server = location.origin + platformPath()
  const token = useToken(t('data.tokenName', { name }), 'LAB_API_TOKEN')
  return (
    <PageBody>
      <div className={css.use}>
        <Section title={t('data.codeGet')} end={token.button}>
          <CodeBlock snippets={readingCode({ server, project, name, folder, version: version.version })} />
          <p className={css.help}>{t('data.tokenHelp')}</p>
          {token.secret}
        </Section>
        {folder ? null : (
          <Section title={t('data.codePut')}>
            <CodeBlock snippets={writingCode({ server, project, name })} />
          </Section>
        )}
      </div>
    </PageBody>
  )
}
