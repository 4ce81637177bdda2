/**
 * Every error a caller can meet. `title` names the kind; `detail` says what happened to this request, `{name}` filled from the
 * parameters; `fix` says what to do. Codes are never renamed.
 */
export const errorRegistry = {
  INVALID_INPUT: {
    status: 400,
    title: 'The input is not valid',
    detail: '{reason}',
    fix: 'Correct the named fields and send it again.',
  },
  INVALID_CURSOR: {
    status: 400,
    title: 'The cursor does not fit this list',
    detail: 'The cursor was made for another filter or order.',
    fix: 'Start again without `cursor`.',
  },
  NOT_SIGNED_IN: {
    status: 401,
    title: 'Not signed in',
    detail: '{reason}',
    fix: 'Sign in, or send `Authorization: Bearer <token>`.',
  },
  WRONG_CREDENTIALS: {
    status: 401,
    title: 'User name or password is wrong',
    detail: 'No account matches this user name and password.',
    fix: 'Check both; an administrator can set a new password.',
  },
  ACCOUNT_PENDING: {
    status: 403,
    title: 'The account waits for approval',
    detail: 'An administrator has to approve {username} first.',
    fix: 'Ask an administrator.',
  },
  ACCOUNT_DISABLED: {
    status: 403,
    title: 'The account is disabled',
    detail: '{username} was disabled by an administrator.',
    fix: 'Ask an administrator.',
  },
  FORBIDDEN: {
    status: 403,
    title: 'Not allowed',
    detail: '{reason}',
    fix: 'Ask an owner of the project, or use a token with the scope.',
  },
  FOREIGN_ORIGIN: {
    status: 403,
    title: 'The request comes from another site',
    detail: 'The browser says the request was made by {origin}.',
    fix: 'Open ML Lab itself and try there.',
  },
  NOT_FOUND: {
    status: 404,
    title: 'Not found',
    detail: 'There is no {what} here that you can see.',
    fix: 'Check the address; ask to be added to the project.',
  },
  UNKNOWN_HOST: {
    status: 421,
    title: 'Unknown host name',
    detail: 'This server does not answer for {host}.',
    fix: 'Use the address it prints, or add the name to LAB_EXTRA_HOSTS.',
  },
  METHOD_NOT_ALLOWED: {
    status: 405,
    title: 'This address does not know the method',
    detail: '{method} is not possible here.',
    fix: 'See the API reference.',
  },
  NAME_TAKEN: {
    status: 409,
    title: 'The name is taken',
    detail: 'There is already a {what} called {name}.',
    fix: 'Choose another name.',
  },
  CONFLICT: {
    status: 409,
    title: 'Somebody was faster',
    detail: '{reason}',
    fix: 'Load it again and repeat the change.',
  },
  LAST_OWNER: {
    status: 409,
    title: 'A project needs an owner',
    detail: '{name} is the only owner.',
    fix: 'Make somebody else an owner first.',
  },
  SETUP_DONE: {
    status: 410,
    title: 'The setup link was used',
    detail: 'This server has its administrator.',
    fix: 'Sign in; a lost password is set with `mllab reset-password`.',
  },
  LINK_EXPIRED: {
    status: 410,
    title: 'The link is no longer valid',
    detail: 'It was used, withdrawn or has expired.',
    fix: 'Ask for a new one.',
  },
  VERSION_MISMATCH: {
    status: 412,
    title: 'It was changed meanwhile',
    detail: 'You saw version {expected}; it is {actual} now.',
    fix: 'Load it again and repeat the change.',
  },
  TOO_LARGE: {
    status: 413,
    title: 'Too large',
    detail: 'At most {limit} are accepted.',
    fix: 'Send it in parts or make it smaller.',
  },
  UNSUPPORTED_TYPE: {
    status: 415,
    title: 'The content type is not accepted',
    detail: '{type} is not accepted here.',
    fix: 'Send `Content-Type: {accepted}`.',
  },
  IDEMPOTENCY_MISMATCH: {
    status: 422,
    title: 'The idempotency key was used for something else',
    detail: 'The same key came with another body.',
    fix: 'Use a new key for a new request.',
  },
  WEAK_PASSWORD: {
    status: 422,
    title: 'The password is too easy to guess',
    detail: '{reason}',
    fix: 'Take 8 characters or more that nobody would guess.',
  },
  TOO_MANY_REQUESTS: {
    status: 429,
    title: 'Too many requests',
    detail: 'Try again in {seconds} s.',
    fix: 'Wait; the header Retry-After says how long.',
  },
  RESERVED_NAME: {
    status: 409,
    title: 'The name is reserved',
    detail: '{name} is used by the platform.',
    fix: 'Choose another name.',
  },
  REGISTRATION_CLOSED: {
    status: 403,
    title: 'Registration is closed',
    detail: 'An administrator creates accounts here.',
    fix: 'Ask an administrator for an invitation.',
  },
  APPROVAL_NEEDED: {
    status: 403,
    title: 'Nothing can be started yet',
    detail: 'Workloads here are not walled off from each other, so an administrator approves who may start them.',
    fix: 'Ask an administrator to approve the account.',
  },
  UPLOAD_INCOMPLETE: {
    status: 409,
    title: 'The upload is not complete',
    detail: '{reason}',
    fix: 'Send the missing parts, then complete it.',
  },
  CHECKSUM_MISMATCH: {
    status: 422,
    title: 'The bytes do not match their checksum',
    detail: 'Expected {expected}, received {actual}.',
    fix: 'Send the file again.',
  },
  NOT_RUNNING: { status: 409, title: 'It is not running', detail: '{name} is {status}.', fix: 'Start it first.' },
  IMAGE_UNKNOWN: {
    status: 422,
    title: 'There is no such image',
    detail: 'This runtime has no image {image}.',
    fix: 'Choose one of the listed images.',
  },
  IMAGE_FORBIDDEN: {
    status: 403,
    title: 'This image is not allowed',
    detail: '{image} is not among the images allowed for workspaces here: {allowed}.',
    fix: 'Choose one of these; operators allow others by LAB_WORKSPACE_IMAGES, administrators by a profile.',
  },
  WORKSPACES_RESTRICTED: {
    status: 403,
    title: 'This workspace may not be made',
    detail: '{reason}',
    fix: 'Ask an administrator; they decide who makes workspaces here.',
  },
  IMAGE_WITHOUT_PORT: {
    status: 422,
    title: 'This image serves nothing',
    detail: '{image} declares no port, so nobody could reach it.',
    fix: 'Choose an image with a server in it.',
  },
  QUOTA_REACHED: {
    status: 409,
    title: 'The quota of the project is used up',
    detail: 'At most {limit} fit into this project.',
    fix: 'Delete what is no longer needed, or ask an administrator for more.',
  },
  UNSUPPORTED: {
    status: 422,
    title: 'This is not possible here',
    detail: '{reason}',
    fix: 'See what the runtime of this instance can do under Administration.',
  },
  CLONE_FAILED: {
    status: 422,
    title: 'The repository could not be cloned',
    detail: '{url}: {reason}.',
    fix: 'Check address, branch and secret, then try again; the workspace itself runs.',
  },
  SECRET_UNKNOWN: {
    status: 422,
    title: 'There is no such secret',
    detail: '{where} has no secret {name}.',
    fix: 'Set it under this name, or give the workload another one.',
  },
  RUNTIME_UNAVAILABLE: {
    status: 503,
    title: 'Nothing can be started now',
    detail: '{reason}',
    fix: 'See the state of the runtime under Administration.',
  },
  STORAGE_FULL: {
    status: 507,
    title: 'The storage is full',
    detail: 'The server could not store this.',
    fix: 'Delete what is no longer needed, or add space.',
  },
  UNAVAILABLE: { status: 503, title: 'Temporarily unavailable', detail: '{reason}', fix: 'Try again in a moment.' },
  INTERNAL: {
    status: 500,
    title: 'The server made a mistake',
    detail: 'It is in the log under the request id.',
    fix: 'Try again; report the request id if it stays.',
  },
} as const satisfies Record<string, { status: number; title: string; detail: string; fix: string }>

