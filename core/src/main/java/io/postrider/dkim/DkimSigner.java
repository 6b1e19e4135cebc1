package io.postrider.dkim;

import io.postrider.mail.RawMessage;
import io.postrider.route.HeaderSet;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.Signature;
import java.time.Instant;
import java.util.Base64;
import java.util.List;

/**
 * Signs one message with rsa-sha256, relaxed/relaxed (<a href="https://datatracker.ietf.org/doc/html/rfc6376#section-3.5">RFC 6376, section
 * 3.5</a>). The body is read once, whatever the number of signatures. Sign the bytes that leave: line ends must be CRLF already.
 */
public final class DkimSigner {
    private static final String FIELD = "DKIM-Signature";

    private final RawMessage message;
    private final String bodyHash;

    public DkimSigner(RawMessage message) {
        this.message = message;
        this.bodyHash = bodyHash(message);
    }

    /** Returns the complete {@code DKIM-Signature} field with its final CRLF, to be put on top of the message. */
    public String sign(SigningKey key, HeaderSet set, Instant now) {
        SignedFields fields = SignedFields.of(message, set);
        FoldedField field = new FoldedField(FIELD)
                .word("v=1;")
                .word("a=rsa-sha256;")
                .word("c=relaxed/relaxed;")
                .word("d=" + key.domain() + ";")
                .word("s=" + key.selector() + ";")
                .word("t=" + now.getEpochSecond() + ";");
        List<SignedFields.Entry> entries = fields.entries();
        for (int i = 0; i < entries.size(); i++) {
            String name = entries.get(i).name() + (i < entries.size() - 1 ? ":" : ";");
            if (i == 0) {
                field.word("h=" + name);
            } else {
                field.glued(name);
            }
        }
        field.word("bh=" + bodyHash + ";").word("b=");
        return field.cut(signature(key, fields, field.toString())) + "\r\n";
    }

    /** Signs the fields and then the signature field with an empty {@code b=} and without its CRLF (section 3.7). */
    private static String signature(SigningKey key, SignedFields fields, String unsigned) {
        try {
            Signature signature = key.newSignature();
            for (SignedFields.Entry entry : fields.entries()) {
                if (entry.field().isPresent()) {
                    signature.update(Relaxed.header(entry.field().get()));
                }
            }
            byte[] self = Relaxed.header(
                    FIELD,
                    ByteBuffer.wrap(unsigned.substring(FIELD.length() + 1).getBytes(StandardCharsets.US_ASCII)));
            signature.update(self, 0, self.length - 2);
            return Base64.getEncoder().encodeToString(signature.sign());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("cannot sign with " + key, e);
        }
    }

    private static String bodyHash(RawMessage message) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            Relaxed.body(message.body(), (chunk, size) -> digest.update(chunk, 0, size));
            return Base64.getEncoder().encodeToString(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("this Java has no SHA-256", e);
        }
    }
}
