// Sends one message of the kind that clients.sh names, by nodemailer.
const fs = require('fs')
const nodemailer = require('nodemailer')

const [kind, mode, port, user, pass, from, directory, ...to] = process.argv.slice(2)
const file = name => fs.readFileSync(`${directory}/${name}`)
const mail = { from, to, subject: file('subject').toString(), text: file('text').toString() }
if (kind === 'html') mail.html = file('html').toString()
if (kind === 'html' || kind === 'large') mail.attachments = [{ filename: 'Anhang ü.bin', content: file('attachment') }]
nodemailer
  .createTransport({ host: '127.0.0.1', port, secure: mode === 'tls', requireTLS: true, auth: { user, pass }, tls: { rejectUnauthorized: false } })
  .sendMail(mail)
  .catch(problem => { console.error(problem.message); process.exit(1) })
