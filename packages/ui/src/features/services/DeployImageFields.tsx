import { useQuery } from '@tanstack/react-query'
import { Button } from '../../components/Button.tsx'
import { Field } from '../../components/Field.tsx'
import { PlusIcon } from '../../components/icons.ts'
import { Select } from '../../components/Select.tsx'
import { useApi } from '../../lib/api.ts'
import { fieldError } from '../../lib/problem.ts'
import { parseEnv } from '../workloads/env.ts'
import css from './Services.module.css'
import { optionsQuery } from './services.queries.ts'
import { words } from './words.ts'

/** An image with a server in it. */
export function ImageField({
  project,
  value,
  onChange,
  error,
}: {
  project: string
  value: string
  onChange: (image: string) => void
  error: unknown
}) {
  const images = useQuery(optionsQuery(useApi(), project)).data?.images ?? []
  return (
    <Field label={words('deploy.image')} help={words('deploy.imageHelp')} error={fieldError(error, 'image')}>
      <Select
        value={value === '' ? null : value}
        placeholder={words('deploy.chooseImage')}
        onChange={onChange}
        options={images.map(({ ref, ports }) => ({ value: ref, label: ref, hint: ports.join(', ') }))}
      />
    </Field>
  )
}

/** Variables the image can be given, each with what it is otherwise; a click writes it into the field. */
export function ImageVariables({
  project,
  image,
  env,
  onChange,
}: {
  project: string
  image: string
  env: string
  onChange: (env: string) => void
}) {
  const images = useQuery(optionsQuery(useApi(), project)).data?.images ?? []
  const given = parseEnv(env).env
  const open = Object.entries(images.find(({ ref }) => ref === image)?.variables ?? {}).filter(
    ([name]) => !(name in given),
  )
  if (open.length === 0) return null
  return (
    <Field label={words('deploy.imageVariables')} group help={words('deploy.imageVariablesHelp')}>
      <div className={css.variables}>
        {open.map(([name, value]) => (
          <Button
            key={name}
            size="sm"
            icon={PlusIcon}
            onClick={() => onChange(`${env === '' || env.endsWith('\n') ? env : `${env}\n`}${name}=${value}\n`)}
          >
            <code>
              {name}={value}
            </code>
          </Button>
        ))}
      </div>
    </Field>
  )
}
