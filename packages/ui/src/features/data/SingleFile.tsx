import type { FileVersion } from '@mllab/sdk'
import { Person } from '../../components/Marks.tsx'
import { PageBody } from '../../components/Page.tsx'
import { PropertyList } from '../../components/PropertyList.tsx'
import { CopyButton } from '../../components/Values.tsx'
import { format } from '../../lib/format.ts'
import { data } from '../../text/en/data.ts'
import { pageText } from '../../text/t.ts'
import css from './Data.module.css'

const t = pageText(data)

/** What is known of a version that is one file. */
export function SingleFile({ version }: { version: FileVersion }) {
  return (
    <PageBody>
      <div className={css.facts}>
        <PropertyList
          properties={[
            {
              name: t('data.size'),
              value: sizeOf(version.sizeBytes),
            },
            { name: t('data.type'), value: version.contentType ?? t('common.none') },
            { name: t('data.uploadedAt'), value: format.exact(Date.parse(version.createdAt)) },
            {
              name: t('data.by'),
              value: version.createdBy ? <Person name={version.createdBy.name} /> : t('data.somebody'),
            },
            ...(version.sha256 === null
              ? []
              : [
                  {
                    name: t('data.sha256'),
                    value: (
                      <span className={css.sha}>
                        <code>{version.sha256}</code>{' '}
                        <CopyButton text={version.sha256} name={t('data.sha256')} size="bare" />
                      </span>
                    ),
                  },
                ]),
          ]}
        />
      </div>
    </PageBody>
  )
}

const sizeOf = (bytes: number) =>
  bytes < 1000 ? format.bytes(bytes) : `${format.bytes(bytes)}, ${format.number(bytes)} B`
