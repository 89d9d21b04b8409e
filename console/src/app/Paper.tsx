// A document for paper: it is asked for by who presses the button, and given as a file; what stands against it is said.
import { useMutation } from '@tanstack/react-query'
import type { ReactNode } from 'react'

import { Button, Dialog } from '../ui'
import { say } from '../words/words'
import { save } from './csv'
import { Wrong } from './states'

/** Asks for a PDF, and gives it as a file of that name. The name tells of nobody. */
export function Paper ({ name, ask, children }: { name: string, ask: () => Promise<Blob>, children: ReactNode }) {
  const made = useMutation({ mutationFn: ask, onSuccess: (pdf) => save(`${name}.pdf`, 'application/pdf', pdf) })
  return (
    <>
      <Button loading={made.isPending} onClick={() => made.mutate()}>{children}</Button>
      <Dialog open={made.isError} close={() => made.reset()} title={say('It was not written')}><Wrong error={made.error} again={() => made.mutate()} /></Dialog>
    </>
  )
}
