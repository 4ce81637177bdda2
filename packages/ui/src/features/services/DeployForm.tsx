import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { useId, useState } from 'react'
import type { Service } from '@mllab/sdk'
import { Button } from '../../components/Button.tsx'
import { Segmented } from '../../components/Choice.tsx'
import { CodeBlock } from '../../components/CodeBlock.tsx'
import { Field, FormStack } from '../../components/Field.tsx'
import { RocketIcon } from '../../components/icons.ts'
import { TextInput } from '../../components/Input.tsx'
import { ProblemNotice } from '../../components/Notice.tsx'
import { FormAside } from '../../components/Page.tsx'
import { Select } from '../../components/Select.tsx'
import { platformAddress } from '../../lib/address.ts'
import { useApi } from '../../lib/api.ts'
import { rowsOf } from '../../lib/pages.ts'
import { fieldError, otherError, problemOf } from '../../lib/problem.ts'
import { slugOf } from '../../lib/slug.ts'
import { modelsQuery, versionsQuery } from '../models/models.queries.ts'
import { EnvField, MemoryField } from '../workloads/fields.tsx'
import { More } from '../workloads/More.tsx'
import { QuickForm } from '../workloads/QuickForm.tsx'
import { optionsQuery as machineQuery } from '../workspaces/workspaces.queries.ts'
import { type CodeInput, isNamed, noCode } from './code-source.ts'
import { type DeployInput, deployBody, deploySnippets, nameOf, serviceUrl } from './deploy-form.ts'
import { CodeServing, DeployCodeFields } from './DeployCodeFields.tsx'
import { ImageField, ImageVariables } from './DeployImageFields.tsx'
import css from './Services.module.css'
import { optionsQuery, useServiceActions } from './services.queries.ts'
import { words } from './words.ts'

const shownFields = [
  'name',
  'slug',
  'model',
  'image',
  'memoryGb',
  'env',
  'code',
  'code.source',
  'code.port',
  'code.health',
]
/** What has to be said first. */
const missing = { model: 'deploy.choose', code: 'code.say', image: 'deploy.chooseImage' } as const

export interface DeployPreset {
  model?: string | undefined
  version?: number | undefined
  memoryGb?: number | null
}

