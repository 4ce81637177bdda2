import { isLabError } from '@mllab/contract'
import { describe, expect, it } from 'vitest'

import { parseFilter, parseSort } from './grammar.ts'
import { runWords } from './run-words.ts'

const filter = (text: string) =>
  parseFilter(text, runWords).map(({ entity, key, operator, value }) => [entity, key, operator, value])

const problem = (text: string): string => {
  try {
    return JSON.stringify(filter(text))
  } catch (error) {
    if (isLabError(error, 'INVALID_INPUT')) return error.message
    throw error
  }
}

describe('filters', () => {
  it('are comparisons joined by AND, in any case and spacing', () => {
    expect(
      filter(`metrics.auc>0.9 AND params.lr = "0.1" and tags.team != 'red' aNd attributes.status='FINISHED'`),
    ).toEqual([
      ['metric', 'auc', '>', 0.9],
      ['param', 'lr', '=', '0.1'],
      ['tag', 'team', '!=', 'red'],
      ['attribute', 'status', '=', 'FINISHED'],
    ])
    expect(filter('')).toEqual([])
    expect(filter('  ')).toEqual([])
  })

  it('know every operator', () => {
    expect(filter('metrics.a >= -1e-3 and metrics.b <= .5 and metrics.c < 3. and metrics.d <> 1')).toEqual([
      ['metric', 'a', '>=', -0.001],
      ['metric', 'b', '<=', 0.5],
      ['metric', 'c', '<', 3],
      ['metric', 'd', '!=', 1],
    ])
    expect(filter("tags.a like '%x_' and params.b ILIKE 'Y%' and tags.c is null and params.d IS NOT NULL")).toEqual([
      ['tag', 'a', 'LIKE', '%x_'],
      ['param', 'b', 'ILIKE', 'Y%'],
      ['tag', 'c', 'IS NULL', null],
      ['param', 'd', 'IS NOT NULL', null],
    ])
    expect(filter(`run_id in ('a', "b") and run_name not in ('c')`)).toEqual([
      ['attribute', 'run_id', 'IN', ['a', 'b']],
      ['attribute', 'run_name', 'NOT IN', ['c']],
    ])
  })

  it('take names with anything in them in quotes or backticks', () => {
    expect(
      filter(
        'metrics.`val loss, %` > 1 and params."a = b" = \'x\' and metrics.auc/val-1.2 < 2 and `run name` = "it\'s"',
      ),
    ).toEqual([
      ['metric', 'val loss, %', '>', 1],
      ['param', 'a = b', '=', 'x'],
      ['metric', 'auc/val-1.2', '<', 2],
      ['attribute', 'run_name', '=', "it's"],
    ])
    expect(filter("tags.`mlflow.user` = 'it''s'")).toEqual([['tag', 'mlflow.user', '=', "it's"]])
  })

  it('know MLflow’s other words', () => {
    expect(filter("metric.a = 1 and param.b = 'x' and tag.c = 'y' and attr.run_id = 'z' and created > 5")).toEqual([
      ['metric', 'a', '=', 1],
      ['param', 'b', '=', 'x'],
      ['tag', 'c', '=', 'y'],
      ['attribute', 'run_id', '=', 'z'],
      ['attribute', 'start_time', '>', 5],
    ])
    expect(filter("dataset.name = 'wine' and datasets.context = 'train'")).toEqual([
      ['dataset', 'name', '=', 'wine'],
      ['dataset', 'context', '=', 'train'],
    ])
  })

  it('say what is wrong', () => {
    expect(problem('metrics.a > 1 or metrics.b > 1')).toBe("Invalid clause(s) in filter string: 'or'")
    expect(problem("metrics.a > 'x'")).toBe("Expected numeric value type for metric. Found 'x'")
    expect(problem('params.a = 1')).toMatch(/Expected a quoted string value for param .* Got value 1/)
    expect(problem("params.a > '1'")).toMatch(/Invalid comparator '>' not one of '=', '!=', 'LIKE'/)
    expect(problem("attributes.nothing = 'x'")).toMatch(/Invalid attribute key 'nothing' specified/)
    expect(problem("colour.x = 'x'")).toMatch(/Invalid entity type 'colour'/)
    expect(problem('metrics.a is null')).toMatch(/only supported for tags and params/)
    expect(problem("'a' = 'b'")).toBe("Invalid comparison clause. Expected 'Identifier' found ''a''")
    expect(problem("tags.a = 'x")).toMatch(/Could not be parsed near ''x'/)
    expect(problem('metrics.a >')).toMatch(/ends too early/)
    expect(problem('run_id in ()')).toMatch(/expected a non-empty list/)
    expect(problem('metrics. > 1')).toMatch(/name after the dot is missing/)
  })
})

describe('orders', () => {
  it('are ascending unless they say otherwise', () => {
    const order = (text: string) => Object.values(parseSort(text, runWords))
    expect(order('metrics.auc DESC')).toEqual(['metric', 'auc', false])
    expect(order('metrics.`val loss` asc')).toEqual(['metric', 'val loss', true])
    expect(order('start_time')).toEqual(['attribute', 'start_time', true])
    expect(order('attribute.start_time desc')).toEqual(['attribute', 'start_time', false])
    expect(() => order('metrics.a sideways')).toThrow("Invalid ordering key in order_by clause 'metrics.a sideways'.")
    expect(() => order('metrics.a desc desc')).toThrow('Could not be parsed')
  })
})
