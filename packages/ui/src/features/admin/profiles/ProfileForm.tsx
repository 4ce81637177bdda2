import { useEffect, useId, useRef, useState, type ReactNode } from 'react'
import { Button } from '../../../components/Button.tsx'
import { Checkbox } from '../../../components/Choice.tsx'
import { Field, FormStack } from '../../../components/Field.tsx'
import { TextArea, TextInput } from '../../../components/Input.tsx'
import { ProblemNotice } from '../../../components/Notice.tsx'
import { FormAside } from '../../../components/Page.tsx'
import { problemOf } from '../../../lib/problem.ts'
import { slugOf } from '../../../lib/slug.ts'
import { EnvField, MemoryField } from '../../workloads/fields.tsx'
import { More } from '../../workloads/More.tsx'
import { QuickForm } from '../../workloads/QuickForm.tsx'
import { CpuField } from '../../workspaces/form/CpuField.tsx'
import { LifeField } from '../../workspaces/form/LifeField.tsx'
import { innerError } from '../../workspaces/inner-error.ts'
import type { ErrorAt } from './error-at.ts'
import { ParametersField } from './ParametersField.tsx'
import { bodyOf, missingIn, type ProfileDraft } from './profile-form.ts'
import css from './Profiles.module.css'
import { type Machine, useProfileActions } from './profiles.queries.ts'
import { words } from './words.ts'

/** Fields that show what the server says about them. */
const shownFields = ['name', 'params.profile', 'description', 'image', 'cpus', 'memoryGb', 'env', 'parameters', 'life']

interface ProfileFormProps {
  /** Null for a new one, whose slug is made of its name. */
  slug: string | null
  /** Slugs that a new one must not have. */
  taken: readonly string[]
  value: ProfileDraft
  onChange: (draft: ProfileDraft) => void
  machine: Machine
  /** What people will see, where there is no place for it beside the form. */
  preview: ReactNode
  onClose: () => void
  onSaved: () => void
}

/** A profile: what a workspace of it is made of, and what people are asked. */
export function ProfileForm({ slug, taken, value, onChange, machine, preview, onClose, onSaved }: ProfileFormProps) {
  const { save } = useProfileActions()
  const [tries, setTries] = useState(0)
  const form = useRef<HTMLDivElement>(null)
  const id = useId()
  const images = useId()
  const { error } = save
  const missing = missingIn(value, slug === null ? taken : [])
  const errorAt: ErrorAt = (field) => {
    const own = tries === 0 ? undefined : [...missing].find(([at]) => at === field || at.startsWith(`${field}.`))
    return own ? words(`form.${own[1]}`) : innerError(error, field)
  }
  const other = error && !shownFields.some((field) => innerError(error, field) !== undefined) ? error : null
  const change = (part: Partial<ProfileDraft>) => onChange({ ...value, ...part })
  const submit = () => {
    setTries(tries + 1)
    if (missing.size > 0 || save.isPending) return
    save.mutate({ slug: slug ?? slugOf(value.name), body: bodyOf(value) }, { onSuccess: onSaved })
  }
  useEffect(() => {
    if (tries > 0) form.current?.querySelector<HTMLElement>('[aria-invalid]')?.focus()
  }, [tries, error])

  return (
    <FormAside
      title={slug === null ? words('form.new') : words('form.edit', { name: value.name })}
      onClose={onClose}
      footer={
        <>
          <Button type="submit" form={id} variant="primary" busy={save.isPending} busyLabel={words('form.saving')}>
            {words('form.save')}
          </Button>
          <Button variant="ghost" onClick={onClose}>
            {words('common.cancel')}
          </Button>
        </>
      }
    >
      <QuickForm id={id} onSend={submit}>
        <div ref={form}>
          <FormStack>
            <Field
              label={words('name')}
              help={slug === null ? undefined : words('form.stays')}
              error={errorAt('name') ?? errorAt('params.profile')}
            >
              <TextInput
                value={value.name}
                onChange={(name) => change({ name })}
                unit={<code>{slug ?? slugOf(value.name)}</code>}
                maxLength={100}
                autoComplete="off"
              />
            </Field>
            <Field label={words('form.description')} aside={words('form.optional')} error={errorAt('description')}>
              <TextArea
                rows={2}
                value={value.description}
                onChange={(description) => change({ description })}
                maxLength={2000}
              />
            </Field>
            <Field
              label={words('image')}
              help={machine?.images.find(({ ref }) => ref === value.image)?.title ?? words('form.imageHelp')}
              error={errorAt('image')}
            >
              <TextInput
                mono
                value={value.image}
                onChange={(image) => change({ image })}
                list={images}
                maxLength={300}
                autoComplete="off"
                autoCapitalize="none"
                spellCheck={false}
              />
            </Field>
            <datalist id={images}>
              {machine?.images.map(({ ref, title }) => (
                <option key={ref} value={ref}>
                  {title}
                </option>
              ))}
            </datalist>
            <Checkbox
              checked={value.default}
              onChange={(usual) => change({ default: usual })}
              label={words('form.default')}
              help={words('form.defaultHelp')}
            />
            <CpuField
              value={value.cpus}
              onChange={(cpus) => change({ cpus })}
              cores={machine?.cpus}
              most={undefined}
              error={errorAt('cpus')}
            />
            <MemoryField
              value={value.memoryGb}
              onChange={(memoryGb) => change({ memoryGb })}
              totalBytes={machine?.memoryBytes}
              kind={machine?.memoryLimit}
              error={errorAt('memoryGb')}
            />
            <ParametersField
              value={value.parameters}
              onChange={(parameters) => change({ parameters })}
              images={(machine?.images ?? []).map(({ ref }) => ref)}
              errorAt={errorAt}
            />
            <EnvField
              value={value.env}
              onChange={(env) => change({ env })}
              help={words('form.envHelp')}
              error={errorAt('env')}
            />
            <LifeField
              value={value.life}
              onChange={(life) => change({ life })}
              rules={machine?.life}
              canSuspend={machine?.canSuspend ?? true}
              error={error}
            />
            {preview === null ? null : (
              <div className={css.part}>
                <More label={words('preview.title')} open>
                  {preview}
                </More>
              </div>
            )}
            {other ? <ProblemNotice problem={problemOf(other)} /> : null}
          </FormStack>
        </div>
      </QuickForm>
    </FormAside>
  )
}