/** Makes a service of a registered model, of code, or of an image. */
export function DeployForm({
  project,
  preset,
  onClose,
  onDeployed,
}: {
  project: string
  preset: DeployPreset
  onClose: () => void
  onDeployed: (service: Service) => void
}) {
  const api = useApi()
  const id = useId()
  const machine = useQuery(machineQuery(api, project)).data
  const models = rowsOf(useInfiniteQuery(modelsQuery(api, project, undefined)).data).rows
  const { create } = useServiceActions(project)
  const [kind, setKind] = useState<DeployInput['kind']>('model')
  const [code, setCode] = useState(noCode)
  const [picked, setPicked] = useState<string | null>(preset.model ?? null)
  const [version, setVersion] = useState(preset.version === undefined ? '' : String(preset.version))
  const [image, setImage] = useState('')
  const [name, setName] = useState<string | null>(null)
  const [memoryGb, setMemoryGb] = useState(preset.memoryGb ?? null)
  const [env, setEnv] = useState('')

  const model = picked ?? models[0]?.name ?? ''
  const versions = rowsOf(
    useInfiniteQuery({ ...versionsQuery(api, project, model), enabled: kind === 'model' && model !== '' }).data,
  ).rows
  const aliases = models.find((one) => one.name === model)?.aliases ?? []
  const served = { kind, model, image, code }
  const input: DeployInput = { ...served, version, name: name ?? nameOf(served), memoryGb, env }
  const number = version.startsWith('@')
    ? aliases.find(({ alias }) => `@${alias}` === version)?.version
    : Number(version)
  const chosen = versions.find((one) => one.version === number) ?? versions[0]
  const ready = kind === 'model' ? model !== '' : kind === 'code' ? isNamed(code) : image !== ''
  const changeCode = (part: Partial<CodeInput>) => setCode((one) => ({ ...one, ...part }))
  const submit = () =>
    ready && !create.isPending ? create.mutate(deployBody(input), { onSuccess: onDeployed }) : undefined
  const other = otherError(create.error, shownFields)
  const images = useQuery(optionsQuery(api, project)).data?.images ?? []
  const [port] = images.find(({ ref }) => ref === image)?.ports ?? []
  const url = serviceUrl(input, platformAddress(), project, kind === 'image' ? port : undefined)

  return (
    <FormAside
      title={preset.model === undefined ? words('deploy.title') : words('deploy.titleModel', { name: preset.model })}
      onClose={onClose}
      footer={
        <>
          <Button
            type="submit"
            form={id}
            variant="primary"
            icon={RocketIcon}
            busy={create.isPending}
            busyLabel={words('deploy.busy')}
            disabledBecause={!ready && words(missing[kind])}
          >
            {words('deploy')}
          </Button>
          <Button variant="ghost" onClick={onClose}>
            {words('common.cancel')}
          </Button>
        </>
      }
    >
      <QuickForm id={id} onSend={submit}>
        <FormStack>
          {preset.model === undefined ? (
            <div>
              <Segmented
                size="md"
                aria-label={words('deploy.what')}
                value={kind}
                onChange={setKind}
                options={[
                  { value: 'model', label: words('deploy.model') },
                  { value: 'code', label: words('deploy.fromCode') },
                  { value: 'image', label: words('deploy.image') },
                ]}
              />
            </div>
          ) : null}
          {kind === 'model' ? (
            <>
              {preset.model === undefined ? (
                <Field
                  label={words('deploy.modelField')}
                  help={models.length === 0 ? words('deploy.modelNone') : undefined}
                  error={fieldError(create.error, 'model')}
                >
                  <Select
                    value={model === '' ? null : model}
                    placeholder={words('deploy.choose')}
                    onChange={(next) => {
                      setPicked(next)
                      setVersion('')
                    }}
                    options={models.map((one) => ({
                      value: one.name,
                      label: one.name,
                      hint: one.latest === null ? '' : `v${one.latest}`,
                    }))}
                  />
                </Field>
              ) : null}
              <Field
                label={words('deploy.version')}
                help={version.startsWith('@') ? words('deploy.versionHelp') : undefined}
                error={preset.model === undefined ? undefined : fieldError(create.error, 'model')}
              >
                <Select
                  value={version === '' && versions[0] ? String(versions[0].version) : version}
                  onChange={setVersion}
                  options={[
                    ...aliases.map(({ alias, version: at }) => ({
                      value: `@${alias}`,
                      label: `@${alias}`,
                      hint: `v${at}`,
                    })),
                    ...versions.map((one, index) => ({
                      value: String(one.version),
                      label: `v${one.version}`,
                      hint: index === 0 ? words('deploy.latest') : '',
                    })),
                  ]}
                />
              </Field>
            </>
          ) : kind === 'code' ? (
            <DeployCodeFields project={project} value={code} onChange={changeCode} error={create.error} />
          ) : (
            <ImageField project={project} value={image} onChange={setImage} error={create.error} />
          )}
          <Field
            label={words('deploy.name')}
            help={words('deploy.nameHelp')}
            error={fieldError(create.error, 'name') ?? fieldError(create.error, 'slug')}
          >
            <TextInput
              value={input.name}
              onChange={setName}
              unit={<code>{slugOf(input.name)}</code>}
              autoComplete="off"
              spellCheck={false}
              maxLength={100}
            />
          </Field>
          <More
            label={words('deploy.more')}
            hint={words(kind === 'code' ? 'deploy.moreHintCode' : 'deploy.moreHint')}
            open={(preset.memoryGb ?? null) !== null}
          >
            <FormStack>
              {kind === 'code' ? <CodeServing value={code} onChange={changeCode} error={create.error} /> : null}
              <MemoryField
                value={memoryGb}
                onChange={setMemoryGb}
                totalBytes={machine?.memoryBytes}
                kind={machine?.memoryLimit}
                error={fieldError(create.error, 'memoryGb')}
              />
              {kind === 'image' ? <ImageVariables project={project} image={image} env={env} onChange={setEnv} /> : null}
              <EnvField value={env} onChange={setEnv} error={fieldError(create.error, 'env')} />
            </FormStack>
          </More>
          {ready ? (
            <p className={css.does}>
              <b>{words('deploy.does')}</b>{' '}
              {kind === 'model' && chosen
                ? words('deploy.doesText', { n: chosen.requirements.length, version: chosen.version, url })
                : words(kind === 'code' ? 'deploy.doesCode' : 'deploy.doesImage', { url })}
            </p>
          ) : null}
          <CodeBlock label={words('deploy.code')} snippets={deploySnippets(input, platformAddress(), project)} />
          {other ? <ProblemNotice problem={problemOf(other)} /> : null}
        </FormStack>
      </QuickForm>
    </FormAside>
  )
}
