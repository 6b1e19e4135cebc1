package io.postrider.it.scenario;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.Optional;
import java.util.Set;

/** What a node keeps of the mail that came to its inbound port. */
final class Inbox {
    private static final String MAILS = "/mailRepositories/var%2Fmail%2Finbound/mails";

    private final Node node;

    Inbox(Node node) {
        this.node = node;
    }

    Set<String> keys() {
        Set<String> keys = new HashSet<>();
        node.admin().json(MAILS).forEach(key -> keys.add(key.asText()));
        return keys;
    }

    /** Waits for a mail that is not among those, requires that it is the only one, takes it away, and answers its octets. */
    String theOneBeside(Set<String> others) {
        Set<String> fresh = await().atMost(Node.PATIENCE).until(() -> without(others), found -> !found.isEmpty());
        assertThat(fresh).hasSize(1);
        String path = MAILS + "/" + fresh.iterator().next();
        // The repository lists a mail before it has written it.
        await().atMost(Node.PATIENCE)
                .until(
                        () -> node.admin().call("GET", path, Optional.empty(), "Accept", "message/rfc822"),
                        answer -> answer.status() == 200);
        String content = Mails.text(stored(fresh.iterator().next()));
        node.admin().call("DELETE", path).orFail();
        assertThat(without(others)).isEmpty();
        return content;
    }

    /** From the disk: WebAdmin shows each octet of a header field that is not ASCII as a question mark. */
    private byte[] stored(String key) {
        String name = HexFormat.of().withUpperCase().formatHex(key.getBytes(StandardCharsets.US_ASCII));
        try {
            return Files.readAllBytes(
                    node.process().home().resolve("var/mail/inbound").resolve(name + ".Repository.FileStreamStore"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Set<String> without(Set<String> others) {
        Set<String> keys = keys();
        keys.removeAll(others);
        return keys;
    }
}
