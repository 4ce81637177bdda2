// Runs in pages of a browser, so there are no types here: `browser-attacks.ts` says what they are.

const anything = (got) => got !== null && got !== undefined && got !== false

export const PAGE_ATTACKS = [
  {
    name: 'reads the API',
    attack: ({ main }) =>
      fetch(`${main}/api/me`, { credentials: 'include' })
        .then((answer) => answer.text())
        .catch(() => null),
    loot: anything,
  },
  {
    name: 'reads the API as a script',
    attack: ({ main }) =>
      new Promise((resolve) => {
        const script = document.createElement('script')
        script.src = `${main}/api/me`
        script.onload = () => resolve('loaded')
        script.onerror = () => resolve(null)
        document.head.append(script)
      }),
    loot: anything,
  },
  {
    name: 'writes JSON with fetch',
    attack: ({ main }) =>
      fetch(`${main}/api/projects`, {
        method: 'POST',
        credentials: 'include',
        headers: { 'content-type': 'application/json' },
        body: '{"name":"Pwned by fetch"}',
      })
        .then((answer) => answer.status)
        .catch(() => null),
    loot: anything,
  },
  {
    name: 'writes without asking first',
    attack: ({ main }) =>
      fetch(`${main}/api/projects`, {
        method: 'POST',
        mode: 'no-cors',
        credentials: 'include',
        headers: { 'content-type': 'text/plain' },
        body: '{"name":"Pwned without cors"}',
      })
        .then(({ status }) => status)
        .catch(() => null),
    loot: (got) => got === 201,
  },
  {
    name: 'writes with a beacon',
    attack: async ({ main }) => {
      navigator.sendBeacon(`${main}/api/projects`, new Blob(['{"name":"Pwned by beacon"}'], { type: 'text/plain' }))
      await fetch(`${main}/healthz`, { mode: 'no-cors' }).catch(() => null)
    },
    loot: anything,
  },
  {
    name: 'writes with a form',
    attack: ({ main }) =>
      new Promise((resolve) => {
        const frame = document.createElement('iframe')
        frame.name = 'sink'
        document.body.append(frame)
        const form = document.createElement('form')
        form.method = 'post'
        form.enctype = 'text/plain'
        form.target = 'sink'
        form.action = `${main}/api/projects`
        const input = document.createElement('input')
        input.name = '{"name":"Pwned by form","x":"'
        input.value = '"}'
        form.append(input)
        document.body.append(form)
        frame.onload = () => resolve(null)
        setTimeout(() => resolve(null), 1000)
        form.submit()
      }),
    loot: anything,
  },
  {
    name: 'signs the browser in as somebody else',
    attack: ({ main, username, password }) =>
      new Promise((resolve) => {
        const form = document.createElement('form')
        const frame = document.createElement('iframe')
        frame.name = 'login'
        form.method = 'post'
        form.enctype = 'text/plain'
        form.target = 'login'
        form.action = `${main}/api/auth/login`
        const input = document.createElement('input')
        input.name = `{"username":"${username}","password":"${password}","x":"`
        input.value = '"}'
        form.append(input)
        document.body.append(frame, form)
        frame.onload = () => resolve(null)
        setTimeout(() => resolve(null), 1000)
        form.submit()
      }),
    loot: anything,
  },
  {
    name: 'frames the platform',
    attack: ({ main }) =>
      new Promise((resolve) => {
        const frame = document.createElement('iframe')
        frame.src = `${main}/app/`
        frame.onload = () => resolve(frame.contentWindow?.length ?? null)
        document.body.append(frame)
        setTimeout(() => resolve(null), 1000)
      }),
    // What was loaded is looked at from outside: a page of ours inside it would be the loot.
    loot: () => false,
  },
  {
    name: 'holds a handle on a window of the platform',
    attack: async ({ main }) => {
      const opened = window.open(`${main}/app/`)
      if (!opened) return null
      await new Promise((resolve) => setTimeout(resolve, 500))
      return opened.closed ? null : 'a living handle'
    },
    loot: anything,
  },
  {
    name: 'tosses cookies over the whole domain',
    attack: async ({ port, site }) => {
      for (const name of [`__Host-lab-${port}`, `lab-${port}`, `__Secure-lab-${port}`, `__Host-lab-app-${port}`, ''])
        for (const domain of [site, `.${site}`, '127.0.0.1'])
          try {
            document.cookie = `${name}=evil; domain=${domain}; path=/`
            document.cookie = `${name}=evil; domain=${domain}; path=/api`
          } catch {
            // A sandboxed page has no cookies at all.
          }
    },
    loot: () => false,
  },
  {
    name: 'evicts cookies with 300 of its own',
    attack: async ({ site }) => {
      for (let i = 0; i < 300; i += 1)
        try {
          document.cookie = `evict${i}=1; path=/`
          document.cookie = `evict${i}=1; domain=${site}; path=/`
        } catch {
          return
        }
    },
    loot: () => false,
  },
  {
    name: 'locks people out with a bomb of cookies',
    // On names of one site it gets people signed out, which a test of its own shows.
    places: ['own origin', 'sandbox'],
    attack: async ({ site }) => {
      for (let i = 0; i < 40; i += 1)
        try {
          document.cookie = `bomb${i}=${'x'.repeat(4000)}; domain=${site}; path=/`
        } catch {
          return
        }
    },
    loot: () => false,
  },
  {
    name: 'has the browser forget everything about the site',
    // The app answers this with `Clear-Site-Data: "*"`.
    attack: () =>
      fetch('x')
        .then((answer) => answer.headers.get('clear-site-data'))
        .catch(() => null),
    loot: anything,
  },
  {
    name: 'installs a service worker for the platform',
    attack: async () => {
      try {
        await navigator.serviceWorker.register('sw.js', { scope: '/' })
        return location.pathname === '/' ? null : 'registered'
      } catch {
        return null
      }
    },
    loot: anything,
  },
  {
    name: 'enters the app beside it with a ticket of the attacker',
    attack: ({ beside, ticket }) =>
      fetch(`${beside}/.lab/enter`, {
        method: 'POST',
        mode: 'no-cors',
        credentials: 'include',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: new URLSearchParams({ ticket, to: '/' }),
      })
        .then(() => null)
        .catch(() => null),
    loot: anything,
  },
  {
    name: 'reads the page that makes tickets',
    attack: ({ main }) =>
      fetch(`${main}/apps/open?app=x&to=/`, { credentials: 'include' })
        .then((answer) => answer.text())
        .catch(() => null),
    loot: anything,
  },
  {
    name: 'reads the app beside it',
    attack: ({ beside }) =>
      fetch(`${beside}/x`, { credentials: 'include' })
        .then((answer) => answer.text())
        .catch(() => null),
    loot: anything,
  },
  {
    name: 'writes to the app beside it',
    attack: ({ beside }) =>
      fetch(`${beside}/written-by-evil`, { method: 'POST', mode: 'no-cors', credentials: 'include', body: 'x' })
        .then(() => null)
        .catch(() => null),
    loot: anything,
  },
  {
    name: 'opens a websocket into the app beside it',
    attack: ({ beside }) =>
      new Promise((resolve) => {
        const socket = new WebSocket(`${beside.replace('http', 'ws')}/echo`)
        socket.onopen = () => resolve('open')
        socket.onerror = () => resolve(null)
      }),
    loot: anything,
  },
  {
    name: 'opens the live websocket of the platform',
    attack: ({ main }) =>
      new Promise((resolve) => {
        const socket = new WebSocket(`${main.replace('http', 'ws')}/api/live`)
        socket.onopen = () => resolve('open')
        socket.onerror = () => resolve(null)
      }),
    loot: anything,
  },
  {
    name: 'keeps something in the origin it shares',
    attack: async () => {
      const got = []
      for (const [what, look] of Object.entries({
        cookie: () => document.cookie,
        localStorage: () => localStorage.length,
        sessionStorage: () => sessionStorage.length,
        indexedDB: () => indexedDB.open('x'),
        caches: () => caches.keys(),
      }))
        try {
          await look()
          got.push(what)
        } catch {
          // As it should be.
        }
      return got.length > 0 ? got : null
    },
    loot: anything,
    places: ['sandbox'],
  },
]
