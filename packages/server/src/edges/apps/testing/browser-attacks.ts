import type { Page } from 'playwright-core'

import type { Neighbourhood } from './neighbourhood.ts'
import { PAGE_ATTACKS } from './page-attacks.mjs'

/** Where a hostile page is: on an origin of its own, sandboxed at an address that it shares with the platform, or on a name of the same site, over TLS. */
export type Place = 'own origin' | 'sandbox' | 'same site'

/** What a page knows of the world: origins and paths. */
export interface Targets {
  readonly main: string
  readonly beside: string
  readonly port: string
  readonly site: string
  readonly ticket: string
  readonly username: string
  readonly password: string
}

/**
 * What a hostile page does in Mara's browser, with her signed in at the platform and at the app beside it. `attack` runs in the page and
 * returns what it got hold of; `loot` says what of that would be a success. After each attack, nothing may have changed at the
 * platform and Mara must still be signed in: that is checked for all of them.
 */
export interface BrowserAttack {
  readonly name: string
  readonly attack: (targets: Targets) => Promise<unknown>
  readonly loot: (got: unknown) => boolean
  readonly places?: readonly Place[]
}

export const BROWSER_ATTACKS: readonly BrowserAttack[] = PAGE_ATTACKS as readonly BrowserAttack[] // written next door

/** What must be true whatever was tried. Returns what is not. */
export async function damage(home: Page, { mara, main }: Neighbourhood, origin = main): Promise<string | undefined> {
  const projects = (await mara.api.projects.list({ query: {} })).items.map(({ name }) => name)
  if (projects.some((name) => name.startsWith('Pwned'))) return `there are projects ${projects.join(', ')}`
  await home.goto(`${origin}/healthz`)
  const me = await home.evaluate<{ username?: string }>(`fetch('/api/me').then((answer) => answer.json())`)
  if (me.username !== 'mara') return `the browser is signed in as ${JSON.stringify(me)}`
  const workers = await home.evaluate<number>(
    `navigator.serviceWorker?.getRegistrations().then(({ length }) => length) ?? 0`,
  )
  return workers === 0 ? undefined : 'there is a service worker on the platform’s origin'
}
