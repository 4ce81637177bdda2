import {
  LabError,
  type FieldProblem,
  type ParameterValues,
  type ProfileBody,
  type ProfileParameter,
} from '@mllab/contract'

type Value = string | number | boolean

/** What a workspace is started with, after the answers were filled in. */
export interface Filled {
  readonly image: string
  readonly cpus?: number
  readonly memoryGb?: number
  readonly env: Readonly<Record<string, string>>
  /** All of them, those nobody answered too. */
  readonly values: ParameterValues
}

/** Throws `INVALID_INPUT` for names that come twice, defaults beyond their own limits, and kinds that cannot fill what they should. */
export function checkParameters({ parameters }: ProfileBody): void {
  const problems: FieldProblem[] = []
  const names = new Set<string>()
  for (const [index, parameter] of parameters.entries()) {
    const field = `body.parameters.${index}`
    if (names.has(parameter.name)) problems.push({ field: `${field}.name`, message: 'comes twice' })
    names.add(parameter.name)
    const problem = problemWith(parameter, parameter.default) ?? misfit(parameter)
    if (problem !== undefined) problems.push({ field: `${field}.default`, message: problem })
  }
  refuse(problems)
}

/** Throws `INVALID_INPUT`, naming each answer that does not fit. */
export function fillProfile(profile: ProfileBody, answers: ParameterValues): Filled {
  const problems = Object.keys(answers)
    .filter((name) => !profile.parameters.some((parameter) => parameter.name === name))
    .map((name) => ({ field: `body.parameters.${name}`, message: 'is no parameter of the profile' }))
  const values: Record<string, Value> = {}
  const env: Record<string, string> = { ...profile.env }
  let filled: Omit<Filled, 'env' | 'values'> = {
    image: profile.image,
    ...(profile.cpus === undefined ? {} : { cpus: profile.cpus }),
    ...(profile.memoryGb === undefined ? {} : { memoryGb: profile.memoryGb }),
  }
  for (const parameter of profile.parameters) {
    const value = Object.hasOwn(answers, parameter.name) ? (answers[parameter.name] ?? '') : parameter.default
    const problem = problemWith(parameter, value)
    if (problem !== undefined) problems.push({ field: `body.parameters.${parameter.name}`, message: problem })
    values[parameter.name] = value
    const { fills } = parameter
    if (fills.kind === 'env') env[fills.name] = String(value)
    else filled = { ...filled, [fills.kind]: fills.kind === 'image' ? String(value) : Number(value) }
  }
  refuse(problems)
  return { ...filled, env, values }
}

function problemWith(parameter: ProfileParameter, value: Value): string | undefined {
  switch (parameter.type) {
    case 'string':
      if (typeof value !== 'string') return 'must be text'
      return value.length <= parameter.maxLength ? undefined : `at most ${parameter.maxLength} characters`
    case 'number':
      if (typeof value !== 'number') return 'must be a number'
      return value >= parameter.min && value <= parameter.max
        ? undefined
        : `must be between ${parameter.min} and ${parameter.max}`
    case 'choice':
      return parameter.choices.some((choice) => choice.value === value)
        ? undefined
        : `must be one of ${parameter.choices.map((choice) => choice.value).join(', ')}`
    default:
      return typeof value === 'boolean' ? undefined : 'must be true or false'
  }
}

/** Numbers decide about memory and processors, images are chosen from a list. */
function misfit({ type, fills, ...parameter }: ProfileParameter): string | undefined {
  if (fills.kind === 'env') return undefined
  if (fills.kind === 'image') return type === 'choice' ? undefined : 'an image is chosen from a list'
  const numbers =
    type === 'number' ||
    (type === 'choice' &&
      'choices' in parameter &&
      parameter.choices.every(({ value }) => value !== '' && Number(value) > 0))
  return numbers ? undefined : `${fills.kind} needs numbers`
}

function refuse(problems: readonly FieldProblem[]): void {
  if (problems.length === 0) return
  const [first] = problems
  throw new LabError(
    'INVALID_INPUT',
    { reason: `${first?.field.replace(/^body\./, '')} ${first?.message}.` },
    { fields: problems },
  )
}
