import { z } from 'zod'

/** Of a service from code, unless another is chosen. */
export const CODE_PORT = 8091

/** What `EXECUTE_CODE` says; which kinds there are is known inside the image, so that the same words work without the platform. */
export const CodeSource = z
  .string()
  .trim()
  .min(1)
  .max(2000)
  // oxlint-disable-next-line no-control-regex -- refusing control characters is the point
  .refine((text) => !/[\u0000-\u001f\u007f]/.test(text), 'must be one line')
  .refine(
    (text) => !/:\/\/[^/@\s]*:(?!\$\{)[^/@\s]+@/.test(text),
    'must not contain a password; name a secret as ${NAME}, and give the secret to the service',
  )
  // A user name alone is of use over http only if it is a token.
  .refine(
    (text) => !/https?:\/\/(?!\$\{)[^/@\s:]+@/.test(text),
    'must not contain a token; name a secret as ${NAME}, and give the secret to the service',
  )
  .describe(
    'A repository in pip’s form (`git+https://host/repository.git@branch#subdirectory=folder`, also `hg+`, `svn+`, `bzr+`), the key of a dataset with code (`name@version`, or `name` for the latest), or a path where it runs. `${NAME}` stands for a variable',
  )

const HealthPath = z.string().startsWith('/').max(500).describe('Answers 2xx or 3xx while it is well')

/** Python code that runs as a service: a script, or a folder with a `__main__.py`. */
export const ServiceCode = z.object({
  source: CodeSource,
  port: z.number().int(),
  health: HealthPath.nullable().describe('Null: it is well as long as something listens'),
})

export const NewServiceCode = z.object({
  source: CodeSource,
  port: z
    .number()
    .int()
    .min(1)
    .max(65_535)
    .default(CODE_PORT)
    .describe('What the code listens on; `PORT` says where that really is'),
  health: HealthPath.optional(),
})

export const ServiceCodeChange = z.object({
  source: CodeSource.optional(),
  health: HealthPath.nullable().optional(),
})
