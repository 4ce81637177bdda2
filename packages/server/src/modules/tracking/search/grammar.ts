import { invalid } from '../values.ts'
import { tokens, type Token } from './tokens.ts'

export type Entity = 'metric' | 'param' | 'tag' | 'attribute' | 'dataset'
export type Operator =
  | '='
  | '!='
  | '<'
  | '<='
  | '>'
  | '>='
  | 'LIKE'
  | 'ILIKE'
  | 'IN'
  | 'NOT IN'
  | 'IS NULL'
  | 'IS NOT NULL'

export interface Comparison {
  readonly entity: Entity
  readonly key: string
  readonly operator: Operator
  readonly value: string | number | readonly string[] | null
}

export interface SortTerm {
  readonly entity: Entity
  readonly key: string
  readonly ascending: boolean
}

/** What may be searched for in one kind of thing: MLflow's grammar is the same everywhere, its words differ. */
export interface SearchWords {
  readonly entities: readonly Entity[]
  readonly textAttributes: readonly string[]
  readonly numberAttributes: readonly string[]
  /** Other words for attributes: `Created` for `start_time`. */
  readonly aliases?: Readonly<Record<string, string>>
  /** Text attributes that know `IN`; default all. */
  readonly listAttributes?: readonly string[]
}

const entityWords: Readonly<Record<string, Entity>> = {
  metric: 'metric',
  metrics: 'metric',
  param: 'param',
  params: 'param',
  parameter: 'param',
  parameters: 'param',
  tag: 'tag',
  tags: 'tag',
  attribute: 'attribute',
  attributes: 'attribute',
  attr: 'attribute',
  run: 'attribute',
  dataset: 'dataset',
  datasets: 'dataset',
}
const datasetKeys = ['name', 'digest', 'context']
const numberOperators: readonly Operator[] = ['=', '!=', '<', '<=', '>', '>=']
const textOperators: readonly Operator[] = ['=', '!=', 'LIKE', 'ILIKE']
const MOST_COMPARISONS = 100

/**
 * MLflow's filters: comparisons joined by AND. `metrics.auc > 0.9 and params.lr = "0.1" and tags.team is not null`. Without an entity a
 * name is an attribute. Throws `INVALID_INPUT` that says what is wrong, in MLflow's words where it has some.
 */
export function parseFilter(filter: string | undefined, words: SearchWords): Comparison[] {
  if (filter === undefined || filter.trim() === '') return []
  const reader = createReader(tokens(filter), filter)
  const comparisons: Comparison[] = []
  for (;;) {
    comparisons.push(comparison(reader, words))
    if (comparisons.length > MOST_COMPARISONS) throw invalid(`A filter has at most ${MOST_COMPARISONS} comparisons.`)
    if (reader.ended()) return comparisons
    const token = reader.next()
    if (!isKeyword(token, 'AND')) throw invalid(`Invalid clause(s) in filter string: '${token.raw}'`)
  }
}

/** `metrics.auc DESC`, `start_time`; ascending unless it says otherwise. */
export function parseSort(order: string, words: SearchWords): SortTerm {
  const parts = tokens(order)
  const [name, direction, ...rest] = parts
  if (!name || rest.length > 0 || name.kind === 'operator' || name.kind === 'mark')
    throw invalid(`Invalid order_by clause '${order}'. Could not be parsed.`)
  if (direction && !isKeyword(direction, 'ASC') && !isKeyword(direction, 'DESC'))
    throw invalid(`Invalid ordering key in order_by clause '${order}'.`)
  return { ...identifier(name, words), ascending: !(direction && isKeyword(direction, 'DESC')) }
}

interface Reader {
  next(): Token
  peek(): Token | undefined
  ended(): boolean
}

function createReader(all: readonly Token[], source: string): Reader {
  let at = 0
  return {
    next: () => {
      const token = all[at]
      if (!token) throw invalid(`Invalid filter '${source}'. Could not be parsed: it ends too early.`)
      at += 1
      return token
    },
    peek: () => all[at],
    ended: () => at >= all.length,
  }
}

function comparison(reader: Reader, words: SearchWords): Comparison {
  const name = reader.next()
  if (name.kind === 'operator' || name.kind === 'mark' || (name.kind === 'text' && name.quote === "'"))
    throw invalid(`Invalid comparison clause. Expected 'Identifier' found '${name.raw}'`)
  const target = identifier(name, words)
  const operator = readOperator(reader)
  checkOperator(target, operator, words)
  if (operator === 'IS NULL' || operator === 'IS NOT NULL') return { ...target, operator, value: null }
  const value = operator === 'IN' || operator === 'NOT IN' ? readList(reader) : readValue(reader, target, words)
  return { ...target, operator, value }
}