export type ErrorCode = keyof typeof errorRegistry

export interface FieldProblem {
  /** Path in the input: `body.name`. */
  readonly field: string
  readonly message: string
}

/** RFC 9457 problem details, with our members. */
export interface Problem {
  readonly type: string
  readonly code: ErrorCode
  readonly title: string
  readonly status: number
  readonly detail: string
  readonly fix: string
  readonly fields: readonly FieldProblem[]
  readonly requestId: string
}

export type ErrorParameters = Readonly<Record<string, string | number>>

/** An error a caller can meet: a code of the registry with what fills its sentence. Never carries secrets. */
export class LabError extends Error {
  override readonly name = 'LabError'
  readonly code: ErrorCode
  readonly parameters: ErrorParameters
  readonly fields: readonly FieldProblem[]

  constructor(
    code: ErrorCode,
    parameters: ErrorParameters = {},
    options: { cause?: unknown; fields?: readonly FieldProblem[] } = {},
  ) {
    super(describeError(code, parameters), { cause: options.cause })
    this.code = code
    this.parameters = parameters
    this.fields = options.fields ?? []
  }

  get status(): number {
    return errorRegistry[this.code].status
  }
}

export function isLabError(error: unknown, code?: ErrorCode): error is LabError {
  return error instanceof LabError && (code === undefined || error.code === code)
}

/** The sentence of a code with its parameters filled in. */
export function describeError(code: ErrorCode, parameters: ErrorParameters): string {
  return fill(errorRegistry[code].detail, parameters)
}

/** The problem document of an error. Its `type` is the path of a page that explains it, below the base path of the server. */
export function problemOf(error: LabError, requestId: string, basePath = ''): Problem {
  const entry = errorRegistry[error.code]
  return {
    type: `${basePath}/app/docs/errors#${error.code}`,
    code: error.code,
    title: entry.title,
    status: entry.status,
    detail: error.message,
    fix: fill(entry.fix, error.parameters),
    fields: error.fields,
    requestId,
  }
}

function fill(template: string, parameters: ErrorParameters): string {
  return template.replace(/\{(\w+)\}/g, (_, name: string) => String(parameters[name] ?? `{${name}}`))
}
