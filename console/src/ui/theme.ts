import { createTheme, type MantineColorsTuple } from '@mantine/core'

const teal: MantineColorsTuple = ['#eef6f5', '#dcebe9', '#bfdcd8', '#8fbfbb', '#6cc5c0', '#3f9a97', '#1d7a7b', '#0b5f63', '#084d51', '#064347']

/** What components take of their own accord; colours come from theme.css, in light and in dark. */
export const theme = createTheme({
  colors: { teal },
  primaryColor: 'teal',
  primaryShade: { light: 7, dark: 4 },
  autoContrast: true,
  respectReducedMotion: true,
  defaultRadius: 6,
  fontFamily: "'Atkinson Hyperlegible Next Variable', system-ui, sans-serif",
  cursorType: 'pointer',
})
