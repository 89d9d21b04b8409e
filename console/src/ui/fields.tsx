// Fields that give on what was written once one leaves them, or presses Enter: what is typed meanwhile is nobody's yet.
import { NativeSelect, Textarea as MantineTextarea, TextInput } from '@mantine/core'
import { useEffect, useRef, useState, type ReactNode } from 'react'

export interface FieldProps {
  label: ReactNode
  value: string
  commit: (value: string) => void
  description?: string
  error?: ReactNode
  placeholder?: string
  type?: 'date'
  disabled?: boolean
  autoFocus?: boolean
  required?: boolean
}

function useWritten (value: string, commit: (v: string) => void) {
  const [written, write] = useState(value)
  const given = useRef<string>(undefined) // what was given on and has not come back yet is not given on again
  useEffect(() => { given.current = undefined; write(value) }, [value])
  const done = () => {
    const is = written.trim()
    if (is === value || is === given.current) return
    given.current = is
    commit(is)
  }
  return { written, write, done, back: () => write(value) }
}

export function TextField ({ value, commit, autoFocus, ...rest }: FieldProps) {
  const { written, write, done, back } = useWritten(value, commit)
  return (
    <TextInput
      size='xs' {...rest} value={written} data-autofocus={autoFocus} onChange={(e) => write(e.currentTarget.value)} onBlur={done}
      onKeyDown={(e) => {
        if (e.key === 'Enter') done()
        if (e.key === 'Escape' && written !== value) { e.stopPropagation(); back() }
      }}
    />
  )
}

export function LongField ({ value, commit, rows = 2, ...rest }: FieldProps & { rows?: number }) {
  const { written, write, done, back } = useWritten(value, commit)
  return (
    <MantineTextarea
      size='xs' rows={Math.max(rows, written.split('\n').length)} {...rest} value={written} onChange={(e) => write(e.currentTarget.value)} onBlur={done}
      onKeyDown={(e) => {
        if (e.key === 'Enter' && (e.ctrlKey || e.metaKey)) done()
        if (e.key === 'Escape' && written !== value) { e.stopPropagation(); back() }
      }}
    />
  )
}

export function ChoiceField ({ value, commit, data, ...rest }: FieldProps & { data: { value: string, label: string }[] }) {
  const known = data.some((d) => d.value === value)
  return <NativeSelect size='xs' {...rest} value={value} onChange={(e) => commit(e.currentTarget.value)} data={known ? data : [{ value, label: value }, ...data]} />
}

/** A text of several lines that tells of every letter. */
export function Long ({ label, value, change, rows = 3, ...rest }: { label: ReactNode, value: string, change: (v: string) => void, rows?: number, description?: string, spellCheck?: boolean }) {
  return <MantineTextarea size='xs' {...rest} label={label} value={value} rows={Math.max(rows, value.split('\n').length)} onChange={(e) => change(e.currentTarget.value)} />
}
