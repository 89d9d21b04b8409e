// What must not compile; the end-to-end test says so. Each line is wrong.
import { attune } from '../src/index.js'

const client = attune({ server: 'http://localhost:8080' })
void client.GET('/v1/nothing')
void client.POST('/v1/people/search', { params: {}, body: { id: 'ehr:p-1042' } })
void client.POST('/v1/pauses', { body: { why: 7 } })
