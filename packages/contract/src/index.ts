import { accounts } from './accounts.ts'
import { events } from './events.ts'
import { operations } from './operations.ts'
import { projects } from './projects.ts'

/** Everything the API is. Server routes, permissions, OpenAPI and the client come from here. */
export const contract = { accounts, projects, operations, events }
export type Contract = typeof contract

export type * from './endpoint.ts'
export { endpoint } from './endpoint.ts'
export * from './errors.ts'
export * from './names.ts'
export * from './permissions.ts'
export * from './common.ts'
export { Invitation, Member, Project } from './projects.ts'
export { Me, Session, SetupFacts, Token, User, Username } from './accounts.ts'
export { Operation, OperationStep } from './operations.ts'
export { LabEvent, LiveFromClient, LiveFromServer } from './events.ts'
export { openApi } from './openapi.ts'
