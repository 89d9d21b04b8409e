// Finding people by what one knows of them. It stands in the question's body, and in no address.
import { api, wanted } from '../api/client'
import { purposeHeader, type Purpose } from './purpose'

/** What is known of somebody; all that is not empty has to fit. */
export interface Asked { name?: string, born?: string, phone?: string, id?: string }

export const find = (asked: Asked, purpose?: Purpose) => wanted(api.POST('/v1/people/search', { params: { header: purposeHeader(purpose) }, body: Object.fromEntries(Object.entries(asked).filter(([, v]) => v !== '')) }))
