import '@fontsource-variable/atkinson-hyperlegible-next/index.css'
import '@fontsource-variable/source-serif-4/wght-italic.css'

import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'

import { Refused } from './api/client'
import { router } from './router'
import { UI } from './ui'
import './theme.css'

// What is refused is refused: only what did not come through is asked for again. A server that has just begun reads first what there is, and is waited for.
const busy = (err: Error) => err instanceof Refused && err.problem.status === 503
const client = new QueryClient({
  defaultOptions: {
    queries: {
      retry: (n, err) => busy(err) ? n < 15 : n < 2 && !(err instanceof Refused && err.problem.status < 500),
      retryDelay: (n, err) => busy(err) ? 2_000 : Math.min(1_000 * 2 ** n, 30_000),
      refetchOnWindowFocus: false,
      staleTime: 30_000,
    },
  },
})

const root = document.getElementById('root')
if (root !== null) createRoot(root).render(<StrictMode><QueryClientProvider client={client}><UI><RouterProvider router={router} /></UI></QueryClientProvider></StrictMode>)
