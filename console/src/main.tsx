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

// What is refused is refused: only what did not come through is asked for again.
const client = new QueryClient({ defaultOptions: { queries: { retry: (n, err) => n < 2 && !(err instanceof Refused && err.problem.status < 500), refetchOnWindowFocus: false, staleTime: 30_000 } } })

const root = document.getElementById('root')
if (root !== null) createRoot(root).render(<StrictMode><QueryClientProvider client={client}><UI><RouterProvider router={router} /></UI></QueryClientProvider></StrictMode>)
