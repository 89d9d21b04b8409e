// Keys of single letters. They rest in fields of text and behind dialogs, and whoever finds them in the way turns them off.
import { useEffect, useRef } from 'react'

let off = false
export const keysOff = (): boolean => off
export const turnKeys = (is: boolean): void => { off = is }

const typing = (el: EventTarget | null): boolean => el instanceof HTMLElement && (el.isContentEditable || ['INPUT', 'TEXTAREA', 'SELECT'].includes(el.tagName))

/** After G comes a letter, soon. */
const soon = 1500
let begun = 0

/** Hears keys while a screen is shown: single ones, and such as 'g m', which is one after the other. */
export function useKeys (keys: Record<string, (e: KeyboardEvent) => void>): void {
  const now = useRef(keys)
  useEffect(() => { now.current = keys })
  useEffect(() => {
    const down = (e: KeyboardEvent) => {
      if (off || e.defaultPrevented || e.ctrlKey || e.metaKey || e.altKey || typing(e.target) || document.querySelector('[role=dialog]') !== null) return
      if (begun > 0 && e.timeStamp - begun < soon && e.timeStamp !== begun) now.current[`g ${e.key}`]?.(e)
      else now.current[e.key]?.(e)
    }
    document.addEventListener('keydown', down)
    return () => document.removeEventListener('keydown', down)
  }, [])
}

// Notes a G for all who listen: before any of them on the way down, and what came after it once all have heard.
document.addEventListener('keydown', (e) => {
  if (begun > 0 && e.timeStamp - begun >= soon) begun = 0
  if (e.key === 'g' && !e.ctrlKey && !e.metaKey && !e.altKey && !typing(e.target) && begun === 0) begun = e.timeStamp
  else if (begun > 0) setTimeout(() => { begun = 0 })
}, true)
