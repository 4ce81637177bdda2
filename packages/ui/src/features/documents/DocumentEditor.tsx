import { useQueryClient } from '@tanstack/react-query'
import { type Document, LabProblem } from '@mllab/sdk'
import { Button } from '../../components/Button.tsx'
import { CodeAnswer } from '../../components/CodeBlock.tsx'
import { Field } from '../../components/Field.tsx'
import { TextArea } from '../../components/Input.tsx'
import { Notice, ProblemNotice } from '../../components/Notice.tsx'
import { useSay } from '../../components/Toast.tsx'
import { useApi } from '../../lib/api.ts'
import { problemOf } from '../../lib/problem.ts'
import { QuickForm } from '../workloads/QuickForm.tsx'
import css from './Documents.module.css'
import { documentQuery, useDocumentActions } from './documents.queries.ts'
import { checkJson, pretty } from './json.ts'
import { words } from './words.ts'

/** What somebody is typing; kept by what is around, which looks different on narrow screens. */
export interface Draft {
  collection: string
  key: string
  /** The version that is changed. */
  seen: number
  text: string
  /** What was stored meanwhile. */
  theirs?: Document
}

export const draftOf = ({ collection, key, version, value }: Document): Draft => ({
  collection,
  key,
  seen: version,
  text: pretty(value),
})

/**
 * Changes the version that was seen. What somebody else stored meanwhile is shown beside the own text, and nothing is overwritten before
 * the reader says so.
 */
export function DocumentEditor({
  project,
  draft,
  onChange,
  onDone,
}: {
  project: string
  draft: Draft
  onChange: (draft: Draft) => void
  onDone: () => void
}) {
  const api = useApi()
  const queries = useQueryClient()
  const say = useSay()
  const { put } = useDocumentActions(project)
  const { collection, key, seen, text, theirs } = draft
  const checked = checkJson(text)

  const lookAgain = async (error: unknown) => {
    if (!(error instanceof LabProblem) || error.code !== 'VERSION_MISMATCH') return
    onChange({ ...draft, theirs: await queries.fetchQuery(documentQuery(api, project, collection, key)) })
  }
  const save = (version: number) => {
    if (checked.value === undefined || put.isPending) return
    put.mutate(
      { collection, key, value: checked.value, seen: version },
      {
        onSuccess: () => {
          say({ text: words('one.saved', { key }) })
          onDone()
        },
        onError: (error) => void lookAgain(error),
      },
    )
  }
  const takeTheirs = () => {
    if (!theirs) return
    onChange(draftOf(theirs))
    put.reset()
  }
  return (
    <QuickForm className={css.form} onSend={() => (theirs ? undefined : save(seen))}>
      {theirs ? (
        <>
          <Notice tone="warn">{words('conflict.text', { n: theirs.version })}</Notice>
          <CodeAnswer facts={words('one.stored')} code={pretty(theirs.value)} />
        </>
      ) : null}
      <Field label={words('one.json')} error={checked.error}>
        <TextArea
          mono
          rows={16}
          value={text}
          onChange={(typed) => onChange({ ...draft, text: typed })}
          spellCheck={false}
          autoCapitalize="none"
        />
      </Field>
      {put.error && !theirs ? <ProblemNotice problem={problemOf(put.error)} /> : null}
      <div className={css.buttons}>
        {theirs ? (
          <>
            <Button size="sm" onClick={takeTheirs}>
              {words('conflict.theirs')}
            </Button>
            <Button
              size="sm"
              variant="danger"
              busy={put.isPending}
              busyLabel={words('one.saving')}
              onClick={() => save(theirs.version)}
            >
              {words('conflict.mine')}
            </Button>
          </>
        ) : (
          <Button
            size="sm"
            variant="primary"
            type="submit"
            busy={put.isPending}
            busyLabel={words('one.saving')}
            disabledBecause={checked.error}
          >
            {words('one.save')}
          </Button>
        )}
        <Button size="sm" variant="ghost" onClick={onDone}>
          {words('common.cancel')}
        </Button>
      </div>
    </QuickForm>
  )
}
