// Everything the console says goes through say(): its English is the key under which other languages have it.
import { i18n } from '@lingui/core'
import { compileMessage } from '@lingui/message-utils/compileMessage'

export const languages = { en: 'English', es: 'Español' } as const
export type Language = keyof typeof languages

/** One catalogue for each part of the console and language, fetched once somebody reads in it. */
const catalogues = import.meta.glob<Record<string, string>>('./*/*.json', { import: 'default' })

i18n.setMessagesCompiler(compileMessage)
i18n.load('en', {})
i18n.activate('en')

/** Says something in the language of whoever reads, with ICU's rules for numbers. */
export function say (text: string, values?: Record<string, unknown>): string {
  return i18n._(text, values)
}

/** Marks a text of a table, which say() says later: so it is found, and has to be translated. */
export const text = (english: string): string => english

/** Changes the language. What is not translated is said in English. */
export async function speak (language: Language): Promise<void> {
  if (language !== 'en') {
    const parts = await Promise.all(Object.entries(catalogues).filter(([path]) => path.startsWith(`./${language}/`)).map(([, load]) => load()))
    i18n.load(language, Object.assign({}, ...parts) as Record<string, string>)
  }
  i18n.activate(language)
  document.documentElement.lang = language
}

/** A whole number as people write it. */
export const whole = (n: number): string => i18n.number(n, { maximumFractionDigits: 0 })

/** A number of days, with a decimal place where there are few. */
export const days = (n: number): string => n > 0 && n < 0.1 ? '< 0.1' : i18n.number(n, { maximumFractionDigits: n < 10 ? 1 : 0 })

export const percent = (share: number): string => i18n.number(share, { style: 'percent', maximumFractionDigits: 0 })

export const instant = (text: string): string => i18n.date(text, { dateStyle: 'medium', timeStyle: 'short', hourCycle: 'h23', timeZone: 'UTC' }) + ' UTC'

/** A day, such as 2026-11-23, as people write it. */
export const date = (day: string): string => i18n.date(`${day}T00:00:00Z`, { dateStyle: 'medium', timeZone: 'UTC' })

export const clock = (at: Date): string => i18n.date(at, { timeStyle: 'short', hourCycle: 'h23' })
