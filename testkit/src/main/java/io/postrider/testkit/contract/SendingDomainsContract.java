package io.postrider.testkit.contract;

import static io.postrider.testkit.Fixtures.NOW;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.postrider.domain.DkimKey;
import io.postrider.domain.SendingDomain;
import io.postrider.domain.SendingDomains;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What callers of {@link io.postrider.domain.SendingDomains} rely on. Each test gets an empty store. */
public interface SendingDomainsContract {
    SendingDomains sendingDomains();

    /** The same store, closed and opened again. */
    SendingDomains reopenedSendingDomains();

    @Test
    default void putShouldKeepEveryFieldAndTheKeysInTheirOrder() {
        SendingDomain domain = domain("acme.example", "acme", key("s2", true), key("s1", false), key("s3", true));
        sendingDomains().put(domain);

        assertThat(sendingDomains().find("acme.example")).get().satisfies(found -> assertSame(found, domain));
    }

    @Test
    default void putShouldReplaceTheDomainWithItsKeys() {
        sendingDomains().put(domain("acme.example", "acme", key("s1", true), key("s2", true)));
        SendingDomain replacement = new SendingDomain(
                "acme.example", "acme", "return.acme.example", List.of(key("s3", true)), NOW.plusSeconds(1));
        sendingDomains().put(replacement);

        assertThat(sendingDomains().find("acme.example")).get().satisfies(found -> assertSame(found, replacement));
    }

    @Test
    default void putShouldRefuseTheDomainOfAnotherTenantAndKeepIt() {
        SendingDomain owned = domain("acme.example", "acme", key("s1", true));
        sendingDomains().put(owned);

        assertThatIllegalArgumentException()
                .isThrownBy(() -> sendingDomains().put(domain("acme.example", "other", key("evil", true))))
                .withMessageContaining("acme.example")
                .withMessageContaining("belongs to another tenant");
        assertThat(sendingDomains().find("acme.example")).get().satisfies(found -> assertSame(found, owned));
    }

    @Test
    default void putShouldAllowTheSameSelectorForTwoDomains() {
        sendingDomains().put(domain("a.example", "acme", key("s1", true)));
        sendingDomains().put(domain("b.example", "acme", key("s1", false)));

        assertThat(sendingDomains().find("a.example").orElseThrow().keys())
                .extracting(DkimKey::active)
                .containsExactly(true);
        assertThat(sendingDomains().find("b.example").orElseThrow().keys())
                .extracting(DkimKey::active)
                .containsExactly(false);
    }

    @Test
    default void findShouldMatchTheExactNameOnly() {
        sendingDomains().put(domain("acme.example", "acme"));

        assertThat(sendingDomains().find("sub.acme.example")).isEmpty();
        assertThat(sendingDomains().find("example")).isEmpty();
    }

    @Test
    default void privateKeysShouldSurviveAReopening() {
        SendingDomain domain = domain("acme.example", "acme", key("s1", true));
        sendingDomains().put(domain);

        assertThat(reopenedSendingDomains().find("acme.example")).get().satisfies(found -> assertSame(found, domain));
    }

    @Test
    default void isReturnPathDomainShouldFollowPutAndRemove() {
        sendingDomains().put(domain("acme.example", "acme"));
        assertThat(sendingDomains().isReturnPathDomain("bounces.acme.example")).isTrue();
        assertThat(sendingDomains().isReturnPathDomain("acme.example")).isFalse();

        sendingDomains().put(new SendingDomain("acme.example", "acme", "return.acme.example", List.of(), NOW));
        assertThat(sendingDomains().isReturnPathDomain("bounces.acme.example")).isFalse();
        assertThat(sendingDomains().isReturnPathDomain("return.acme.example")).isTrue();

        sendingDomains().remove("acme.example");
        assertThat(sendingDomains().isReturnPathDomain("return.acme.example")).isFalse();
    }

    @Test
    default void listShouldReturnThoseOfOneTenantOverSeveralPages() {
        for (int i = 0; i < 5; i++) {
            sendingDomains().put(domain("d" + i + ".acme.example", "acme", key("s1", true)));
            sendingDomains().put(domain("d" + i + ".other.example", "other"));
        }

        List<SendingDomain> acme = Pages.all(2, cursor -> sendingDomains().list(Optional.of("acme"), 2, cursor));
        assertThat(acme)
                .extracting(SendingDomain::name)
                .containsExactly(
                        "d0.acme.example", "d1.acme.example", "d2.acme.example", "d3.acme.example", "d4.acme.example");
        assertThat(acme).allSatisfy(domain -> assertThat(domain.keys()).hasSize(1));
        assertThat(Pages.all(3, cursor -> sendingDomains().list(Optional.empty(), 3, cursor)))
                .hasSize(10);
    }

    @Test
    default void listShouldRefuseACursorThatItDidNotGive() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> sendingDomains().list(Optional.empty(), 10, Optional.of("bm8")))
                .withMessageContaining("cursor: 'bm8'");
    }

    @Test
    default void removeShouldTakeTheKeysAlong() {
        sendingDomains().put(domain("acme.example", "acme", key("s1", true)));

        assertThat(sendingDomains().remove("acme.example")).isTrue();
        assertThat(sendingDomains().remove("acme.example")).isFalse();
        assertThat(sendingDomains().find("acme.example")).isEmpty();

        sendingDomains().put(domain("acme.example", "other"));
        assertThat(sendingDomains().find("acme.example").orElseThrow().keys()).isEmpty();
    }

    private static SendingDomain domain(String name, String tenant, DkimKey... keys) {
        return new SendingDomain(name, tenant, "bounces." + name, List.of(keys), NOW);
    }

    private static DkimKey key(String selector, boolean active) {
        return new DkimKey(
                selector,
                ("private key of " + selector).getBytes(StandardCharsets.UTF_8),
                ("public key of " + selector).getBytes(StandardCharsets.UTF_8),
                active,
                NOW);
    }

    private static void assertSame(SendingDomain found, SendingDomain expected) {
        assertThat(found).usingRecursiveComparison().isEqualTo(expected);
        assertThat(found.keys())
                .zipSatisfy(
                        expected.keys(),
                        (left, right) -> assertThat(Arrays.equals(left.privateKey(), right.privateKey()))
                                .isTrue());
    }
}
