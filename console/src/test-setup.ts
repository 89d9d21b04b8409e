import { cleanup, configure } from '@testing-library/react'
import { afterEach, vi } from 'vitest'

afterEach(cleanup)
configure({ asyncUtilTimeout: 15_000 }) // a busy machine takes its time

// What jsdom lacks and components ask for.
Object.defineProperty(window, 'matchMedia', { value: (query: string) => ({ matches: false, media: query, addEventListener: vi.fn(), removeEventListener: vi.fn(), addListener: vi.fn(), removeListener: vi.fn(), dispatchEvent: () => false, onchange: null }) })
class Observer { observe () {} unobserve () {} disconnect () {} }
Object.defineProperty(window, 'ResizeObserver', { value: Observer })
Element.prototype.scrollIntoView = () => {}
Object.defineProperty(window, 'CSS', { value: { escape: (text: string) => text.replace(/[^\w-]/g, '\\$&'), supports: () => false } })
