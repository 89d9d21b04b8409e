// Text that goes to the clipboard, for whoever looks to paste elsewhere.
import { toast } from '../ui'
import { say } from '../words/words'

/** Copies a text and says so, or what to do where the browser does not let it. */
export const copy = (text: string): void => void navigator.clipboard.writeText(text).then(() => toast(say('It is copied.')), () => toast(say('This browser does not let it be copied: mark the text.')))
