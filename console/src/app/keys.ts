// Keys of single letters. They rest in fields of text and behind dialogs, and whoever finds them in the way turns them off.
import { useEffect, useRef } from 'react'

let off = false
export const keysOff = (): boolean => off
export const turnKeys = (is: boolean): void => { off = is }

const typing = (el: EventTarget | null): boolean => el instanceof HTMLElement && (el.isContentEditable || ['INPUT', 'TEXTAREA', 'SELECT'].includes(el.tagName))

export function useKeys (keys: Record<string, (e: KeyboardEvent) => void>): void {
  const now = useRef(keys)
  useEffect(() => { now.current = keys })
  useEffect(() => {
    const down = (e: KeyboardEvent) => {
      if (off || e.defaultPrevented || e.ctrlKey || e.metaKey || e.altKey || typing(e.target) || document.querySelector('[role=dialog]') !== null) return
      now.current[e.key]?.(e)
    }
    document.addEventListener('keydown', down)
    return () => document.removeEventListener('keydown', down)
  }, [])
}
