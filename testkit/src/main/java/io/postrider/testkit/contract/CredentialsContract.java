package io.postrider.testkit.contract;

import static io.postrider.testkit.Fixtures.NOW;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.postrider.tenant.Credential;
import io.postrider.tenant.Credentials;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What callers of {@link io.postrider.tenant.Credentials} rely on. Each test gets an empty store. */
public interface CredentialsContract {
    Credentials credentials();

    @Test
    default void putShouldKeepEveryField() {
        Credential credential = new Credential("app@acme", "acme", "pbkdf2$1$salt$hash", true, "the shop – prod", NOW);
        credentials().put(credential);

        assertThat(credentials().find("app@acme")).contains(credential);
    }

    @Test
    default void putShouldReplaceTheCredentialOfTheSameName() {
        credentials().put(credential("app", "acme"));
        Credential replacement = new Credential("app", "acme", "other hash", true, "new", NOW.plusSeconds(1));
        credentials().put(replacement);

        assertThat(credentials().find("app")).contains(replacement);
        assertThat(credentials().list(Optional.empty(), 10, Optional.empty()).items())
                .containsExactly(replacement);
    }

    @Test
    default void findShouldTellUserNamesOfDifferentCaseApart() {
        credentials().put(credential("app", "acme"));

        assertThat(credentials().find("APP")).isEmpty();
    }

    @Test
    default void listShouldReturnThoseOfOneTenantOverSeveralPages() {
        for (int i = 0; i < 5; i++) {
            credentials().put(credential("acme-" + i, "acme"));
            credentials().put(credential("other-" + i, "other"));
        }

        assertThat(Pages.all(2, cursor -> credentials().list(Optional.of("acme"), 2, cursor)))
                .extracting(Credential::username)
                .containsExactly("acme-0", "acme-1", "acme-2", "acme-3", "acme-4");
        assertThat(Pages.all(3, cursor -> credentials().list(Optional.empty(), 3, cursor)))
                .hasSize(10);
    }

    @Test
    default void listShouldRefuseACursorThatItDidNotGive() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> credentials().list(Optional.empty(), 10, Optional.of("?")))
                .withMessageContaining("cursor: '?'");
    }

    @Test
    default void removeShouldTellWhetherThereWasOne() {
        credentials().put(credential("app", "acme"));

        assertThat(credentials().remove("app")).isTrue();
        assertThat(credentials().remove("app")).isFalse();
        assertThat(credentials().find("app")).isEmpty();
    }

    private static Credential credential(String username, String tenant) {
        return new Credential(username, tenant, "hash of " + username, false, "", NOW);
    }
}
