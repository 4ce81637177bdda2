export { createClient, type Client, type ClientOptions } from './client.ts'
export { LabProblem } from './problem.ts'
export { openLive, type Live, type LiveChange } from './live.ts'
export * from '@mllab/contract'
