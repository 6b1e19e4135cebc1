package io.postrider.benchmarks.relay;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * The numbered mails of one run: alike but for the number and the recipients.
 *
 * @param run tells the runs apart
 * @param size octets of a whole message, about
 * @param domains recipient domains, taken in turn
 * @param recipients of each mail, of one domain
 */
record Mails(String run, String sender, int size, int domains, int recipients) {
    private static final String LINE = "The quick brown fox jumps over the lazy dog, and on it goes 0123456789.\r\n";

    List<String> recipientsOf(int number) {
        List<String> all = new ArrayList<>(recipients);
        for (int i = 0; i < recipients; i++) {
            all.add("r" + number + "-" + i + "@d" + number % domains + ".bench.example");
        }
        return all;
    }

    /** The message with the end of its data; no line begins with a dot. */
    byte[] message(int number) {
        StringBuilder text = new StringBuilder(size + LINE.length() + 512);
        text.append("From: Bench <").append(sender).append(">\r\n");
        text.append("To: ").append(recipientsOf(number).get(0)).append("\r\n");
        text.append("Subject: Message ").append(number).append("\r\n");
        text.append("Date: Wed, 25 Nov 2026 12:00:00 +0000\r\n");
        text.append("Message-ID: <").append(run).append('.').append(number).append("@bench.example>\r\n");
        text.append("MIME-Version: 1.0\r\nContent-Type: text/plain; charset=us-ascii\r\n");
        text.append(Sink.MARK).append(run).append(' ').append(number).append("\r\n\r\n");
        while (text.length() < size) {
            text.append(LINE);
        }
        text.append(".\r\n");
        return text.toString().getBytes(StandardCharsets.US_ASCII);
    }
}
