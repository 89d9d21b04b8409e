import { useEffect, useRef, useState } from 'react'

import { say, whole } from '../../words/words'

/** Tells for three seconds that a number is another than before. */
function useChanged (value: number | null | undefined): boolean {
  const was = useRef(value)
  const [changed, set] = useState(false)
  useEffect(() => {
    if (was.current === value) return
    const known = was.current !== undefined
    was.current = value
    if (!known) return
    set(true)
    const timer = setTimeout(() => set(false), 3000)
    return () => clearTimeout(timer)
  }, [value])
  return changed
}

/** A number as it may be shown. One that is hidden says so, and no more; one with people behind it opens them. */
export function Num ({ value, of, open, id }: { value: number | null | undefined, of?: string, open?: (() => void) | undefined, id?: string }) {
  const changed = useChanged(value)
  const text = value === undefined ? '–' : value === null ? say('hidden') : whole(value)
  const inner = <><span className='n'>{text}</span>{of !== undefined && <> {of}</>}{changed && <i className='changed' aria-hidden />}</>
  const name = id === undefined ? {} : { 'data-number': id, 'data-value': value === null ? 'null' : String(value) }
  if (open === undefined || typeof value !== 'number' || value === 0) return <span className={value === null ? 'num hidden' : 'num'} {...name}>{inner}</span>
  return <button type='button' className='num link' onClick={(e) => { e.stopPropagation(); open() }} {...name}>{inner}</button>
}
