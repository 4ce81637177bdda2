import { existsSync } from 'node:fs'

import { TEST_PASSWORD } from '@mllab/testkit/server'
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { BROWSER_ATTACKS, damage, type Place, type Targets } from './testing/browser-attacks.ts'
import { openNeighbourhood, type Neighbourhood } from './testing/neighbourhood.ts'

const executablePath = process.env['CHROMIUM'] ?? '/usr/bin/chromium'

let around: Neighbourhood
let browser: Browser

beforeAll(async () => {
  around = await openNeighbourhood()
  if (!existsSync(executablePath))
    throw new Error(`There is no ${executablePath}: install chromium, or name another one with CHROMIUM`)
  browser = await chromium.launch({
    executablePath,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--host-resolver-rules=MAP *.example.test 127.0.0.1',
    ],
  })
}, 120_000)
afterAll(async () => {
  await browser?.close()
  await around?.close()
})

/** Mara's browser: signed in at the platform, in the app beside, and with the hostile page open. */
async function openVictim(place: Place, at: Neighbourhood) {
  const context = await browser.newContext({ ignoreHTTPSErrors: place === 'same site' })
  context.setDefaultTimeout(10_000)
  const origin = place === 'sandbox' ? at.address : at.main
  const home = await context.newPage()
  await signIn(home, origin)
  const hostile = await context.newPage()
  await hostile.goto(`${origin}${at.evilPath}`)
  await hostile.waitForURL(place === 'sandbox' ? /\/c\/[\w-]{43}\/$/ : `${at.appOrigin(at.evil)}/`)
  const beside = at.appOrigin(at.beside)
  if (place !== 'sandbox') {
    await home.goto(`${origin}/apps/open?app=${at.beside}&to=%2F`)
    await home.waitForURL(`${beside}/`)
  }
  const { ticket } = await at.ticketOf('jonas', at.beside)
  const targets: Targets = {
    main: origin,
    beside,
    port: at.port,
    site: at.site,
    ticket,
    username: 'jonas',
    password: TEST_PASSWORD,
  }
  return { context, home, hostile, targets, origin }
}

async function signIn(page: Page, origin: string): Promise<void> {
  await page.goto(`${origin}/healthz`)
  const status = await page.evaluate(
    async (body) =>
      (await fetch('/api/auth/login', { method: 'POST', headers: { 'content-type': 'application/json' }, body }))
        .status,
    JSON.stringify({ username: 'mara', password: TEST_PASSWORD }),
  )
  expect(status).toBe(200)
}

describe.each(['own origin', 'sandbox', 'same site'] as const)('a hostile app in a browser (%s)', (place) => {
  let at: Neighbourhood
  let victim: Awaited<ReturnType<typeof openVictim>>
  beforeAll(async () => {
    at = place === 'same site' ? await openNeighbourhood({ encrypted: true }) : around
    victim = await openVictim(place, at)
  }, 120_000)
  afterAll(async () => {
    await victim?.context.close()
    if (at !== around) await at?.close()
  })

  it.each(BROWSER_ATTACKS.filter(({ places }) => places?.includes(place) ?? true))(
    '$name, in vain',
    async ({ attack, loot }) => {
      const { hostile, home, targets, origin, context } = victim
      const got = await hostile.evaluate(attack, targets)
      expect(loot(got), JSON.stringify(got)).toBe(false)
      expect(framedPlatform(hostile, origin)).toEqual([])
      expect(await damage(home, at, origin)).toBeUndefined()
      await closeOthers(context, [home, hostile])
      await hostile.reload()
    },
  )

  it.runIf(place === 'same site')(
    'locks nobody out with a bomb of cookies: the next visit works, signed out',
    async () => {
      const { hostile, home, targets, origin } = victim
      await hostile.evaluate(
        `for (let i = 0; i < 40; i += 1) document.cookie = 'bomb' + i + '=' + 'x'.repeat(4000) + '; domain=${targets.site}; path=/'`,
      )
      expect((await home.goto(`${origin}/healthz`))?.status()).toBe(431)
      expect((await home.goto(`${origin}/healthz`))?.status()).toBe(200)
    },
  )
})

