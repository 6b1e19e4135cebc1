package io.postrider.it.scenario;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.postrider.testkit.smtp.PeerConversation;
import io.postrider.testkit.smtp.PeerScript;
import io.postrider.testkit.smtp.ScriptedSmtpPeer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Content, addresses and names that try to become more than one message, recipient or header field: in through each listener, and out through a relay that
 * keeps every octet. The vectors are our own, and those of {@code ../shared/corpus/smtp} where that is there.
 */
class HostileMailTest {
    private static final String VICTIM = "victim@rcpt.example";
    private static final String ATTACKER = "attacker@evil.example";
    private static final String TAIL = "MAIL FROM:<" + ATTACKER + ">\r\nRCPT TO:<" + VICTIM + ">\r\nDATA\r\nFrom: "
            + ATTACKER + "\r\nSubject: smuggled\r\n\r\nx\r\n.\r\n";
    private static final String DOMAIN = "hostile.example";
    private static final Pattern BARE = Pattern.compile("(?<!\r)\n|\r(?!\n)|\0");
    private static final List<String> OURS = List.of(
            "received", "dkim-signature", "x-postrider-id", "message-id", "date", "mime-version", "feedback-id");

    private static ScriptedSmtpPeer relay;
    private static Optional<JsonNode> corpus = Optional.empty();

    private static final Inbox INBOX = new Inbox(SharedNode.get());

    private final Node node = SharedNode.get();
    private final Node.Account account = node.account();

    enum Listener {
        STARTTLS,
        IMPLICIT_TLS,
        INBOUND;

        boolean isSubmission() {
            return this != INBOUND;
        }
    }

    @BeforeAll
    static void makeARelay() throws IOException {
        relay = ScriptedSmtpPeer.playing(PeerScript.offering("PIPELINING", "8BITMIME", "SIZE 20000000"));
        Node node = SharedNode.get();
        node.admin()
                .put("/relays/hostile", "{'host': '127.0.0.1', 'port': " + relay.port() + ", 'tls': {'mode': 'none'}}")
                .orFail();
        node.admin()
                .put(
                        "/routes/hostile",
                        "{'position': 10, 'when': {'recipientDomain': '" + DOMAIN + "'}, 'via': ['relay:hostile']}")
                .orFail();
        Path file = Path.of("")
                .toAbsolutePath()
                .resolve("../../shared/corpus/smtp/smuggling-vectors.json")
                .normalize();
        if (Files.exists(file)) {
            corpus = Optional.of(new ObjectMapper().readTree(file.toFile()));
        } else {
            System.out.println("HostileMailTest: no " + file + ", so only the vectors of the project are tried");
        }
    }

    @AfterAll
    static void closeTheRelay() {
        relay.close();
    }

    @ParameterizedTest
    @EnumSource
    void whatLooksLikeTheEndOfAMessageShouldNotEndIt(Listener listener) {
        for (String variant : endsOfData()) {
            String about = listener + " " + escaped(variant);
            try (Transaction transaction = new Transaction(listener)) {
                transaction.data("From: " + account.address() + "\r\nSubject: outer\r\n\r\nbody" + variant + TAIL);

                transaction.assertOneReply(about);
                transaction.left().ifPresent(content -> {
                    assertThat(fieldsOf(content, "from")).as(about).hasSize(1);
                    assertThat(headerOf(content)).as(about).doesNotContain("smuggled");
                    assertThat(bodyOf(content)).as(about).contains("smuggled");
                });
                transaction.assertArrivedWhole(about);
            }
        }
        assertNothingSmuggled();
    }

    @ParameterizedTest
    @EnumSource
    void whatLooksLikeTheEndOfAMessageShouldNotEndItAcrossPackets(Listener listener) {
        for (String variant : List.of("\n.\n", "\r.\r", "\r\n.\r", "\n.\r\n", "\r\n.\n")) {
            String about = listener + " octet by octet " + escaped(variant);
            try (Transaction transaction = new Transaction(listener)) {
                transaction.dataInOctets(
                        "From: " + account.address() + "\r\nSubject: outer\r\n\r\nbody" + variant + TAIL);

                transaction.assertOneReply(about);
                transaction.assertArrivedWhole(about);
            }
        }
        assertNothingSmuggled();
    }

