package io.postrider.benchmarks.jmh;

import java.nio.charset.StandardCharsets;

/** A mail as an app submits it. */
final class SampleMail {
    private static final String HEADER = """
            From: "The Shop" <shop@sender.example>
            To: Bob <bob@example.com>
            Subject: =?utf-8?Q?Gr=C3=BC=C3=9Fe_=E2=80=93_your_receipt?=
            Date: Wed, 25 Nov 2026 12:00:00 +0000
            Message-ID: <4711.20261125@sender.example>
            MIME-Version: 1.0
            Content-Type: text/plain; charset=us-ascii
            Content-Transfer-Encoding: 7bit
            List-Unsubscribe: <https://sender.example/u/4711>,
             <mailto:unsubscribe@sender.example?subject=4711>
            List-Unsubscribe-Post: List-Unsubscribe=One-Click

            """.replace("\n", "\r\n");
    private static final String LINE = "The quick brown fox jumps over the lazy dog, and on it goes 0123456789.\r\n";

    private SampleMail() {}

    /** One of that many octets, up to a line more. */
    static byte[] ofSize(int size) {
        StringBuilder text = new StringBuilder(size + LINE.length()).append(HEADER);
        while (text.length() < size) {
            text.append(LINE);
        }
        return text.toString().getBytes(StandardCharsets.US_ASCII);
    }
}
