package io.postrider.dkim;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.postrider.domain.DkimKey;
import io.postrider.domain.DnsRecords;
import io.postrider.domain.SendingDomain;
import io.postrider.mail.RawMessage;
import io.postrider.route.HeaderSet;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class DkimSignerTest {
    private static final Instant NOW = Instant.parse("2026-11-25T10:00:00Z");
    private static final String DOMAIN = "example.com";
    private static final DkimKey KEY = DkimKeys.generate("pr1", NOW);
    private static final String TXT = new DnsRecords("out.example", "in.example")
            .of(new SendingDomain(DOMAIN, "default", "bounce.example.com", List.of(KEY), NOW))
            .get(0)
            .value();

    private static SigningKey signingKey;

    @BeforeAll
    static void parseKey() throws Exception {
        signingKey = new SigningKey(
                DOMAIN,
                KEY.selector(),
                KeyFactory.getInstance("RSA").generatePrivate(new PKCS8EncodedKeySpec(KEY.privateKey())));
    }

    static Stream<String> sampleNames() {
        return DkimSamples.all().keySet().stream();
    }

    @ParameterizedTest
    @MethodSource("sampleNames")
    void whatIsSignedShouldVerifyAndEachChangeShouldShow(String name) throws Exception {
        for (HeaderSet set : HeaderSet.values()) {
            byte[] signed = signed(DkimSamples.all().get(name), set);

            assertThat(ours(signed)).isTrue();
            assertThat(ours(with(signed, "alice@", "mallory@", "bob@", "mallory@")))
                    .isFalse();
            assertThat(ours(concat(signed, "more\r\n"))).isFalse();
        }
    }

    @Test
    void nobodyShouldBeAbleToAddAFieldThatMatters() throws Exception {
        String signed = new String(signed(DkimSamples.all().get("plain"), HeaderSet.FULL), ISO_8859_1);
        for (String name : List.of("From", "Subject", "To", "Date", "Reply-To")) {
            String added = name + ": eve@evil.example\r\n";

            assertThat(ours((added + signed).getBytes(ISO_8859_1)))
                    .as("on top: " + name)
                    .isFalse();
            assertThat(ours(signed.replaceFirst("\r\n\r\n", "\r\n" + added + "\r\n")
                            .getBytes(ISO_8859_1)))
                    .as("at the bottom: " + name)
                    .isFalse();
        }
    }

    @Test
    void fullSetShouldNameAllThatMattersAndOversign() {
        assertThat(signedNames("all-signed-fields", HeaderSet.FULL))
                .isEqualTo(
                        "from:from:to:to:subject:subject:date:date:reply-to:message-id:cc:mime-version:content-type"
                                + ":content-transfer-encoding:in-reply-to:references:list-unsubscribe:list-unsubscribe-post:feedback-id:x-postrider-id");
        assertThat(signedNames("repeated-fields", HeaderSet.FULL))
                .isEqualTo(
                        "from:from:to:to:to:subject:subject:date:date:reply-to:reply-to:reply-to:message-id:list-help:list-help");
    }

    @Test
    void sesSetShouldLeaveOutWhatSesRewrites() throws Exception {
        assertThat(signedNames("plain", HeaderSet.SES)).isEqualTo("from:from:to:to:subject:subject:reply-to");

        byte[] signed = signed(DkimSamples.all().get("plain"), HeaderSet.SES);

        assertThat(ours(with(signed, "<1@example.com>", "<2@eu.amazonses.com>", "10:00:00", "10:00:01")))
                .isTrue();
    }

    @Test
    void fieldShouldCarryItsTagsInShortLines() {
        String field = sign(DkimSamples.all().get("all-signed-fields"), HeaderSet.FULL);

        assertThat(field)
                .startsWith("DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed;")
                .endsWith("\r\n");
        assertThat(field.split("\r\n")).allMatch(line -> line.length() <= 78);
        assertThat(field.substring(0, field.length() - 2).split("\r\n(?![ \t])", -1))
                .hasSize(1);
        assertThat(TestVerifier.tags(field.substring(15)))
                .containsEntry("d", DOMAIN)
                .containsEntry("s", "pr1")
                .containsEntry("t", String.valueOf(NOW.getEpochSecond()))
                .doesNotContainKeys("l", "x", "i");
    }

    /** RFC 6376, section 3.4.6 gives the canonical form, section 3.4.4 the hash of the empty body. */
    @Test
    void bodyHashShouldBeThatOfTheRfc() throws Exception {
        byte[] canonical = java.security.MessageDigest.getInstance("SHA-256")
                .digest(" C\r\nD E\r\n".getBytes(StandardCharsets.US_ASCII));

        assertThat(bodyHash("From: a@example.com\r\n\r\n C \r\nD \t E\r\n\r\n\r\n"))
                .isEqualTo(Base64.getEncoder().encodeToString(canonical));
        assertThat(bodyHash("From: a@example.com\r\n\r\n")).isEqualTo("47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
    }

    /** The same key and time must give the same bytes for ever: RSA PKCS#1 v1.5 has no randomness. */
    @Test
    void signatureShouldNotDependOnHowTheMessageIsHeld() {
        String text = DkimSamples.all().get("folded-fields");
        RawMessage whole = RawMessage.parse(text.getBytes(ISO_8859_1));
        RawMessage pieces =
                RawMessage.parse(("X: 1\r\n" + text).getBytes(ISO_8859_1)).withoutFields("X");

        assertThat(new DkimSigner(pieces).sign(signingKey, HeaderSet.FULL, NOW))
                .isEqualTo(new DkimSigner(whole).sign(signingKey, HeaderSet.FULL, NOW));
    }

    @Test
    void anIndependentVerifierShouldAcceptAllSamples(@TempDir Path directory) throws Exception {
        assumeTrue(
                run(List.of("/usr/bin/python3", "-c", "import dkim")).isEmpty(),
                "skipped: /usr/bin/python3 has no module dkim (Debian package python3-dkim)");
        List<Path> files = new ArrayList<>();
        Map<String, String> samples = DkimSamples.all();
        // dkimpy does not read this obsolete syntax (RFC 5322, section 4.5).
        samples.remove("blanks-around-the-colon");
        // dkimpy keeps the blanks at the end of a line that does not end; no such line comes out of SMTP.
        samples.remove("no-final-crlf-but-blanks");
        for (Map.Entry<String, String> sample : samples.entrySet()) {
            for (HeaderSet set : HeaderSet.values()) {
                Path file = directory.resolve(sample.getKey() + "-" + set + ".eml");
                files.add(Files.write(file, signed(sample.getValue(), set)));
            }
        }
        Path script = Files.writeString(directory.resolve("verify.py"), """
                import dkim, sys
                bad = [f for f in sys.argv[2:] if not dkim.verify(
                    open(f, 'rb').read(), dnsfunc=lambda name, timeout=5: sys.argv[1].encode())]
                print('refused:', bad)
                """);
        List<String> command = new ArrayList<>(List.of("/usr/bin/python3", script.toString(), TXT));
        files.forEach(file -> command.add(file.toString()));

        assertThat(files).hasSizeGreaterThan(30);
        assertThat(run(command)).isEqualTo("refused: []");
    }

    @Test
    void theVerifierOfThisTestShouldAcceptTheVectorsOfOthers() throws Exception {
        Path corpus = corpus();
        assumeTrue(Files.isDirectory(corpus), "skipped: no vectors at " + corpus);
        String expected = Files.readString(corpus.resolve("expected.json"));
        Map<String, String> records = new LinkedHashMap<>();
        Matcher record = Pattern.compile("\"([^\"]+\\._domainkey\\.[^\"]+)\":\\s*\"([^\"]+)\"")
                .matcher(expected);
        while (record.find()) {
            records.put(record.group(1), record.group(2));
        }
        int verified = 0;
        try (Stream<Path> mails = Files.list(corpus)) {
            for (Path mail :
                    mails.filter(file -> file.toString().endsWith(".eml")).toList()) {
                byte[] message = Files.readString(mail, ISO_8859_1)
                        .replaceAll("\r?\n", "\r\n")
                        .getBytes(ISO_8859_1);
                assertThat(TestVerifier.verify(message, name -> records.getOrDefault(name, "p=")))
                        .as(mail.toString())
                        .contains(true);
                verified++;
            }
        }
        assertThat(verified).isGreaterThanOrEqualTo(6);
    }

    /** Beside the repository: {@code ../shared/corpus}. Surefire runs in the module's folder. */
    private static Path corpus() {
        return Path.of("").toAbsolutePath().resolve("../../shared/corpus/dkim").normalize();
    }

    private static String sign(String message, HeaderSet set) {
        return new DkimSigner(RawMessage.parse(message.getBytes(ISO_8859_1))).sign(signingKey, set, NOW);
    }

    private static byte[] signed(String message, HeaderSet set) {
        return RawMessage.parse(message.getBytes(ISO_8859_1))
                .prepend(sign(message, set))
                .toBytes();
    }

    /** The verdict on the topmost signature, which is ours. */
    private static boolean ours(byte[] signed) throws Exception {
        return TestVerifier.verify(signed, name -> name.equals("pr1._domainkey.example.com") ? TXT : "p=")
                .get(0);
    }

    private static String signedNames(String sample, HeaderSet set) {
        return TestVerifier.tags(sign(DkimSamples.all().get(sample), set).substring(15))
                .get("h");
    }

    private static String bodyHash(String message) {
        return TestVerifier.tags(sign(message, HeaderSet.FULL).substring(15)).get("bh");
    }

    private static byte[] with(byte[] message, String... replacements) {
        String text = new String(message, ISO_8859_1);
        for (int i = 0; i < replacements.length; i += 2) {
            text = text.replace(replacements[i], replacements[i + 1]);
        }
        return text.getBytes(ISO_8859_1);
    }

    private static byte[] concat(byte[] message, String more) {
        return (new String(message, ISO_8859_1) + more).getBytes(ISO_8859_1);
    }

    /** What the command wrote, or how it failed. */
    private static String run(List<String> command) throws IOException, InterruptedException {
        if (!Files.isExecutable(Path.of(command.get(0)))) {
            return command.get(0) + " is not there";
        }
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        return process.waitFor() == 0 ? output : "failed: " + output;
    }
}
