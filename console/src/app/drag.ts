// Things that are dragged to places: with a mouse or pen at once, with a finger once it has rested on them, since fingers that move scroll.
import { useEffect, useRef, useState } from 'react'

const slop = 6
const rest = 350

interface Held<H> { what: H, x: number, y: number, pointer: number, taken: boolean, timer?: ReturnType<typeof setTimeout> }

/**
 * Lets what takes() finds under a pointer be dragged to what at() finds under it later. what is held, and over is where: empty over nothing;
 * both are undefined while nothing is dragged.
 */
export function useDrag<H> ({ takes, at, drop }: { takes: (e: React.PointerEvent) => H | undefined, at: (what: H, under: Element | null) => string | undefined, drop: (what: H, to: string) => void }) {
  const [is, setIs] = useState<{ what: H, over: string }>()
  const held = useRef<Held<H>>(undefined)
  const does = useRef({ at, drop })
  useEffect(() => { does.current = { at, drop } })
  useEffect(() => {
    const to = (is: Held<H>, e: PointerEvent) => does.current.at(is.what, document.elementFromPoint(e.clientX, e.clientY))
    const show = (what: H, over: string) => setIs((was) => was?.what === what && was.over === over ? was : { what, over })
    const end = () => {
      clearTimeout(held.current?.timer)
      held.current = undefined
      setIs(undefined)
    }
    const move = (e: PointerEvent) => {
      const is = held.current
      if (is === undefined || e.pointerId !== is.pointer) return
      if (e.pointerType !== 'touch' && e.buttons === 0) { end(); return }
      const moved = Math.hypot(e.clientX - is.x, e.clientY - is.y) > slop
      if (!is.taken && moved) {
        if (e.pointerType === 'touch') { end(); return } // it scrolls
        is.taken = true
      }
      if (is.taken) show(is.what, to(is, e) ?? '')
    }
    const up = (e: PointerEvent) => {
      const is = held.current
      if (is === undefined || e.pointerId !== is.pointer) return
      end()
      if (!is.taken) return
      const unclick = (c: Event) => { c.stopPropagation(); c.preventDefault() } // what was dragged was not clicked
      document.addEventListener('click', unclick, { capture: true, once: true })
      setTimeout(() => document.removeEventListener('click', unclick, { capture: true }))
      const place = to(is, e)
      if (place !== undefined) does.current.drop(is.what, place)
    }
    // A finger that holds something neither scrolls nor opens a menu. Who listens for this has to listen before the finger comes.
    const still = (e: Event) => { if (held.current?.taken === true && e.cancelable) e.preventDefault() }
    const menu = (e: Event) => { if (held.current !== undefined && held.current.timer !== undefined) e.preventDefault() }
    document.addEventListener('pointermove', move)
    document.addEventListener('pointerup', up)
    document.addEventListener('pointercancel', end)
    document.addEventListener('touchmove', still, { passive: false })
    document.addEventListener('contextmenu', menu)
    return () => {
      clearTimeout(held.current?.timer)
      document.removeEventListener('pointermove', move)
      document.removeEventListener('pointerup', up)
      document.removeEventListener('pointercancel', end)
      document.removeEventListener('touchmove', still)
      document.removeEventListener('contextmenu', menu)
    }
  }, [])
  const onPointerDown = (e: React.PointerEvent) => {
    const what = e.button === 0 && e.isPrimary ? takes(e) : undefined
    if (what === undefined) return
    const now: Held<H> = { what, x: e.clientX, y: e.clientY, pointer: e.pointerId, taken: false }
    held.current = now
    if (e.pointerType === 'touch') {
      now.timer = setTimeout(() => {
        now.taken = true
        setIs({ what, over: '' })
      }, rest)
    }
  }
  return { what: is?.what, over: is?.over, onPointerDown }
}