describe('the same', () => {
  it('works where it may: in the platform’s own page, so that nothing above fails by accident', async () => {
    const { context, home, targets } = await openVictim('own origin', around)
    try {
      await home.goto(`${around.main}/healthz`)
      const names = [
        'reads the API',
        'opens the live websocket of the platform',
        'keeps something in the origin it shares',
      ]
      for (const { name, attack, loot } of BROWSER_ATTACKS.filter(({ name }) => names.includes(name)))
        expect([name, loot(await home.evaluate(attack, targets))]).toEqual([name, true])
      const wrote = BROWSER_ATTACKS.find(({ name }) => name === 'writes JSON with fetch')
      expect(await home.evaluate(wrote?.attack ?? (() => undefined), targets)).toBe(201)
      expect(await damage(home, around)).toContain('Pwned by fetch')
      await around.mara.api.projects.remove({ params: { project: 'pwned-by-fetch' } })
    } finally {
      await context.close()
    }
  })
})

/** Frames in which a page of the platform is shown: refused ones show an error of the browser. */
function framedPlatform(page: Page, origin: string): string[] {
  return page
    .frames()
    .slice(1)
    .map((frame) => frame.url())
    .filter((url) => url.startsWith(`${origin}/app`))
}

async function closeOthers(context: BrowserContext, kept: readonly Page[]): Promise<void> {
  for (const page of context.pages()) if (!kept.includes(page)) await page.close()
}

describe('a workspace that shares the platform’s origin', () => {
  it('cannot take its pages over with a service worker', async () => {
    const context = await browser.newContext()
    try {
      const page = await context.newPage()
      await signIn(page, around.address)
      await page.goto(around.address + around.workspacePath)
      const registered = await page.evaluate(
        `navigator.serviceWorker.register('sw.js', { scope: '/' }).then(() => 'registered', (error) => error.name)`,
      )
      expect(registered).toBe('SecurityError')
    } finally {
      await context.close()
    }
  })
})

describe('an app that is framed by the platform', () => {
  it('gets a cookie of its own there, which a page opened at top does not need', async () => {
    const context = await browser.newContext()
    try {
      const page = await context.newPage()
      await signIn(page, around.main)
      await page.evaluate(`{
        const frame = document.createElement('iframe')
        frame.src = '/apps/open?app=${around.beside}&to=%2F'
        document.body.append(frame)
      }`)
      await expect
        .poll(() => page.frames().map((frame) => frame.url()), { timeout: 10_000 })
        .toContain(`http://${around.beside}.localhost:${around.port}/`)
      const cookies = await context.cookies()
      expect(cookies.map(({ name }) => name).toSorted()).toEqual([
        `__Host-lab-${around.port}`,
        `__Host-lab-frame-${around.port}`,
      ])
    } finally {
      await context.close()
    }
  })
})

describe('a bomb of cookies that reached the platform', () => {
  it('signs people out, and does not lock them out', async () => {
    const context = await browser.newContext()
    try {
      const page = await context.newPage()
      await signIn(page, around.main)
      await page.evaluate(
        `for (let i = 0; i < 40; i += 1) document.cookie = 'bomb' + i + '=' + 'x'.repeat(4000) + '; path=/'`,
      )
      const refused = await page.goto(`${around.main}/healthz`)
      expect(refused?.status()).toBe(431)
      const again = await page.goto(`${around.main}/healthz`)
      expect([again?.status(), await page.evaluate('document.cookie')]).toEqual([200, ''])
    } finally {
      await context.close()
    }
  })
})

describe('a ticket in a browser', () => {
  it('brings nobody in twice, and nobody from another page', async () => {
    const { ticket } = await around.ticketOf('mara', around.beside)
    const enter = (origin: string) =>
      around.ask(`http://${around.beside}.localhost:${around.port}`, '/.lab/enter', {
        method: 'POST',
        headers: { origin, 'content-type': 'application/x-www-form-urlencoded' },
        body: new URLSearchParams({ ticket, to: '/' }).toString(),
      })
    expect((await enter(`http://${around.evil}.localhost:${around.port}`)).status).toBe(403)
    expect((await enter(around.main)).status).toBe(303)
    expect((await enter(around.main)).status).toBe(403)
  })
})
