package io.postrider.dkim;

import java.util.LinkedHashMap;
import java.util.Map;

/** Messages of {@code example.com} to sign, by name; a character is a byte. */
public final class DkimSamples {
    private DkimSamples() {}

    /** Each edge of the canonicalisations and of the choice of fields. */
    public static Map<String, String> all() {
        String head = """
                From: Alice <alice@example.com>
                To: bob@example.org
                Subject: Hello
                Date: Wed, 25 Nov 2026 10:00:00 +0000
                Message-ID: <1@example.com>
                """.replace("\n", "\r\n");
        Map<String, String> samples = new LinkedHashMap<>();
        samples.put("plain", head + "\r\nHello\r\n");
        samples.put("empty-body", head + "\r\n");
        samples.put("only-blank-lines", head + "\r\n\r\n\r\n\r\n");
        samples.put("only-white-space", head + "\r\n \t \r\n \r\n");
        samples.put("trailing-blank-lines", head + "\r\nHello\r\n\r\n\r\n \r\n\t\r\n");
        samples.put("inner-blank-lines", head + "\r\n\r\n\r\nHello\r\n\r\n \r\nthere\r\n");
        samples.put("no-final-crlf", head + "\r\nHello");
        samples.put("no-final-crlf-but-blanks", head + "\r\nHello \t ");
        samples.put("white-space-runs", head + "\r\n  Hello \t there\t\r\n\tindented\r\na  b \r\n");
        samples.put("dot-lines", head + "\r\n.\r\n..\r\n.hidden\r\n.\r\n");
        samples.put("eight-bit-body", head + "\r\nGr\u00c3\u00bc\u00c3\u009fe \u00ff\u00fe\r\n");
        samples.put(
                "eight-bit-header", "From: \"B\u00f6b\" <bob@example.com>\r\nSubject: caf\u00c3\u00a9\r\n\r\nx\r\n");
        samples.put("long-line", head + "\r\n" + "0123456789 ".repeat(2_000) + "\r\nend\r\n");
        samples.put("large-body", head + "\r\n" + "A line with some  text in it.\r\n".repeat(20_000));
        samples.put(
                "folded-fields",
                "From: Alice\r\n  <alice@example.com>\r\nSubject:\r\n\tfolded \r\n  over\t\tlines  \r\nTo: a@example.org,\r\n b@example.org\r\n\r\nx\r\n");
        samples.put(
                "blanks-around-the-colon",
                "From \t:alice@example.com\r\nSubject:   \r\nTo :\tbob@example.org \r\n\r\nx\r\n");
        samples.put(
                "odd-case",
                "FROM: alice@example.com\r\nsubject: Hello\r\nTO: bob@example.org\r\nlist-ID: <l.example.com>\r\n\r\nx\r\n");
        samples.put(
                "repeated-fields",
                head
                        + "To: carol@example.org\r\nReply-To: a@example.com\r\nReply-To: b@example.com\r\nList-Help: <mailto:1@example.com>\r\nList-Help: <mailto:2@example.com>\r\n\r\nx\r\n");
        samples.put(
                "all-signed-fields",
                head + "Cc: c@example.org\r\nMIME-Version: 1.0\r\nContent-Type: text/plain;\r\n charset=utf-8\r\n"
                        + "Content-Transfer-Encoding: 8bit\r\nIn-Reply-To: <0@example.com>\r\nReferences: <0@example.com>\r\n"
                        + "List-Unsubscribe: <https://example.com/u>\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
                        + "Feedback-ID: a:b:c:d\r\nX-Postrider-Id: 01K\r\nReceived: from x\r\nReturn-Path: <b@example.com>\r\n\r\nx\r\n");
        samples.put("from-only", "From: alice@example.com\r\n\r\nx\r\n");
        samples.put("empty-field", "From: alice@example.com\r\nSubject:\r\nCc:\r\n\r\nx\r\n");
        samples.put(
                "signed-by-another",
                "DKIM-Signature: v=1; a=rsa-sha256; d=example.net; s=x; h=from; bh=; b=\r\n" + head + "\r\nx\r\n");
        return samples;
    }
}
