package io.postrider.mail;

/** What a client sent breaks the grammar of SMTP; the reply says how and what to send instead. */
public final class SmtpSyntaxException extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    private final transient SmtpReply reply;

    public SmtpSyntaxException(int code, String text) {
        super(text);
        this.reply = new SmtpReply(code, text);
    }

    /** What to answer; it quotes nothing that cannot be shown. */
    public SmtpReply reply() {
        return reply;
    }
}
