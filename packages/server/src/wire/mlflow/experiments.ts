import { isLabError } from '@mllab/contract'

import { readCursor, pageOf } from '../../core/pages.ts'
import { parseFilter, parseSort, type ExperimentWithTags, type Lifecycle } from '../../modules/tracking/tracking.ts'
import { MlflowError } from './errors.ts'
import { experimentOrder, experimentWords, matches } from './experiment-search.ts'
import type { Input } from './input.ts'
import { experimentMessage } from './messages.ts'
import { get, post, type MlflowCall, type MlflowRoute } from './route.ts'

/** MLflow's id of an experiment is its number in the project. */
export function experimentNumber(given: string): number {
  if (/^\d{1,15}$/.test(given)) return Number(given)
  throw new MlflowError('INVALID_PARAMETER_VALUE', `Invalid experiment ID: '${given.slice(0, 100)}'`)
}

export async function knownExperiment<T>(id: string, task: Promise<T>): Promise<T> {
  try {
    return await task
  } catch (error) {
    if (isLabError(error, 'NOT_FOUND'))
      throw new MlflowError('RESOURCE_DOES_NOT_EXIST', `No Experiment with id=${id} exists`, { cause: error })
    throw error
  }
}

export function lifecycleOf(input: Input, field: string): Lifecycle {
  const view = input.text(field)
  if (view === 'DELETED_ONLY' || view === '2') return 'deleted'
  return view === 'ALL' || view === '3' ? 'all' : 'living'
}

/** A page as large as asked for, within MLflow's limits. */
export function limitOf(input: Input, byDefault: number, most: number): number {
  const given = input.integer('max_results')
  if (given === undefined || given === 0) return byDefault
  if (given >= 1 && given <= most) return given
  throw new MlflowError(
    'INVALID_PARAMETER_VALUE',
    `Invalid value ${given} for parameter 'max_results' supplied. It must be at least 1 and at most ${most}.`,
  )
}

export function nextToken(next: string | null): { next_page_token?: string } {
  return next === null ? {} : { next_page_token: next }
}

const oneById = async ({ tracking, actor, project, input }: MlflowCall) => {
  const id = input.requiredText('experiment_id')
  const row = await knownExperiment(id, tracking.experiments.find(actor, project, experimentNumber(id)))
  const [experiment] = await tracking.experiments.withTags([row])
  return { experiment: experiment && experimentMessage(experiment, project.slug) }
}

const search = async ({ tracking, actor, project, input }: MlflowCall) => {
  const filter = input.text('filter')
  const orderBy = input.texts('order_by')
  const lifecycle = lifecycleOf(input, 'view_type')
  const limit = limitOf(input, 1000, 50_000)
  const comparisons = parseFilter(filter, experimentWords)
  const order = experimentOrder(orderBy.map((one) => parseSort(one, experimentWords)))
  const request = { limit, cursor: input.text('page_token') }
  const list = ['experiments', project.id, filter ?? '', orderBy, lifecycle]
  const after = readCursor(request, list)
  const all = await tracking.experiments.all(actor, project, lifecycle)
  const found = all.filter((one) => matches(one, comparisons)).toSorted(order)
  const start = after ? placeAfter(found, Number(after[0]), Number(after[1])) : 0
  const page = pageOf(
    found.slice(start, start + limit + 1),
    request,
    list,
    ({ number }) => [number, start + limit],
    (one: ExperimentWithTags) => experimentMessage(one, project.slug),
  )
  return { experiments: page.items, ...nextToken(page.next) }
}

/** Behind the one the last page ended with; where that was, if it has gone. */
function placeAfter(found: readonly ExperimentWithTags[], number: number, otherwise: number): number {
  const index = found.findIndex((one) => one.number === number)
  return index < 0 ? otherwise : index + 1
}

export const experimentRoutes: readonly MlflowRoute[] = [
  post('/experiments/create', 'runs:write', async ({ tracking, actor, project, input }) => {
    const name = input.requiredText('name')
    try {
      const row = await tracking.experiments.create(actor, project, { name, tags: input.pairs('tags') })
      return { experiment_id: String(row.number) }
    } catch (error) {
      if (isLabError(error, 'NAME_TAKEN'))
        throw new MlflowError('RESOURCE_ALREADY_EXISTS', `Experiment(name=${name}) already exists.`, { cause: error })
      throw error
    }
  }),
  get('/experiments/get', 'runs:read', oneById),
  get('/experiments/get-by-name', 'runs:read', async ({ tracking, actor, project, input }) => {
    const name = input.requiredText('experiment_name')
    const row = await tracking.experiments.byName(actor, project, name)
    if (!row) throw new MlflowError('RESOURCE_DOES_NOT_EXIST', `Could not find experiment with name '${name}'`)
    const [experiment] = await tracking.experiments.withTags([row])
    return { experiment: experiment && experimentMessage(experiment, project.slug) }
  }),
  post('/experiments/search', 'runs:read', search),
  get('/experiments/search', 'runs:read', search),
  post('/experiments/delete', 'runs:write', async ({ tracking, actor, project, input }) => {
    const id = input.requiredText('experiment_id')
    await knownExperiment(id, tracking.experiments.remove(actor, project, experimentNumber(id)))
    return undefined
  }),
  post('/experiments/restore', 'runs:write', async ({ tracking, actor, project, input }) => {
    const id = input.requiredText('experiment_id')
    await knownExperiment(id, tracking.experiments.restore(actor, project, experimentNumber(id)))
    return undefined
  }),
  post('/experiments/update', 'runs:write', async ({ tracking, actor, project, input }) => {
    const id = input.requiredText('experiment_id')
    const name = input.requiredText('new_name')
    await knownExperiment(id, tracking.experiments.rename(actor, project, experimentNumber(id), name))
    return undefined
  }),
  post('/experiments/set-experiment-tag', 'runs:write', async ({ tracking, actor, project, input }) => {
    const id = input.requiredText('experiment_id')
    const key = input.requiredText('key')
    const value = input.text('value') ?? ''
    if (key.length > 250 || value.length > 20_000)
      throw new MlflowError('INVALID_PARAMETER_VALUE', `The tag '${key.slice(0, 250)}' exceeds the maximum length`)
    await knownExperiment(id, tracking.experiments.setTag(actor, project, experimentNumber(id), key, value))
    return undefined
  }),
  post('/experiments/delete-experiment-tag', 'runs:write', async ({ tracking, actor, project, input }) => {
    const id = input.requiredText('experiment_id')
    await tracking.experiments.deleteTag(actor, project, experimentNumber(id), input.requiredText('key'))
    return undefined
  }),
]
