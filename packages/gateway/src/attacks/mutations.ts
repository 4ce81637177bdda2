import type { Mutation } from './mutations/mutation.ts'
import { ofAnswers } from './mutations/answers.ts'
import { ofEntering } from './mutations/entering.ts'
import { ofWhatAppsSee } from './mutations/forwarded.ts'
import { ofRequests } from './mutations/request.ts'
import { ofTheSandbox } from './mutations/sandbox.ts'
import { ofUnencrypted } from './mutations/unencrypted.ts'
import { ofUpgrades } from './mutations/upgrades.ts'

export type { Mutation }

/** Every check of the gateway, switched off one at a time. A check without a line here is not proven. */
export const mutations: readonly Mutation[] = [
  ...ofUnencrypted,
  ...ofRequests,
  ...ofWhatAppsSee,
  ...ofUpgrades,
  ...ofAnswers,
  ...ofTheSandbox,
  ...ofEntering,
]