    @ParameterizedTest
    @EnumSource
    void aFieldShouldNotBeInjectedByWhatStandsInAnother(Listener listener) {
        for (String value : headerValues()) {
            String about = listener + " " + escaped(value);
            try (Transaction transaction = new Transaction(listener)) {
                transaction.data(
                        "From: " + account.address() + "\r\nSubject: " + value + "\r\nX-Last: 1\r\n\r\nbody\r\n.\r\n");

                transaction.assertOneReply(about);
                transaction.left().ifPresent(content -> {
                    assertThat(fieldsOf(content, "from")).as(about).hasSize(1);
                    assertThat(fieldsOf(content, "from").get(0)).as(about).contains(account.address());
                    // what our reader takes for the header must be what any other takes for it
                    assertThat(fieldsOf(content, "x-last").size() + count(bodyOf(content), "X-Last: 1"))
                            .as(about)
                            .isEqualTo(1);
                    List<String> known = new ArrayList<>(OURS);
                    Collections.addAll(known, "from", "subject", "x-last", "bcc", "x", "reply-to", "sender");
                    assertThat(known).as(about).containsAll(namesOf(content));
                });
                transaction.assertArrivedWhole(about);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void aForeignFromShouldNotBeHiddenFromTheJudge(Listener listener) {
        if (!listener.isSubmission()) {
            return; // the inbound port judges no From
        }
        for (String hidden : List.of(
                "Subject: x\nFrom: ceo@victim.example",
                "Subject: x\rFrom: ceo@victim.example",
                "Subject: x\0\nFrom: ceo@victim.example",
                "Subject: x\r\rFrom: ceo@victim.example",
                "Subject: x\r\nFrom\0: ceo@victim.example",
                "Subject: x\r\nFrom : ceo@victim.example",
                "Subject: x\r\nFr\0om: ceo@victim.example",
                "Subject: x\r\n\0From: ceo@victim.example",
                "Subject: x\r\nFROM: ceo@victim.example",
                "Subject: x\r\nfrom:ceo@victim.example",
                "Subject: x\r\nFrom\t: ceo@victim.example")) {
            for (boolean first : new boolean[] {true, false}) {
                String about = listener + " " + escaped(hidden);
                try (Transaction transaction = new Transaction(listener)) {
                    String own = "From: " + account.address() + "\r\n";
                    transaction.data((first ? hidden + "\r\n" + own : own + hidden + "\r\n") + "\r\nbody\r\n.\r\n");

                    transaction.assertOneReply(about);
                    transaction
                            .left()
                            .ifPresent(content -> assertThat(headerOf(content))
                                    .as(about)
                                    .doesNotContainPattern("(?im)^from\\s*:.*victim"));
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void anAddressShouldNotBecomeTwoNorACommand(Listener listener) {
        for (String address : addresses()) {
            String about = listener + " " + escaped(address);
            try (Transaction transaction = new Transaction(listener)) {
                SmtpTalk talk = transaction.talk();
                talk.say("RSET");
                talk.say("MAIL FROM:<" + transaction.sender() + ">");
                talk.write(("RCPT TO:<" + address + ">\r\nNOOP\r\nQUIT\r\n").getBytes(ISO_8859_1));

                // Each line that ends with CRLF is a command, and gets one reply; NOOP and QUIT are two more.
                List<SmtpTalk.Reply> replies = repliesToTheEnd(talk);
                long lines = address.split("\r\n", -1).length;
                assertThat(replies.size()).as(about + replies).isLessThanOrEqualTo((int) lines + 2);
                if (lines == 1) {
                    assertThat(replies.get(0).code()).as(about + replies).isGreaterThanOrEqualTo(400);
                }
            }
        }
    }

    private static List<SmtpTalk.Reply> repliesToTheEnd(SmtpTalk talk) {
        List<SmtpTalk.Reply> replies = new ArrayList<>();
        try {
            while (true) {
                replies.add(talk.listen());
            }
        } catch (UncheckedIOException e) {
            return replies;
        }
    }

    @ParameterizedTest
    @EnumSource
    void theNameInEhloShouldInjectNothing(Listener listener) {
        for (String name : List.of(
                "a\nX-Injected: 1",
                "a\rX-Injected: 1",
                "a\0b",
                "a\tX-Injected: 1",
                "a)\n\nX-Injected",
                "a (X-Injected: 1",
                "a\r\r\nX-Injected: 1",
                "\u0085X-Injected",
                "[127.0.0.1]\nX-Injected: 1",
                "a".repeat(600))) {
            String about = listener + " " + escaped(name);
            try (Transaction transaction = new Transaction(listener)) {
                SmtpTalk talk = transaction.talk();
                SmtpTalk.Reply reply = talk.say("EHLO " + name);
                assertThat(reply.text()).as(about).doesNotContain("X-Injected");
                if (reply.code() != 250) {
                    continue;
                }
                transaction.begin();
                transaction.data("From: " + account.address() + "\r\nSubject: named\r\n\r\nbody\r\n.\r\n");
                transaction
                        .left()
                        .ifPresent(content -> assertThat(content).as(about).doesNotContain("X-Injected"));
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void aLongLineShouldArriveWholeOrBeRefused(Listener listener) {
        for (int length : new int[] {998, 999, 4096, 9_000, 65_536, 200_000}) {
            String line = "0123456789".repeat(length / 10 + 1).substring(0, length);
            String about = listener + " a line of " + length;
            try (Transaction transaction = new Transaction(listener)) {
                transaction.data("From: " + account.address() + "\r\nSubject: long\r\n\r\n" + line + "\r\n." + "."
                        + line + "\r\nend\r\n.\r\n");

                transaction.assertOneReply(about);
                transaction
                        .left()
                        .ifPresent(content -> assertThat(bodyOf(content))
                                .as(about)
                                .isEqualTo(
                                        line + "\r\n" + (listener.isSubmission() ? ".." : ".") + line + "\r\nend\r\n"));
                transaction.assertArrivedWhole(about);
                assertThat(length > 998 || transaction.accepted()).as(about).isTrue();
            }
        }
    }

    @Test
    void aFieldThatClaimsToBeOursShouldNotLeave() {
        String forged = "0".repeat(26);
        try (Transaction transaction = new Transaction(Listener.STARTTLS)) {
            transaction.data("X-Postrider-Id: " + forged + "\r\nx-POSTRIDER-tenant: other\r\nFrom: " + account.address()
                    + "\r\nSubject: forged\r\nX-Postrider-Id : " + forged + "\r\n\r\nbody\r\n.\r\n");
            assertThat(transaction.accepted()).as("a blank before a colon").isFalse();
        }
        try (Transaction transaction = new Transaction(Listener.STARTTLS)) {
            transaction.data("X-Postrider-Id: " + forged + "\r\nx-POSTRIDER-tenant: other\r\nFrom: " + account.address()
                    + "\r\nSubject: forged\r\n\r\nbody\r\n.\r\n");
            String left = transaction.left().orElseThrow();
            assertThat(left).doesNotContain(forged);
            assertThat(namesOf(left).stream().filter(name -> name.startsWith("x-postrider-")))
                    .containsExactly("x-postrider-id");
        }
    }

    @Test
    void whatWasSaidBeforeTlsShouldNotCountBehindIt() {
        try (SmtpTalk talk = node.submission()) {
            talk.ehlo();
            talk.write(("STARTTLS\r\nMAIL FROM:<" + account.address() + ">\r\nRCPT TO:<" + VICTIM + ">\r\n")
                    .getBytes(ISO_8859_1));
            SmtpTalk.Reply reply = talk.listen();
            if (reply.code() == 220) {
                talk.startTls();
                assertThat(talk.ehlo().code()).isEqualTo(250);
                assertThat(talk.say("RCPT TO:<" + VICTIM + ">").code()).isGreaterThanOrEqualTo(500);
            } else {
                assertThat(reply.code()).isGreaterThanOrEqualTo(400);
            }
        }
    }

    private static void assertNothingSmuggled() {
        assertThat(relay.commands()).noneMatch(command -> command.contains("evil.example") || command.contains(VICTIM));
        assertThat(relay.sessions())
                .flatExtracting(PeerConversation::commands)
                .noneMatch(command -> command.contains(VICTIM));
        for (byte[] message : relay.messages()) {
            assertThat(BARE.matcher(Mails.text(message)).find())
                    .as("a bare CR or LF, or a NUL, left: " + Mails.text(message))
                    .isFalse();
        }
    }

    /** A transaction that has got as far as its recipient. */
    private final class Transaction implements AutoCloseable {
        private final Listener listener;
        private final SmtpTalk talk;
        private final String sender;
        private final String recipient;
        private SmtpTalk.Reply end = new SmtpTalk.Reply(0, List.of());
        private String sent = "";
        private Set<String> keptBefore = Set.of();
        private Optional<String> stored = Optional.empty();

        Transaction(Listener listener) {
            this.listener = listener;
            this.sender = listener.isSubmission() ? account.address() : "";
            this.recipient = listener.isSubmission() ? "bob@" + DOMAIN : returnPath();
            this.talk = switch (listener) {
                case STARTTLS -> node.login(account);
                case IMPLICIT_TLS -> node.loginTls(account);
                case INBOUND -> node.inbound();
            };
            talk.ehlo();
            begin();
        }

        void begin() {
            assertThat(talk.say("MAIL FROM:<" + sender + ">").code()).isEqualTo(250);
            assertThat(talk.say("RCPT TO:<" + recipient + ">").code()).isEqualTo(250);
        }

        SmtpTalk talk() {
            return talk;
        }

        String sender() {
            return sender;
        }

        void data(String content) {
            send(content, content.length());
        }

        void dataInOctets(String content) {
            send(content, 1);
        }

        private void send(String content, int inOneWrite) {
            sent = content;
            if (!listener.isSubmission()) {
                keptBefore = INBOX.keys();
            }
            assertThat(talk.say("DATA").code()).isEqualTo(354);
            byte[] octets = content.getBytes(ISO_8859_1);
            for (int i = 0; i < octets.length; i += inOneWrite) {
                talk.write(Arrays.copyOfRange(octets, i, Math.min(octets.length, i + inOneWrite)));
            }
            end = talk.listen();
        }

        /** What the content is once the octets behind DATA are taken apart as RFC 5321 has it, and CR, LF and NUL made clean. */
        String expected() {
            return DataStream.contentOf(sent);
        }

        /** All that was taken is there, octet for octet, and nothing else: whole when it was only stored, the body when a header was added. */
        void assertArrivedWhole(String about) {
            left().ifPresent(content -> {
                if (listener.isSubmission()) {
                    assertThat(bodyOf(content).replace("\r\n..", "\r\n."))
                            .as(about)
                            .isEqualTo(bodyOf(expected()));
                } else {
                    assertThat(withoutTrace(content)).as(about).isEqualTo(expected());
                }
            });
        }

        private static String withoutTrace(String content) {
            Matcher trace = Pattern.compile("Received: [^\r\n]*\r\n([ \t][^\r\n]*\r\n)*")
                    .matcher(content);
            assertThat(trace.lookingAt()).as(escaped(content)).isTrue();
            return content.substring(trace.end());
        }

        boolean accepted() {
            return end.code() == 250;
        }

        /** One reply to all that was sent: 250, or a refusal; what comes next is the reply to what we say next. */
        void assertOneReply(String about) {
            assertThat(accepted() || end.code() >= 500).as(about + ": " + end).isTrue();
            assertThat(end.text()).as(about).matches("(?s)(250|5\\d\\d) [25]\\.\\d+\\.\\d+ .*");
            assertThat(talk.say("VRFY").text())
                    .as(about)
                    .isEqualTo(talk.say("VRFY").text());
            assertThat(talk.say("QUIT").code()).as(about).isEqualTo(221);
        }

        /** What the relay got, or what of the inbound port was stored, octet for octet, but for the dots that were doubled; nothing if the message was refused. */
        Optional<String> left() {
            if (!accepted()) {
                return Optional.empty();
            }
            if (!listener.isSubmission()) {
                if (stored.isEmpty()) {
                    stored = Optional.of(INBOX.theOneBeside(keptBefore));
                }
                return stored;
            }
            String id = end.queuedId();
            node.awaitMessage(id, "delivered");
            List<String> copies = relay.messages().stream()
                    .map(Mails::text)
                    .filter(text -> headerOf(text).contains("X-Postrider-Id: " + id))
                    .toList();
            assertThat(copies).hasSize(1);
            assertThat(BARE.matcher(copies.get(0)).find())
                    .as(escaped(copies.get(0)))
                    .isFalse();
            return Optional.of(copies.get(0));
        }

        @Override
        public void close() {
            talk.close();
        }
    }

    private String returnPath() {
        return ReturnPathOfAMail.RETURN_PATH;
    }

    /** Made once: it holds for many reports. */
    private static final class ReturnPathOfAMail {
        private static final String RETURN_PATH = make();

        private static String make() {
            Node node = SharedNode.get();
            String id = node.submit(node.account(), "success@there.example");
            node.awaitMessage(id, "delivered");
            return node.simulated(id, "success@there.example")
                    .get("reversePath")
                    .asText();
        }
    }

    private static List<String> endsOfData() {
        List<String> own = List.of(
                "\n.\n",
                "\n.\r\n",
                "\r\n.\n",
                "\r.\r",
                "\r.\n",
                "\r.\r\n",
                "\n.\r",
                "\r\n.\r",
                "\r\n.\0\r\n",
                "\r\n\0.\r\n",
                "\r\0\n.\r\n",
                "\r\n.\r\0\n",
                "\n\0.\n",
                "\r\n. \r\n",
                "\r\n.\t\r\n",
                "\r\n..\r\n",
                "\r\n.\r\r\n",
                "\r\r\n.\r\r\n",
                "\r\n.\n\r",
                "\n\r.\n\r",
                "\n\r\n.\n",
                "\u0085.\u0085",
                "\u000b.\u000b",
                "\f.\f",
                "\r\n.\\r\\n");
        return withCorpus(own, "end_of_data_variants");
    }

    private static List<String> headerValues() {
        List<String> own = List.of(
                "a\nX: 1",
                "a\rX: 1",
                "a\r\n\tX: 1",
                "a\n\nbody",
                "a\r\rbody",
                "a\0\r\n X: 1",
                "a\n X: 1",
                "a\u0085X: 1",
                "=?utf-8?B?YQ0KWDogMQ==?=",
                "a\u000bX: 1",
                "a\r\n =?utf-8?Q?=0D=0AX:_1?=",
                "a\nReply-To: b@evil.example");
        return withCorpus(own, "header_injection_values");
    }

    private static List<String> addresses() {
        List<String> own = List.of(
                "a@rcpt.example\nRCPT TO:<b@rcpt.example",
                "a@rcpt.example\rRCPT TO:<b@rcpt.example",
                "a@rcpt.example>\nDATA\n<",
                "a@rcpt.example\0",
                "\"a\0b\"@rcpt.example",
                "\"a\nb\"@rcpt.example",
                "a;b@rcpt.example,c@rcpt.example",
                "a@rcpt.example> <b@rcpt.example",
                "a@@rcpt.example",
                "a@rcpt.example> NOTIFY=NEVER\nRCPT TO:<b@rcpt.example");
        return withCorpus(own, "address_injection_values");
    }

    /** In UTF-8, a character for an octet. */
    private static String octets(String text) {
        return new String(text.getBytes(UTF_8), ISO_8859_1);
    }

    private static List<String> withCorpus(List<String> own, String name) {
        List<String> all = new ArrayList<>(own);
        corpus.ifPresent(vectors -> vectors.get(name).forEach(vector -> all.add(octets(vector.asText()))));
        return all.stream().distinct().toList();
    }

    private static String headerOf(String content) {
        return content.substring(0, content.indexOf("\r\n\r\n") + 2);
    }

    private static String bodyOf(String content) {
        return content.substring(content.indexOf("\r\n\r\n") + 4);
    }

    private static List<String> fieldsOf(String content, String name) {
        return fields(content).filter(field -> nameOf(field).equals(name)).toList();
    }

    private static List<String> namesOf(String content) {
        return fields(content).map(HostileMailTest::nameOf).toList();
    }

    private static Stream<String> fields(String content) {
        return Arrays.stream(headerOf(content).split("\r\n(?![ \t])"));
    }

    private static String nameOf(String field) {
        return field.split(":", 2)[0].strip().toLowerCase(Locale.ROOT);
    }

    private static int count(String text, String regex) {
        Matcher matcher = Pattern.compile(regex).matcher(text);
        int found = 0;
        while (matcher.find()) {
            found++;
        }
        return found;
    }

    private static String escaped(String text) {
        StringBuilder escaped = new StringBuilder();
        text.chars()
                .limit(500)
                .forEach(c -> escaped.append(c < ' ' || c > '~' ? String.format("\\u%04x", c) : (char) c));
        return escaped.toString();
    }
}
