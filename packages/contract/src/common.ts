import { z } from 'zod'

import { roles } from './permissions.ts'

/** Parts that many endpoints share. Times are RFC 3339 text at the API, epoch milliseconds inside. */
export const Id = z.uuid().describe('UUIDv7')
export const Slug = z
  .string()
  .regex(/^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$/, 'lower-case letters, digits and hyphens, 40 at most')
  .describe('Name in addresses; does not change')
export const DisplayName = z
  .string()
  .trim()
  .min(1, 'must not be empty')
  .max(100, 'at most 100 characters')
  .refine((text) => text.isWellFormed() && !/\p{Cc}/u.test(text), 'must not contain control characters')
export const Time = z.iso.datetime().describe('RFC 3339, UTC')
export const RoleName = z.enum(roles)

export const ProjectParams = z.object({ project: z.string().max(40).describe('Slug of the project') })

/** Query of every list: keyset pages, newest or by name as the endpoint says. */
export const PageQuery = z.object({
  limit: z.coerce.number().int().min(1).max(500).default(100),
  cursor: z.string().max(2000).optional().describe('`next` of the page before'),
})

/** A page of a list. `next` is null on the last page; `can` is what the caller may do with the list as a whole. */
export function page<Item extends z.ZodType>(item: Item) {
  return z.object({
    items: z.array(item),
    next: z.string().nullable(),
    total: z.number().int().optional().describe('Exact up to 10 000; absent beyond'),
    can: z.array(z.string()).optional(),
  })
}

export const Person = z.object({ id: Id, name: z.string(), username: z.string().nullable() })
export type Person = z.infer<typeof Person>

export const Can = z.array(z.string()).describe('What the caller may do with it')
