"""Sends one message of the kind that clients.sh names, composed by Python's email package, or writes it."""
import pathlib
import smtplib
import ssl
import sys
from email.message import EmailMessage
from email.policy import SMTP


def message(kind, sender, recipients, files):
    mail = EmailMessage(policy=SMTP.clone(max_line_length=78))
    mail["From"] = sender
    mail["To"] = ", ".join(recipients)
    mail["Subject"] = (files / "subject").read_text()
    mail.set_content((files / "text").read_text(), cte="8bit" if kind == "text" else None)
    if kind == "html":
        mail.add_alternative((files / "html").read_text(), subtype="html")
    if kind in ("html", "large"):
        mail.add_attachment((files / "attachment").read_bytes(), maintype="application", subtype="octet-stream", filename="Anhang ü.bin")
    return mail


def main():
    kind, mode, port, user, password, sender, directory, *recipients = sys.argv[1:]
    mail = message(kind, sender, recipients, pathlib.Path(directory))
    if mode == "write":
        sys.stdout.buffer.write(mail.as_bytes())
        return
    anybody = ssl._create_unverified_context()
    session = smtplib.SMTP_SSL("127.0.0.1", int(port), context=anybody) if mode == "tls" else smtplib.SMTP("127.0.0.1", int(port))
    with session:
        if mode == "starttls":
            session.starttls(context=anybody)
        session.login(user, password)
        session.sendmail(sender, recipients, mail.as_bytes())  # send_message would quote lines with From


main()
