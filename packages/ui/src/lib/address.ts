/** Path of the app with a slash at its end, as the server put it into `<base>`: `/app/`, `/test/app/`. */
export const appPath = () => new URL(document.baseURI).pathname

/** Path prefix of the whole platform, for `/api` and its websocket: empty, or `/test`. */
export const platformPath = () => appPath().replace(/\/app\/$/, '')

/** Where programs reach the platform from this browser: `https://lab.acme.io/test`. */
export const platformAddress = () => location.origin + platformPath()

/** What the router takes as its base. */
export const routerBase = () => appPath().replace(/\/$/, '') || '/'

/** Sections of a project that have a page, by their segment in the address; the empty one is Home. */
export type SectionName = '' | 'data' | 'experiments' | 'models' | 'workspaces' | 'services' | 'members' | 'settings'

/** Addresses inside the app. Pages and links take them from here. */
export const addresses = {
  start: '/',
  login: '/login',
  setup: '/setup',
  register: '/register',
  projects: '/projects',
  createProject: '/new',
  account: '/account',
  users: '/admin/users',
  allWorkspaces: '/admin/workspaces',
  profiles: '/admin/profiles',
  server: '/admin/server',
  project: (project: string) => `/p/${encodeURIComponent(project)}`,
  section: (project: string, section: SectionName) =>
    `/p/${encodeURIComponent(project)}${section === '' ? '' : `/${section}`}`,
  object: (project: string, section: Exclude<SectionName, ''>, name: string) =>
    `/p/${encodeURIComponent(project)}/${section}/${encodeURIComponent(name)}`,
  /** The link MLflow clients print ends here. */
  run: (project: string, experiment: number, run: string) =>
    `/p/${encodeURIComponent(project)}/experiments/${experiment}/runs/${run}`,
}
