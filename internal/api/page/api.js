// Sends the examples of the API's documentation. The token stays in this page.
'use strict'
for (const form of document.querySelectorAll('form.try')) {
  form.addEventListener('submit', async (event) => {
    event.preventDefault()
    const out = form.querySelector('.answer')
    out.hidden = false
    out.textContent = '…'
    let path = form.dataset.path
    const query = new URLSearchParams()
    const headers = {}
    for (const field of form.querySelectorAll('[data-in]')) {
      if (field.value === '') continue
      if (field.dataset.in === 'path') path = path.replace('{' + field.name + '}', encodeURIComponent(field.value))
      if (field.dataset.in === 'query') query.append(field.name, field.value)
      if (field.dataset.in === 'header') headers[field.name] = field.value
    }
    const token = document.getElementById('token').value
    if (token !== '') headers.Authorization = 'Bearer ' + token
    const request = { method: form.dataset.method, headers }
    const body = form.querySelector('[name=body]')
    const bytes = form.querySelector('[name=bytes]')
    if (bytes !== null) {
      headers['Content-Type'] = 'application/octet-stream'
      request.body = bytes.files[0]
    } else if (form.dataset.method !== 'GET') {
      headers['Content-Type'] = 'application/json'
      if (body !== null) request.body = body.value
    }
    const asked = query.toString()
    try {
      const answer = await fetch(path + (asked === '' ? '' : '?' + asked), request)
      const text = await answer.text()
      let shown = text
      try { shown = JSON.stringify(JSON.parse(text), null, 2) } catch { /* it is no JSON */ }
      const tag = answer.headers.get('ETag')
      out.textContent = answer.status + ' ' + answer.statusText + (tag === null ? '' : '\nETag: ' + tag) + '\n\n' + shown
    } catch (problem) {
      out.textContent = 'The server did not answer: ' + problem.message
    }
  })
}
// A link to an operation opens it.
function openNamed () {
  const named = document.getElementById(decodeURIComponent(location.hash.slice(1)))
  if (named instanceof HTMLDetailsElement) named.open = true
}
addEventListener('hashchange', openNamed)
openNamed()
