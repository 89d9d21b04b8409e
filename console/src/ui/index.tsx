// Whatever the console takes of Mantine, and nothing takes it elsewhere. Styles come as files, never in the page: its policy knows no
// exception. So no component here may lock scrolling, or have responsive style props, which would write styles into the page.
import '@mantine/core/styles/baseline.css'
import '@mantine/core/styles/default-css-variables.css'
import '@mantine/core/styles/global.css'
import '@mantine/core/styles/UnstyledButton.css'
import '@mantine/core/styles/Button.css'
import '@mantine/core/styles/ActionIcon.css'
import '@mantine/core/styles/CloseButton.css'
import '@mantine/core/styles/Input.css'
import '@mantine/core/styles/Combobox.css'
import '@mantine/core/styles/ModalBase.css'
import '@mantine/core/styles/Modal.css'
import '@mantine/core/styles/Overlay.css'
import '@mantine/core/styles/Paper.css'
import '@mantine/core/styles/Popover.css'
import '@mantine/core/styles/Menu.css'
import '@mantine/core/styles/ScrollArea.css'
import '@mantine/core/styles/Skeleton.css'
import '@mantine/core/styles/Loader.css'
import '@mantine/core/styles/Notification.css'
import '@mantine/notifications/styles.css'
import '@mantine/spotlight/styles.css'

import { Button as MantineButton, MantineProvider, Menu as MantineMenu, Modal, NativeSelect, Skeleton as MantineSkeleton, TextInput, useMantineColorScheme, type ButtonProps } from '@mantine/core'
import { Notifications, notifications } from '@mantine/notifications'
import { Spotlight, spotlight, type SpotlightActionGroupData } from '@mantine/spotlight'
import { useId, type ReactNode } from 'react'

import { say } from '../words/words'
import { theme } from './theme'

export { NativeSelect as Select, TextInput }

export function UI ({ children }: { children: ReactNode }) {
  return (
    <MantineProvider theme={theme} defaultColorScheme='auto' withCssVariables={false} withGlobalClasses={false}>
      <Notifications position='bottom-right' autoClose={4000} />
      {children}
    </MantineProvider>
  )
}

export type Colours = 'light' | 'dark' | 'auto'

export function useColours (): [Colours, (c: Colours) => void] {
  const { colorScheme, setColorScheme } = useMantineColorScheme()
  return [colorScheme, setColorScheme]
}

export const toast = (message: string): void => { notifications.show({ message, closeButtonProps: { 'aria-label': say('Close') } }) }

export function Button (props: ButtonProps & { onClick?: () => void, type?: 'button' | 'submit', 'aria-pressed'?: boolean, 'aria-haspopup'?: 'dialog', children: ReactNode }) {
  return <MantineButton size='xs' variant='default' {...props} />
}

/** A link that looks like a button. */
export function ButtonLink ({ href, children, download }: { href: string, children: ReactNode, download?: boolean }) {
  return <MantineButton component='a' href={href} size='xs' variant='default' {...(download === true ? { download: true } : {})}>{children}</MantineButton>
}

/** One of a few, all of them in sight. */
export function Segments ({ label, value, choose, of }: { label: string, value: string, choose: (value: string) => void, of: { value: string, label: string }[] }) {
  const name = useId()
  return (
    <div role='radiogroup' aria-label={label} className='segments'>
      {of.map((x) => <label key={x.value}><input type='radio' name={name} value={x.value} checked={x.value === value} onChange={() => choose(x.value)} /><span>{x.label}</span></label>)}
    </div>
  )
}

export function Dialog ({ title, open, close, wide = false, children }: { title: string, open: boolean, close: () => void, wide?: boolean, children: ReactNode }) {
  return (
    <Modal.Root opened={open} onClose={close} size={wide ? 'xl' : 'md'} lockScroll={false} transitionProps={{ duration: 120 }}>
      <Modal.Overlay />
      <Modal.Content>
        <div className='dialog-head'><Modal.Title>{title}</Modal.Title><Modal.CloseButton aria-label={say('Close')} /></div>
        <Modal.Body>{children}</Modal.Body>
      </Modal.Content>
    </Modal.Root>
  )
}

/** Does something once no dialog is open any more, which gives the focus back first. */
export function onceClosed (act: () => void): void {
  if (document.querySelector('[role=dialog]') === null) setTimeout(act, 20)
  else requestAnimationFrame(() => onceClosed(act))
}

export function Dropdown ({ label, items }: { label: ReactNode, items: { key: string, text: string, href?: string, act?: () => void, chosen?: boolean }[] }) {
  return (
    <MantineMenu position='bottom-end' transitionProps={{ duration: 120 }}>
      <MantineMenu.Target><MantineButton size='xs' variant='default'>{label}</MantineButton></MantineMenu.Target>
      <MantineMenu.Dropdown>
        {items.map((i) => i.href === undefined
          ? <MantineMenu.Item key={i.key} onClick={i.act} {...(i.chosen === undefined ? {} : { rightSection: i.chosen ? '✓' : ' ' })}>{i.text}</MantineMenu.Item>
          : <MantineMenu.Item key={i.key} component='a' href={i.href} download>{i.text}</MantineMenu.Item>)}
      </MantineMenu.Dropdown>
    </MantineMenu>
  )
}

export function Skeleton ({ height, width }: { height: number, width?: number | string }) {
  return <MantineSkeleton height={height} {...(width === undefined ? {} : { width })} />
}

export interface Act { id: string, label: string, description?: string, keywords?: string[], run: () => void }

/** What the palette finds: things to go to and to do. */
export function Palette ({ groups, placeholder, nothing, opened, typed }: {
  groups: { group: string, actions: Act[] }[]
  placeholder: string
  nothing: string
  /** Hears that it was opened, and what is typed. */
  opened: () => void
  typed: (query: string) => void
}) {
  const actions: SpotlightActionGroupData[] = groups.map((g) => ({
    group: g.group,
    actions: g.actions.map((a) => ({ id: a.id, label: a.label, onClick: a.run, ...(a.description === undefined ? {} : { description: a.description }), ...(a.keywords === undefined ? {} : { keywords: a.keywords }) })),
  }))
  return (
    <Spotlight
      actions={actions} shortcut={['mod + K']} nothingFound={nothing} highlightQuery limit={40} scrollable maxHeight={420} lockScroll={false} onSpotlightOpen={opened} onQueryChange={typed}
      attributes={{ content: { 'aria-label': placeholder } }} searchProps={{ placeholder, 'aria-label': placeholder }} transitionProps={{ duration: 120 }}
    />
  )
}

export const openPalette = (): void => { spotlight.open() }
