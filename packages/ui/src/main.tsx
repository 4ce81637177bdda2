import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import './styles/tokens.css'
import './styles/base.css'
import { App } from './app/App.tsx'
import { createAppRouter } from './app/router.tsx'
import { createApi, createQueries } from './lib/api.ts'

const root = document.getElementById('root')
if (!root) throw new Error('index.html has no #root')

const api = createApi()
const queries = createQueries()
createRoot(root).render(
  <StrictMode>
    <App api={api} queries={queries} router={createAppRouter({ api, queries })} />
  </StrictMode>,
)
