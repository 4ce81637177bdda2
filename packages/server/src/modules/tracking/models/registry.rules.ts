import type { KeyValue } from '../metrics/log-batch.parse.ts'
import { invalid } from '../values.ts'

/** MLflow's rules: a name stands in addresses such as `models:/name/1` and `models:/name@alias`. */
export function checkName(name: string): string {
  if (name.trim() === '') throw invalid(`Missing value for required parameter 'name'.`)
  if (/[/:]/.test(name)) throw invalid(`Invalid model name '${name}'. Names cannot contain '/' or ':'.`)
  if (name === '.' || name === '..') throw invalid(`Invalid model name '${name}'.`)
  if (name.length > 256) throw invalid(`'name' exceeds the maximum length of 256 characters`)
  return name
}

export function checkAlias(alias: string): string {
  if (alias === '') throw invalid('Registered model alias name cannot be empty.')
  if (!/^[\w-]{1,255}$/.test(alias))
    throw invalid(
      `Invalid alias name: '${alias}'. Names may only contain alphanumerics, underscores (_), and dashes (-).`,
    )
  if (alias.toLowerCase() === 'latest') throw invalid(`'latest' alias name (case insensitive) is reserved.`)
  if (/^[vV]\d+$/.test(alias)) throw invalid(`Version alias name '${alias}' is reserved.`)
  return alias
}

export function checkTag(tag: KeyValue): KeyValue {
  if (tag.key === '') throw invalid(`Missing value for required parameter 'key'.`)
  if (tag.key.length > 250) throw invalid(`'key' exceeds the maximum length of 250 characters`)
  if (tag.value.length > 100_000) throw invalid(`'value' exceeds the maximum length of 100000 characters`)
  return tag
}
