import { useEffect } from 'react'

/** What the tab is called while a screen is shown. */
export function useTitle (title: string | undefined): void {
  useEffect(() => { document.title = title === undefined ? 'Attune' : `${title} · Attune` }, [title])
}
