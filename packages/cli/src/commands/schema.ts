/** What the CLI reads of JSON Schema: what zod makes of the contract's types. */
export interface Schema {
  readonly type?: string | readonly string[]
  readonly enum?: readonly string[]
  readonly anyOf?: readonly Schema[]
  readonly items?: Schema
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly additionalProperties?: Schema | boolean
  readonly default?: unknown
  readonly description?: string
}

/** The type without `null`, and whether `null` is allowed. Of several types the widest counts: a list rather than one. */
export function withoutNull(schema: Schema): { readonly schema: Schema; readonly nullable: boolean } {
  if (Array.isArray(schema.type)) {
    const types = (schema.type as readonly string[]).filter((type) => type !== 'null') // `isArray` forgets what is in it
    return {
      schema: { ...schema, ...(types[0] ? { type: types[0] } : {}) },
      nullable: types.length < schema.type.length,
    }
  }
  if (!schema.anyOf) return { schema, nullable: false }
  const others = schema.anyOf.filter(({ type }) => type !== 'null')
  const widest = others.find(({ type }) => type === 'array') ?? others[0] ?? {}
  return { schema: widest, nullable: others.length < schema.anyOf.length }
}
