import { CSPProvider } from '@base-ui/react/csp-provider'
import { createMemoryHistory, createRootRoute, createRouter, RouterProvider } from '@tanstack/react-router'
import { StrictMode, type ReactNode } from 'react'
import { createRoot } from 'react-dom/client'
import '../styles/tokens.css'
import '../styles/base.css'
import { TipLayer } from '../components/Tip.tsx'
import { ToastProvider } from '../components/Toast.tsx'
import { parseSearch, writeSearch } from '../lib/search.ts'
import { ComponentSheet } from './ComponentSheet.tsx'
import { ExperimentsView } from './views/ExperimentsView.tsx'
import { RunView } from './views/RunView.tsx'
import { WorkspacesView } from './views/WorkspacesView.tsx'
import { StartingView } from './views/StartingView.tsx'
import { EmptyHomeView } from './views/EmptyHomeView.tsx'
import { PaletteView } from './views/PaletteView.tsx'
import { LoginView, SetupView } from './FrameViews.tsx'
import { FormsSheet } from './FormsSheet.tsx'
import { now } from './samples.ts'

/** `sheet.html?view=…`: every component in its states, and the shell around sample pages. For development and pictures; not in the product. */
const views: Record<string, () => ReactNode> = {
  components: () => <ComponentSheet />,
  forms: () => <FormsSheet />,
  experiments: () => <ExperimentsView />,
  run: () => <RunView />,
  workspaces: () => <WorkspacesView />,
  starting: () => <StartingView />,
  'home-empty': () => <EmptyHomeView />,
  palette: () => <PaletteView />,
  login: () => <LoginView />,
  setup: () => <SetupView />,
}

const wanted = new URLSearchParams(location.search).get('view') ?? 'components'
const view = views[wanted] ?? (() => <ComponentSheet />)
const theme = new URLSearchParams(location.search).get('theme')
if (theme) document.documentElement.dataset['theme'] = theme
document.documentElement.dataset['now'] = String(now)

const router = createRouter({
  routeTree: createRootRoute({ component: view, notFoundComponent: view }),
  history: createMemoryHistory(),
  parseSearch,
  stringifySearch: writeSearch,
})

const root = document.getElementById('root')
if (!root) throw new Error('sheet.html has no #root')
createRoot(root).render(
  <StrictMode>
    <CSPProvider disableStyleElements>
      <ToastProvider>
        <RouterProvider router={router} />
        <TipLayer />
      </ToastProvider>
    </CSPProvider>
  </StrictMode>,
)
