import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { Document } from '@mllab/sdk'
import { Button, IconButton } from '../../components/Button.tsx'
import { CodeAnswer } from '../../components/CodeBlock.tsx'
import { ConfirmDialog } from '../../components/ConfirmDialog.tsx'
import { Sheet } from '../../components/Dialog.tsx'
import { CloseIcon } from '../../components/icons.ts'
import { Person } from '../../components/Marks.tsx'
import { Notice, ProblemNotice } from '../../components/Notice.tsx'
import { Aside, Section } from '../../components/Page.tsx'
import { PropertyList } from '../../components/PropertyList.tsx'
import { useSay } from '../../components/Toast.tsx'
import { Bytes, RelativeTime } from '../../components/Values.tsx'
import { useApi } from '../../lib/api.ts'
import { narrow, useMedia } from '../../lib/media.ts'
import { problemOf } from '../../lib/problem.ts'
import css from './Documents.module.css'
import { DocumentEditor, type Draft, draftOf } from './DocumentEditor.tsx'
import { documentQuery, useDocumentActions } from './documents.queries.ts'
import { pretty } from './json.ts'
import { words } from './words.ts'

/** One document beside the list, over it where the window is narrow: read, changed, deleted. */
export function DocumentAside({
  project,
  collection,
  documentKey,
  onClose,
}: {
  project: string
  collection: string
  documentKey: string
  onClose: () => void
}) {
  const found = useQuery(documentQuery(useApi(), project, collection, documentKey))
  const [draft, setDraft] = useState<Draft>()
  const asSheet = useMedia(narrow)
  const body = found.data ? (
    draft ? (
      <DocumentEditor project={project} draft={draft} onChange={setDraft} onDone={() => setDraft(undefined)} />
    ) : (
      <View document={found.data} project={project} onEdit={() => setDraft(draftOf(found.data))} onDeleted={onClose} />
    )
  ) : found.error ? (
    problemOf(found.error).code === 'NOT_FOUND' ? (
      <Notice tone="plain">{words('one.gone')}</Notice>
    ) : (
      <ProblemNotice problem={problemOf(found.error)} />
    )
  ) : null
  const facts = found.data ? <Facts document={found.data} /> : null
  if (asSheet)
    return (
      <Sheet open title={documentKey} onClose={onClose}>
        <div className={css.form}>
          {body}
          {facts}
        </div>
      </Sheet>
    )
  return (
    <Aside label={documentKey} width="code">
      <Section
        title={documentKey}
        end={<IconButton icon={CloseIcon} label={words('common.close')} onClick={onClose} />}
      >
        {body}
      </Section>
      {facts}
    </Aside>
  )
}

function View({
  document,
  project,
  onEdit,
  onDeleted,
}: {
  document: Document
  project: string
  onEdit: () => void
  onDeleted: () => void
}) {
  const { remove } = useDocumentActions(project)
  const [asking, setAsking] = useState(false)
  const say = useSay()
  const { key, can } = document
  return (
    <div className={css.form}>
      <CodeAnswer facts={words('one.version', { n: document.version })} code={pretty(document.value)} />
      <div className={css.buttons}>
        {can.includes('change') ? (
          <Button size="sm" onClick={onEdit}>
            {words('one.edit')}
          </Button>
        ) : null}
        {can.includes('delete') ? (
          <Button size="sm" variant="danger" onClick={() => setAsking(true)}>
            {words('one.delete')}
          </Button>
        ) : null}
      </div>
      <ConfirmDialog
        open={asking}
        onClose={() => setAsking(false)}
        title={words('one.deleteTitle', { key })}
        action={words('one.delete')}
        busyLabel={words('one.deleting')}
        error={remove.error ? <ProblemNotice problem={problemOf(remove.error)} /> : undefined}
        onConfirm={async () => {
          await remove.mutateAsync(document)
          say({ text: words('one.deleted', { key }) })
          onDeleted()
        }}
      >
        <p>{words('one.deleteText')}</p>
      </ConfirmDialog>
    </div>
  )
}

function Facts({ document }: { document: Document }) {
  return (
    <Section title={words('one.facts')}>
      <PropertyList
        properties={[
          { name: words('one.created'), value: <RelativeTime at={Date.parse(document.createdAt)} /> },
          { name: words('one.changed'), value: <RelativeTime at={Date.parse(document.updatedAt)} /> },
          ...(document.updatedBy ? [{ name: words('one.by'), value: <Person name={document.updatedBy.name} /> }] : []),
          {
            name: words('collections.size'),
            value: <Bytes value={new TextEncoder().encode(JSON.stringify(document.value)).byteLength} />,
          },
        ]}
      />
    </Section>
  )
}