function identifier(token: Token, words: SearchWords): { entity: Entity; key: string } {
  const dot = token.kind === 'word' && !token.text.startsWith('`') ? token.text.indexOf('.') : -1
  if (dot < 0) return attribute(unquoted(token.text), words)
  const given = token.text.slice(0, dot)
  const key = unquoted(token.text.slice(dot + 1))
  const entity = entityWords[given]
  if (!entity || !words.entities.includes(entity))
    throw invalid(`Invalid entity type '${given}'. Valid values are ${JSON.stringify(words.entities)}`)
  if (key === '') throw invalid(`Invalid identifier '${token.text}'. The name after the dot is missing.`)
  if (entity === 'attribute') return attribute(key, words)
  if (entity === 'dataset' && !datasetKeys.includes(key))
    throw invalid(`Invalid dataset key '${key}' specified. Valid keys are '${datasetKeys.join("', '")}'`)
  return { entity, key }
}

function attribute(given: string, words: SearchWords): { entity: 'attribute'; key: string } {
  const key = words.aliases?.[given] ?? given
  const known = [...words.textAttributes, ...words.numberAttributes]
  if (!known.includes(key))
    throw invalid(`Invalid attribute key '${given}' specified. Valid keys are '${known.join("', '")}'`)
  return { entity: 'attribute', key }
}

function unquoted(text: string): string {
  return /^(?:`[^]*`|"[^]*")$/.test(text) && text.length >= 2 ? text.slice(1, -1) : text
}

function readOperator(reader: Reader): Operator {
  const token = reader.next()
  if (token.kind === 'operator') return token.text as Operator // the tokenizer knows no others
  const word = token.kind === 'word' ? token.text.toUpperCase() : ''
  if (word === 'LIKE' || word === 'ILIKE' || word === 'IN') return word
  if (word === 'NOT' && isKeyword(reader.peek(), 'IN')) {
    reader.next()
    return 'NOT IN'
  }
  if (word === 'IS') {
    const negated = isKeyword(reader.peek(), 'NOT')
    if (negated) reader.next()
    const last = reader.next()
    if (isKeyword(last, 'NULL')) return negated ? 'IS NOT NULL' : 'IS NULL'
  }
  throw invalid(`Invalid comparison clause. Expected comparison found '${token.raw}'`)
}

function checkOperator(target: { entity: Entity; key: string }, operator: Operator, words: SearchWords) {
  const allowed = operatorsOf(target, words)
  if (allowed.includes(operator)) return
  if (operator === 'IS NULL' || operator === 'IS NOT NULL')
    throw invalid(
      `IS NULL / IS NOT NULL is only supported for tags and params, not for '${target.entity}' '${target.key}'`,
    )
  throw invalid(`Invalid comparator '${operator}' not one of '${allowed.join("', '")}'`)
}

function operatorsOf({ entity, key }: { entity: Entity; key: string }, words: SearchWords): readonly Operator[] {
  switch (entity) {
    case 'metric':
      return numberOperators
    case 'param':
    case 'tag':
      return [...textOperators, 'IS NULL', 'IS NOT NULL']
    case 'dataset':
      return [...textOperators, 'IN', 'NOT IN']
    case 'attribute': {
      if (words.numberAttributes.includes(key)) return numberOperators
      const lists = words.listAttributes?.includes(key) ?? true
      return lists ? [...textOperators, 'IN', 'NOT IN'] : textOperators
    }
  }
}

function readValue(reader: Reader, target: { entity: Entity; key: string }, words: SearchWords): string | number {
  const token = reader.next()
  const wantsNumber =
    target.entity === 'metric' || (target.entity === 'attribute' && words.numberAttributes.includes(target.key))
  if (wantsNumber) {
    // MLflow's clients also write numbers of attributes in quotes.
    const written = token.kind === 'word' || (token.kind === 'text' && target.entity === 'attribute') ? token.text : ''
    if (!/^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(written))
      throw invalid(
        target.entity === 'metric'
          ? `Expected numeric value type for metric. Found ${token.raw}`
          : `Expected numeric value type for numeric attribute: ${target.key}. Found ${token.raw}`,
      )
    return Number(written)
  }
  if (token.kind === 'text') return token.text
  throw invalid(`Expected a quoted string value for ${target.entity} (e.g. 'my-value'). Got value ${token.raw}`)
}

function readList(reader: Reader): string[] {
  const values: string[] = []
  const open = reader.next()
  if (open.kind !== 'mark' || open.text !== '(') throw invalid(`Expected a list in parentheses. Found ${open.raw}`)
  for (;;) {
    const token = reader.next()
    if (token.kind !== 'text')
      throw invalid(
        'While parsing a list in the query, expected a non-empty list of string values, got different type.',
      )
    values.push(token.text)
    if (values.length > 1000) throw invalid('A list in a filter has at most 1000 values.')
    const after = reader.next()
    if (after.kind !== 'mark' || after.text === '(') throw invalid(`Expected ',' or ')' in a list. Found ${after.raw}`)
    if (after.text === ')') return values
  }
}

function isKeyword(token: Token | undefined, keyword: string): boolean {
  return token?.kind === 'word' && token.text.toUpperCase() === keyword
}
